/**
 * Checks the names of `src`: a type is defined once, a door's name stands for one thing, no identifier uses a word that the
 * glossary has replaced, and the root door stays small. It first proves on planted faults that each rule can fail.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { banned, foreign, limits } from "./names.ts";

interface Fault {
  readonly rule: "one-definition" | "one-door" | "replaced-word" | "root-size";
  readonly text: string;
}

interface SourceText {
  readonly path: string;
  readonly tree: ts.SourceFile;
}

function sourcesOf(folder: string): readonly SourceText[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return names.sort().map((name) => {
    const path = join(folder, name);
    return { path, tree: ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true) };
  });
}

const isType = (node: ts.Node): node is ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.ClassDeclaration =>
  ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node);

/** Types that two files define under one name, exported or not. */
function repeatedTypes(sources: readonly SourceText[]): readonly Fault[] {
  const files = new Map<string, Set<string>>();
  for (const { path, tree } of sources) {
    for (const node of tree.statements) {
      if (!isType(node) || node.name === undefined) continue;
      files.set(node.name.text, (files.get(node.name.text) ?? new Set()).add(path));
    }
  }
  return [...files]
    .filter(([, paths]) => paths.size > 1)
    .map(([name, paths]) => ({ rule: "one-definition", text: `type ${name} is defined in ${[...paths].join(", ")}` }));
}

/** Words of an identifier: `maxReplyTokens` has max, reply and tokens. */
const wordsOf = (name: string): readonly string[] => name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? [];

function replacedWords(sources: readonly SourceText[]): readonly Fault[] {
  const found = new Map<string, string>();
  const visit = (node: ts.Node, path: string): void => {
    const parent = node.parent as { readonly name?: ts.Node } | undefined;
    if (ts.isIdentifier(node) && parent?.name === node && !foreign.has(node.text)) {
      const word = wordsOf(node.text).find((one) => Object.hasOwn(banned, one.toLowerCase()));
      if (word !== undefined) found.set(`${path}: ${node.text}`, banned[word.toLowerCase()] as string);
    }
    ts.forEachChild(node, (child) => visit(child, path));
  };
  for (const { path, tree } of sources) visit(tree, path);
  return [...found].map(([where, better]) => ({ rule: "replaced-word", text: `${where} (write ${better})` }));
}

interface DoorName {
  readonly name: string;
  readonly isType: boolean;
}

/** The names that a module exports, those of `export * from` too. */
function namesOf(path: string, sources: readonly SourceText[]): readonly DoorName[] {
  const tree = sources.find((source) => source.path === path)?.tree;
  return (tree?.statements ?? []).flatMap((node): readonly DoorName[] => {
    if (!ts.isExportDeclaration(node)) return declaredNames(node);
    const { exportClause: clause, moduleSpecifier: from } = node;
    if (clause === undefined) return namesOf(join(path, "..", (from as ts.StringLiteral).text), sources);
    if (ts.isNamespaceExport(clause)) return [{ name: clause.name.text, isType: false }];
    return clause.elements.map((one) => ({ name: one.name.text, isType: node.isTypeOnly || one.isTypeOnly }));
  });
}

/** The names that a statement declares and exports, such as those of `export const [a, b] = …`. */
function declaredNames(node: ts.Statement): readonly DoorName[] {
  const isExported = ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === exportKeyword);
  if (isExported !== true) return [];
  const names = ts.isVariableStatement(node)
    ? node.declarationList.declarations.flatMap(({ name }) => boundNames(name))
    : [((node as ts.DeclarationStatement).name as ts.Identifier).text];
  return names.map((name) => ({ name, isType: ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) }));
}

const exportKeyword = ts.SyntaxKind.ExportKeyword;

function boundNames(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((one) => (ts.isBindingElement(one) ? boundNames(one.name) : []));
}

function doorFaults(sources: readonly SourceText[]): readonly Fault[] {
  const doors = sources.filter(({ path }) => /(^|\/)src\/(index\.ts|doors\/)/.test(path));
  const homes = new Map<string, string[]>();
  for (const { path } of doors) {
    // A name may be declared several times, by overloads.
    const names = new Set(namesOf(path, sources).map(({ name }) => name));
    for (const name of names) homes.set(name, [...(homes.get(name) ?? []), path]);
  }
  const shared = [...homes].filter(([, paths]) => paths.length > 1);
  const root = doors.find(({ path }) => path.endsWith("src/index.ts"));
  const names = root === undefined ? [] : namesOf(root.path, sources);
  const counts = { values: names.filter((one) => !one.isType).length, types: names.filter((one) => one.isType).length };
  const tooMany = (["values", "types"] as const).filter((kind) => counts[kind] >= limits[kind]);
  return [
    ...shared.map(
      ([name, paths]): Fault => ({ rule: "one-door", text: `${name} is exported by ${paths.join(" and ")}` }),
    ),
    ...tooMany.map(
      (kind): Fault => ({
        rule: "root-size",
        text: `the root door has ${counts[kind]} ${kind}; the limit is ${limits[kind]}`,
      }),
    ),
  ];
}

function faultsIn(folder: string): readonly Fault[] {
  const sources = sourcesOf(folder);
  return [...repeatedTypes(sources), ...replacedWords(sources), ...doorFaults(sources)];
}

const planted = new Set(faultsIn("test/fixtures/names/src").map(({ rule }) => rule));
const rules: readonly Fault["rule"][] = ["one-definition", "one-door", "replaced-word", "root-size"];
const silent = rules.filter((rule) => !planted.has(rule));
for (const rule of silent) console.error(`✗ Rule "${rule}" did not fire on its planted fault in test/fixtures/names.`);
const faults = faultsIn("src");
for (const { rule, text } of faults) console.error(`✗ ${rule}: ${text}`);
if (faults.length + silent.length > 0) process.exitCode = 1;
else
  console.log(`${sourcesOf("src").length} files of src, ${rules.length} rules, each seen to fail on its planted fault`);
