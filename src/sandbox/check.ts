/** Checks a program text before it runs: it parses, keeps its signature, and uses only syntax and names that it may. */
import type { AnyNode, Node, Statement } from "acorn";
import { shorten } from "../util/cut.ts";
import { SourceError } from "../util/errors.ts";
import { SandboxError } from "./errors.ts";
import { freeNames } from "./free.ts";
import { closest, GLOBALS } from "./globals.ts";
import { errorAt } from "./parse.ts";
import { type ParsedProgram, type ProgramFrame, readProgram } from "./program.ts";
import { refusedGlobals, refusedUse } from "./refused.ts";
import type { CodeSpec } from "./sandbox.ts";
import { entryOf } from "./signature.ts";
import { childrenOf } from "./tree.ts";
import { hiddenAt, invisibleIn, refuseBidi } from "./unicode.ts";

/**
 * The longest program text, in characters: about 1,200 lines, more than a model writes in one reply. Parsers and
 * engines take time with the square of some texts' length; below this limit it is less than a second.
 */
const maxSource = 50_000;

/** How often a text may name a Unicode property in a regular expression. */
const maxProperties = 200;

/** How many characters of checked texts are remembered. */
const maxRemembered = 2_000_000;
const checked = new Map<string, string>();
let remembered = 0;

const REFUSED: Readonly<Record<string, string>> = {
  ImportDeclaration: "`import` is not allowed; pass what is needed in the bundle's `scope` option",
  ImportExpression: "`import()` is not allowed; pass what is needed in the bundle's `scope` option",
  ExportNamedDeclaration: "`export` is not allowed; define the function without it",
  ExportDefaultDeclaration: "`export` is not allowed; define the function without it",
  ExportAllDeclaration: "`export` is not allowed",
  WithStatement: "`with` is not allowed",
  DebuggerStatement: "`debugger` is not allowed",
};

const ALLOWED: ReadonlySet<string> = new Set(
  `Program ExpressionStatement BlockStatement EmptyStatement ReturnStatement LabeledStatement BreakStatement
  ContinueStatement IfStatement SwitchStatement SwitchCase ThrowStatement TryStatement CatchClause WhileStatement
  DoWhileStatement ForStatement ForInStatement ForOfStatement FunctionDeclaration VariableDeclaration
  VariableDeclarator ThisExpression ArrayExpression ObjectExpression Property FunctionExpression UnaryExpression
  UpdateExpression BinaryExpression AssignmentExpression LogicalExpression MemberExpression ConditionalExpression
  CallExpression NewExpression SequenceExpression ArrowFunctionExpression YieldExpression TemplateLiteral
  TaggedTemplateExpression TemplateElement ObjectPattern ArrayPattern RestElement SpreadElement AssignmentPattern
  ClassDeclaration ClassExpression ClassBody MethodDefinition PropertyDefinition StaticBlock PrivateIdentifier Super
  MetaProperty AwaitExpression Identifier Literal ChainExpression ParenthesizedExpression`.split(/\s+/),
);

/**
 * Checks a text and gives its JavaScript, in which every line and column is where the author put it.
 * @throws SourceError with the place, for any text that may not run.
 */
export function checkSource(source: string, spec: CodeSpec): string {
  const key = JSON.stringify([spec.entry, spec.params, spec.renamed, spec.async, spec.scope, source]);
  const known = checked.get(key);
  if (known !== undefined) return known;
  const code = checkAnew(source, spec);
  checked.set(key, code);
  remembered += key.length;
  // The oldest goes first; a map keeps the order of insertion.
  for (const oldest of checked.keys()) {
    if (remembered <= maxRemembered) break;
    checked.delete(oldest);
    remembered -= oldest.length;
  }
  return code;
}

/** The text as it is evaluated: a function of the scope names, which runs the program and gives its entry. */
export function wrapped(code: string, spec: CodeSpec): string {
  const { head, tail } = frameOf(spec);
  return head + code + tail;
}

function frameOf({ scope: names, entry }: CodeSpec): ProgramFrame {
  return { head: `(function(${names.join(",")}){"use strict";\n`, tail: `\n;return ${entry}})`, names };
}

function checkAnew(source: string, spec: CodeSpec): string {
  if (source.length > maxSource) {
    throw new SourceError(`the text has ${source.length} characters; at most ${maxSource} are allowed`, "", 1, 1);
  }
  for (const name of spec.scope) {
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) {
      throw new SandboxError("bad-scope", `the scope name ${JSON.stringify(name)} is no identifier; rename it`);
    }
  }
  refuseBidi(source);
  refuseManyProperties(source);
  const program = read(source, spec);
  inspect(program, source, entryOf(program, source, spec));
  refuseFree(program, source, spec);
  return program.code;
}

