/** Finds the function that a `bundle` call or decorator wraps, given the file's tree and the place of the call. */
import {
  type Ancestors,
  isFunction,
  isNode,
  isWrapper,
  memberName,
  type ParsedText,
  type SyntaxNode,
  unwrap,
  walk,
} from "./syntax.ts";

/** A function in a file, and its surroundings. */
export interface FoundFunction {
  readonly node: SyntaxNode;
  /** The member that holds it, for a method. */
  readonly member?: SyntaxNode;
  /** The variable or property that it, or the result of the call, is assigned to. */
  readonly variable?: string;
  /** Offsets before which its JSDoc may be, the likeliest first. */
  readonly anchors: readonly number[];
}

/** What is looked for: the offset of the call or decorator, what it wraps, and for a method the names it may go by. */
export interface WantedFunction {
  readonly offset: number;
  readonly kind: "function" | "method";
  readonly names: readonly string[];
}

/**
 * The functions that may be the wanted one, the likeliest first; empty when there is none. More than one is given where
 * the place is not exact: helpers of decorators and coarse source maps lead to the class or the line only.
 */
export function findWrapped(file: ParsedText, wanted: WantedFunction): FoundFunction[] {
  return wanted.kind === "method" ? findMethods(file, wanted) : findArguments(file, wanted.offset);
}

