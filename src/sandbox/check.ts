/** Checks a program text before it runs: it parses, keeps its signature, and uses only syntax and names that it may. */
import type { AnyNode, Comment, Node, Options, Program } from "acorn";
import { SourceError, TracegradError } from "../util/errors.ts";
import { loadAcorn } from "../util/packages.ts";
import { placeOf, SandboxError } from "./errors.ts";
import { childrenOf, freeNames } from "./free.ts";
import { closest, GLOBALS } from "./globals.ts";
import type { CodeSpec } from "./sandbox.ts";
import { entryOf } from "./signature.ts";
import { stripTypes } from "./strip.ts";
import { hiddenAt, invisibleIn, refuseBidi } from "./unicode.ts";

/** The longest program text, in characters. */
const MAX_SOURCE: number = 200_000;

const CACHE_SIZE = 512;
const checked = new Map<string, string>();

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
  const key = JSON.stringify([spec.entry, spec.params, spec.async, spec.scope, source]);
  let code = checked.get(key);
  if (code === undefined) {
    code = checkDeep(source, spec);
    // The oldest entry goes first; a map keeps the order of insertion.
    if (checked.size >= CACHE_SIZE) for (const oldest of checked.keys()) if (checked.delete(oldest)) break;
    checked.set(key, code);
  }
  return code;
}

/** The text as it is evaluated: a function of the scope names, which runs the program and gives its entry. */
export function wrapped(code: string, spec: CodeSpec): string {
  return `(function(${spec.scope.join(",")}){"use strict";\n${code}\n;return ${spec.entry}})`;
}

/** Text nested so deep that a parser runs out of stack is refused like any other text. */
function checkDeep(source: string, spec: CodeSpec): string {
  try {
    return checkAnew(source, spec);
  } catch (error) {
    if (error instanceof TracegradError || !(error instanceof RangeError)) throw error;
    throw new SourceError("the text is nested too deeply to be checked", source, 1, 1);
  }
}

function checkAnew(source: string, spec: CodeSpec): string {
  if (source.length > MAX_SOURCE) {
    throw new SourceError(`the text has ${source.length} characters; at most ${MAX_SOURCE} are allowed`, "", 1, 1);
  }
  refuseBidi(source);
  const invisible = invisibleIn(source);
  const { code, program } = parsed(source, invisible);
  const literals: AnyNode[] = [];
  const entry = entryOf(program, source, spec);
  inspect(program, { source, entry, literals }, { depth: 0, ownThis: false });
  const hidden = invisible.find((at) => !literals.some(({ start, end }) => start <= at && at < end));
  if (hidden !== undefined) throw hiddenAt(source, hidden);
  refuseFree(program, source, spec);
  refuseBreakOut(code, source, spec);
  return code;
}

function parsed(source: string, invisible: readonly number[]): { code: string; program: Program } {
  try {
    const code = stripTypes(source);
    return { code, program: acorn(code, source, { sourceType: "module", allowImportExportEverywhere: true }) };
  } catch (error) {
    // A parser stumbles over an invisible character without being able to show it.
    const at = invisible.find((offset) => {
      const place = placeOf(source, offset);
      return error instanceof SourceError && place.line === error.line && place.column === error.column;
    });
    throw at === undefined ? error : hiddenAt(source, at);
  }
}

function acorn(code: string, source: string, options: Partial<Options>): Program {
  try {
    return loadAcorn().parse(code, { ecmaVersion: 2024, sourceType: "script", ...options });
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError) || !("pos" in thrown)) throw thrown;
    const at = thrown.pos as number;
    const { line, column } = placeOf(source, at);
    const decorator = code[at] === "@";
    const problem = decorator ? "decorators are not allowed" : thrown.message.replace(/ \(\d+:\d+\)$/, "");
    throw new SourceError(problem, source, line, column);
  }
}

interface Inspection {
  readonly source: string;
  readonly entry: Node;
  /** Gathers the nodes whose text is the contents of a string. */
  readonly literals: AnyNode[];
}