/** Each costs the parser and the engine a table of hundreds of ranges. */
function refuseManyProperties(source: string): void {
  let count = 0;
  for (const { index } of source.matchAll(/\\[pP]\{/g)) {
    if (++count > maxProperties)
      throw errorAt(source, index, `at most ${maxProperties} \`\\p{…}\` are allowed in a text`);
  }
}

function read(source: string, spec: CodeSpec): ParsedProgram {
  try {
    return readProgram(source, frameOf(spec));
  } catch (error) {
    // A parser stumbles over an invisible character without being able to show it.
    const at = error instanceof SourceError ? offsetOf(source, error) : -1;
    throw invisibleIn(source).includes(at) ? hiddenAt(source, at) : error;
  }
}

function offsetOf(source: string, { line, column }: SourceError): number {
  let start = 0;
  for (let before = line; before > 1; before--) start = source.indexOf("\n", start) + 1;
  return start + column - 1;
}

/** A node, with how many functions it is in, and whether `this` is an object of the text's own. */
type Inspected = readonly [node: AnyNode, depth: number, ownThis: boolean];

/**
 * Looks at all nodes: allowed kinds only, no `await` or `return` at top level, no `this` without an object, invisible
 * characters in the contents of strings only. A stack of our own, so that depth costs none.
 */
function inspect({ statements, shift }: ParsedProgram, source: string, entry: Node): void {
  const hidden = new Set(invisibleIn(source));
  const waiting: Inspected[] = statements.map((node) => [node, 0, false] as const).reverse();
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const [node, depth, ownThis] = item;
    // The `;` after the text must not become a part of its last statement.
    const isPast = node.start - shift >= source.length;
    const problem = isPast ? "Unexpected end of the text" : problemWith(node, depth, ownThis);
    if (problem !== undefined) throw errorAt(source, node.start - shift, problem);
    if (hidden.size > 0 && (node.type === "Literal" || node.type === "TemplateElement")) {
      for (let at = node.start; at < node.end; at++) hidden.delete(at - shift);
    }
    const inner = depth + (/Function|StaticBlock/.test(node.type) ? 1 : 0);
    const opensThis = node.type === "FunctionExpression" || node.type === "ClassBody";
    const keeps = node.type !== "FunctionDeclaration" && (ownThis || opensThis) && node !== entry;
    for (const child of childrenOf(node).reverse()) waiting.push([child, inner, keeps]);
  }
  for (const offset of hidden) throw hiddenAt(source, offset);
}

function problemWith(node: AnyNode, depth: number, ownThis: boolean): string | undefined {
  if (!ALLOWED.has(node.type)) return REFUSED[node.type] ?? `${node.type} is not allowed`;
  if (node.type === "MetaProperty" && node.meta.name === "import") return "`import.meta` is not allowed";
  if (node.type === "ThisExpression" && !ownThis) {
    return "code parameters have no `this`; pass what is needed as an argument";
  }
  const refused = refusedUse(node);
  if (refused !== undefined || depth > 0) return refused;
  if (node.type === "ReturnStatement") return "`return` is not allowed at the top level";
  if (node.type === "MetaProperty") return "`new.target` is not allowed at the top level";
  return undefined;
}

function refuseFree({ statements, shift }: ParsedProgram, source: string, spec: CodeSpec): void {
  const wanted = freeNames(statements).find(({ name }) => !GLOBALS.has(name) && !spec.scope.includes(name));
  if (wanted === undefined) return;
  const { name, start } = wanted;
  if (Object.hasOwn(refusedGlobals, name)) {
    throw errorAt(source, start - shift, `\`${name}\` is not allowed: ${refusedGlobals[name]}`);
  }
  if (name === "await") throw errorAt(source, start - shift, "`await` is allowed in async functions only");
  const near = closest(name, [...spec.scope, ...GLOBALS, ...namesIn(statements)]);
  const meant = near === undefined ? "" : ` Did you mean \`${near}\`?`;
  const listed = spec.scope.map((scoped) => `\`${scoped}\``).join(", ");
  const scope = spec.scope.length === 0 ? "is empty here" : `gives ${listed}`;
  const problem =
    `\`${shorten(name, 100)}\` is not defined.${meant} Allowed are the standard JavaScript globals, \`console\`, ` +
    "`structuredClone`, `TextEncoder`, `TextDecoder`, and what the bundle passes in its `scope` option, " +
    `which ${scope}; host functions must be passed there`;
  throw errorAt(source, start - shift, problem);
}

/** The names that stand at the top level, as candidates for what a mistyped one meant. */
function namesIn(statements: readonly Statement[]): string[] {
  return statements.flatMap((node) => (node.type === "FunctionDeclaration" ? [node.id.name] : []));
}