/** The offset of a 1-based line and column; undefined when the text has no such line. */
export function offsetOf(text: string, line: number, column: number): number | undefined {
  let start = 0;
  for (let passed = 1; passed < line; passed++) {
    const end = text.indexOf("\n", start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  return start + column - 1;
}

interface Placed {
  readonly node: SyntaxNode;
  readonly ancestors: Ancestors;
}

interface FileIndex {
  readonly calls: readonly Placed[];
  readonly classes: readonly SyntaxNode[];
}

const indexes = new WeakMap<ParsedText, FileIndex>();

function indexOf(file: ParsedText): FileIndex {
  const known = indexes.get(file);
  if (known !== undefined) return known;
  const calls: Placed[] = [];
  const classes: SyntaxNode[] = [];
  walk(file.program, (node, ancestors) => {
    if (node.type === "CallExpression") calls.push({ node, ancestors });
    if (node.type === "ClassDeclaration" || node.type === "ClassExpression") classes.push(node);
  });
  const index = { calls: calls.sort(byStart), classes };
  indexes.set(file, index);
  return index;
}

const byStart = (a: Placed, b: Placed): number => a.node.start - b.node.start;
const size = (node: SyntaxNode): number => node.end - node.start;
const holds = (node: SyntaxNode, offset: number): boolean => node.start <= offset && offset <= node.end;

// --- bundle(fn), bundle(options)(fn)
// ---------------------------------------------------------------------------------------------

function findArguments(file: ParsedText, offset: number): FoundFunction[] {
  const { calls } = indexOf(file);
  // An engine reports a call at its callee: the name, the property, or the end of what is called.
  const at = calls.filter(({ node }) => node.callee !== undefined && holds(node.callee, offset));
  const [exact] = at.sort((a, b) => size(a.node) - size(b.node));
  if (exact !== undefined) return wrappedBy(exact);
  // A source map without columns leads to the line only; then the line must leave no choice.
  const lineEnd = file.text.indexOf("\n", offset);
  const lineStart = file.text.lastIndexOf("\n", offset - 1) + 1;
  const onLine = calls.filter(({ node }) => node.start >= lineStart && (lineEnd < 0 || node.start < lineEnd));
  const found = onLine.flatMap(wrappedBy);
  return found.every(({ node }) => node === found[0]?.node) ? found.slice(0, 1) : [];
}

/** The function a call is given first; of `bundle(options)`, the one that its result is called with. */
function wrappedBy(call: Placed): FoundFunction[] {
  for (let at: Placed | undefined = call; at !== undefined; at = callOf(at)) {
    const argument = at.node.arguments?.[0];
    const found = argument === undefined ? undefined : resolveFunction(unwrap(argument), at);
    if (found !== undefined) return [found];
  }
  return [];
}

/** The call whose callee a call is. */
function callOf({ node, ancestors }: Placed): Placed | undefined {
  const outer = ancestors?.node;
  if (outer?.type !== "CallExpression" || outer.callee !== node) return undefined;
  return { node: outer, ancestors: ancestors?.above };
}

function resolveFunction(argument: SyntaxNode, call: Placed): FoundFunction | undefined {
  const target = assignment(call);
  if (isFunction(argument)) return { ...target, node: argument, anchors: [argument.start, ...target.anchors] };
  const declared = argument.type === "Identifier" ? declarationOf(argument.name ?? "", call.ancestors) : undefined;
  return declared && { ...declared, anchors: [...declared.anchors, ...target.anchors] };
}

/** What an expression is assigned to, and the offsets of the statement around it. */
function assignment(expression: Placed): Pick<FoundFunction, "variable" | "anchors"> {
  const anchors = [expression.node.start];
  let variable: string | undefined;
  let below = expression.node;
  for (let at = expression.ancestors; at !== undefined; at = at.above) {
    const { node } = at;
    const first = node.type !== "VariableDeclaration" || node.declarations?.[0] === below;
    if (!first || !(isWrapper(node) || CARRIES_VALUE.has(node.type)) || (node.right ?? below) !== below) break;
    variable ??= targetName(node);
    anchors.push(node.start);
    below = node;
  }
  return variable === undefined ? { anchors } : { variable, anchors };
}

const CARRIES_VALUE: ReadonlySet<string> = new Set([
  ...["AwaitExpression", "VariableDeclarator", "VariableDeclaration", "Property", "PropertyDefinition"],
  ...["AssignmentExpression", "ExpressionStatement", "ExportNamedDeclaration", "ExportDefaultDeclaration"],
]);

function targetName(node: SyntaxNode): string | undefined {
  if (node.type === "VariableDeclarator") return node.id?.name;
  if (node.type === "Property" || node.type === "PropertyDefinition") return memberName(node);
  if (node.type !== "AssignmentExpression" || node.left === undefined) return undefined;
  return node.left.type === "MemberExpression" ? memberName(node.left) : node.left.name;
}

/**
 * The function that a name means at a place, as far as the file itself tells: a declared function, or a variable that
 * starts as one.
 */
function declarationOf(name: string, from: Ancestors): FoundFunction | undefined {
  for (let at = from; at !== undefined; at = at.above) {
    const { node } = at;
    if (node.params?.some((param) => mentions(param, name)) === true) return undefined;
    if (!Array.isArray(node.body) || node.type === "ClassBody") continue;
    const found = declaredIn(node.body as readonly SyntaxNode[], name);
    if (found !== undefined) return found === "other" ? undefined : found;
  }
  return undefined;
}

function mentions(param: SyntaxNode, name: string): boolean {
  let found = false;
  walk(param, (node) => {
    found ||= node.type === "Identifier" && node.name === name;
  });
  return found;
}

/** The declaration of a name among statements; `"other"` when it declares something that is not plainly a function. */
function declaredIn(statements: readonly SyntaxNode[], name: string): FoundFunction | "other" | undefined {
  const anchors: number[] = [];
  for (const statement of statements) {
    const inner = isNode(statement.declaration) ? statement.declaration : statement;
    // The JSDoc of an overloaded function usually comes before its first signature.
    if (inner.id?.name === name) anchors.unshift(inner.start, statement.start);
    if (isFunction(inner) && inner.id?.name === name) return { node: inner, anchors };
    for (const [index, variable] of (inner.declarations ?? []).entries()) {
      if (variable.id?.name !== name) continue;
      const value = isNode(variable.init) ? unwrap(variable.init) : undefined;
      if (value === undefined || !isFunction(value)) return "other";
      const around = index === 0 ? [inner.start, statement.start] : [];
      return { node: value, variable: name, anchors: [value.start, variable.start, ...around] };
    }
  }
  return undefined;
}

// --- @bundle() method(…)
// ---------------------------------------------------------------------------------------------------------

function findMethods(file: ParsedText, { offset, names }: WantedFunction): FoundFunction[] {
  const members = indexOf(file).classes.flatMap((owner) =>
    membersOf(owner)
      .filter((member) => member.type === "MethodDefinition" && isNode(member.value) && isFunction(member.value))
      .map((member) => ({ owner, member })),
  );
  const decorated = members.filter(({ member }) => member.decorators?.some((decorator) => holds(decorator, offset)));
  const [exact] = decorated.sort((a, b) => size(a.member) - size(b.member));
  if (exact !== undefined) return [methodAt(exact, file)];
  // A call site at the class or at one of its helpers: the name tells the method, the place tells the class.
  return members
    .filter(({ member }) => names.includes(memberName(member) ?? ""))
    .sort((a, b) => distance(a, offset) - distance(b, offset))
    .map((found) => methodAt(found, file));
}

interface Member {
  /** The class that it belongs to. */
  readonly owner: SyntaxNode;
  readonly member: SyntaxNode;
}

function membersOf(owner: SyntaxNode): readonly SyntaxNode[] {
  const members = isNode(owner.body) ? owner.body.body : undefined;
  return Array.isArray(members) ? (members as readonly SyntaxNode[]) : [];
}

/**
 * How far a member is from a place: decorated members first, then the nearest class (the innermost that holds it), then
 * the nearest member.
 */
function distance({ owner, member }: Member, offset: number): number {
  const bare = (member.decorators?.length ?? 0) === 0 ? 1e12 : 0;
  const away = Math.min(Math.abs(owner.start - offset), Math.abs(owner.end - offset));
  const toClass = holds(owner, offset) ? size(owner) / 1e9 : away;
  return bare + toClass + Math.abs(member.start - offset) / 1e9;
}

function methodAt({ owner, member }: Member, file: ParsedText): FoundFunction {
  const decorators = member.decorators ?? [];
  const last = decorators.at(-1);
  const head = last === undefined ? member.start : tokenAfter(last.end, file);
  const anchors = [head, ...decorators.map((decorator) => decorator.start).reverse(), member.start];
  for (const other of membersOf(owner)) {
    const isOverload = isNode(other.value) && !isFunction(other.value) && other.static === member.static;
    if (isOverload && other.start < member.start && memberName(other) === memberName(member)) anchors.push(other.start);
  }
  return { node: member.value as SyntaxNode, member, anchors };
}

/** The offset of the first token at or after a place, past space and comments. */
function tokenAfter(offset: number, { text, comments }: ParsedText): number {
  let at = offset;
  for (;;) {
    while (/\s/.test(text[at] ?? "")) at++;
    const comment = comments.find(({ start }) => start === at);
    if (comment === undefined) return at;
    at = comment.end;
  }
}