/** Walks all nodes: allowed kinds only, no `await` or `return` at top level, no `this` without an object. */
function inspect(node: AnyNode, on: Inspection, at: { readonly depth: number; readonly ownThis: boolean }): void {
  const problem = problemWith(node, at.depth, at.ownThis);
  if (problem !== undefined) {
    const { line, column } = placeOf(on.source, node.start);
    throw new SourceError(problem, on.source, line, column);
  }
  if (node.type === "Literal" || node.type === "TemplateElement") on.literals.push(node);
  const isFunction = /Function/.test(node.type);
  let ownThis = at.ownThis;
  if (node.type === "FunctionDeclaration" || node === on.entry) ownThis = false;
  else if (node.type === "FunctionExpression" || node.type === "ClassBody") ownThis = true;
  const inner = { depth: at.depth + (isFunction || node.type === "StaticBlock" ? 1 : 0), ownThis };
  for (const child of childrenOf(node)) inspect(child, on, inner);
}

function problemWith(node: AnyNode, depth: number, ownThis: boolean): string | undefined {
  if (!ALLOWED.has(node.type)) return REFUSED[node.type] ?? `${node.type} is not allowed`;
  if (node.type === "MetaProperty" && node.meta.name === "import") return "`import.meta` is not allowed";
  if (node.type === "ThisExpression" && !ownThis) {
    return "code parameters have no `this`; pass what is needed as an argument";
  }
  if (depth > 0) return undefined;
  const awaits = node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await);
  return awaits ? "`await` is not allowed at the top level" : undefined;
}

function refuseFree(program: Program, source: string, spec: CodeSpec): void {
  for (const { name, start } of freeNames(program)) {
    if (GLOBALS.has(name) || spec.scope.includes(name)) continue;
    const near = closest(name, [...spec.scope, ...GLOBALS, ...namesIn(program)]);
    const meant = near === undefined ? "" : ` Did you mean \`${near}\`?`;
    const listed = spec.scope.map((scoped) => `\`${scoped}\``).join(", ");
    const scope = spec.scope.length === 0 ? "is empty here" : `gives ${listed}`;
    const problem =
      `\`${name}\` is not defined.${meant} Allowed are the standard JavaScript globals, \`console\`, ` +
      "`structuredClone`, `TextEncoder`, `TextDecoder`, and what the bundle passes in its `scope` option, " +
      `which ${scope}; host functions must be passed there`;
    const { line, column } = placeOf(source, start);
    throw new SourceError(problem, source, line, column);
  }
}

/** The names that stand at the top level, as candidates for what a mistyped one meant. */
function namesIn(program: Program): string[] {
  return program.body.flatMap((node) => (node.type === "FunctionDeclaration" ? [node.id.name] : []));
}

/**
 * What is evaluated must be one function from the first to the last character, whatever the text closes or comments
 * out.
 */
function refuseBreakOut(code: string, source: string, spec: CodeSpec): void {
  for (const name of spec.scope) {
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) {
      throw new SandboxError("bad-scope", `the scope name ${JSON.stringify(name)} is no identifier; rename it`);
    }
  }
  const text = wrapped(code, spec);
  const head = text.indexOf("\n") + 1;
  const comments: Comment[] = [];
  let program: Program;
  try {
    program = acorn(text, text, { onComment: comments });
  } catch (error) {
    if (!(error instanceof SourceError) || error.line === 1) {
      throw new SandboxError("bad-scope", `the scope names ${spec.scope.join(", ")} cannot be parameter names`);
    }
    throw new SourceError(error.message.replace(/ \(line[^]*$/, ""), source, error.line - 1, error.column);
  }
  // A script may hold `<!--` comments, which a module reads as operators.
  const odd = comments.find(({ start }) => !/^\/[/*]/.test(text.slice(start, start + 2)));
  const statement = program.body[0];
  const whole = statement?.type === "ExpressionStatement" && statement.expression.type === "FunctionExpression";
  if (odd || !whole || program.body.length !== 1) {
    const { line, column } = placeOf(source, odd ? odd.start - head : 0);
    const problem = odd ? "HTML-like comments are not allowed" : "the text closes a bracket that it did not open";
    throw new SourceError(problem, source, line, column);
  }
}
