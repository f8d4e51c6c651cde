/** Finds the free names of a program: those that no declaration in reach binds. ECMAScript scoping, strict mode. */
import type { AnyNode, Function as FunctionNode, Identifier, Pattern, Statement } from "acorn";
import { childrenOf, unwrapParentheses } from "./tree.ts";

type Names = ReadonlySet<string>;

/** Nodes in a scope that opens when their turn comes. */
interface ScopeTask {
  readonly type: "open";
  readonly names: Names;
  readonly nodes: readonly AnyNode[];
}

/** Names that go out of scope. */
interface LeaveTask {
  readonly type: "leave";
  readonly names: Names;
}

type ScopeWork = AnyNode | ScopeTask | LeaveTask;

/** The identifiers that are free among statements, in the order of the text. `typeof x` alone is no use of `x`. */
export function freeNames(statements: readonly Statement[]): Identifier[] {
  const free: Identifier[] = [];
  /** By how many scopes around the place a name is bound. */
  const bound = new Map<string, number>();
  const count = (names: Names, change: number): void => {
    for (const name of names) bound.set(name, (bound.get(name) ?? 0) + change);
  };
  // A stack of our own: neither the depth of a text costs stack, nor does a name cost a look at every scope.
  const tasks: ScopeWork[] = [bodyScope(statements)];
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    if (task.type === "leave") count(task.names, -1);
    else if (task.type === "Identifier") {
      if (!bound.get(task.name)) free.push(task);
    } else {
      let next: readonly (ScopeWork | null | undefined)[];
      if (task.type === "open") {
        count(task.names, 1);
        tasks.push({ type: "leave", names: task.names });
        next = task.nodes;
      } else next = partsOf(task);
      for (let i = next.length - 1; i >= 0; i--) if (next[i]) tasks.push(next[i] as ScopeWork);
    }
  }
  return free;
}

function open(names: Names, nodes: readonly (AnyNode | null | undefined)[]): ScopeTask {
  return { type: "open", names, nodes: nodes.filter((node) => node != null) };
}

/** What of a node may use names, with the scopes that it opens. */
function partsOf(node: AnyNode): readonly (ScopeWork | null | undefined)[] {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return partsOfFunction(node);
    case "MemberExpression":
      return [node.object, node.computed ? node.property : null];
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
      return [node.computed ? node.key : null, node.value];
    case "LabeledStatement":
      return [node.body];
    case "BreakStatement":
    case "ContinueStatement":
    case "MetaProperty":
      return [];
    case "UnaryExpression": {
      const isProbe = node.operator === "typeof" && unwrapParentheses(node.argument).type === "Identifier";
      return isProbe ? [] : [node.argument];
    }
    case "SwitchStatement": {
      const statements = node.cases.flatMap((one) => one.consequent);
      // The switched value is computed outside the scope of the cases.
      return [node.discriminant, open(declaredIn(statements), node.cases)];
    }
    case "StaticBlock":
      return [bodyScope(node.body)];
    default:
      return partsOfBlock(node);
  }
}

function partsOfBlock(node: AnyNode): readonly ScopeWork[] {
  const names = namesOfBlock(node);
  return names === undefined ? childrenOf(node) : [open(names, childrenOf(node))];
}

/** The names that a node binds for everything in it; undefined when it opens no scope. */
function namesOfBlock(node: AnyNode): Names | undefined {
  if (node.type === "BlockStatement") return declaredIn(node.body);
  if (node.type === "ForStatement") return declaredIn(node.init ? [node.init] : []);
  if (node.type === "ForInStatement" || node.type === "ForOfStatement") return declaredIn([node.left]);
  const names = new Set<string>();
  if (node.type === "CatchClause") {
    if (node.param) bind([node.param], names);
  } else if (node.type === "ClassDeclaration" || node.type === "ClassExpression") {
    if (node.id) names.add(node.id.name);
  } else return undefined;
  return names;
}

function partsOfFunction(node: FunctionNode): readonly ScopeWork[] {
  const names = new Set<string>(node.type === "FunctionExpression" && node.id ? [node.id.name] : []);
  if (node.type !== "ArrowFunctionExpression") names.add("arguments");
  bind(node.params, names);
  const body = node.body.type === "BlockStatement" ? bodyScope(node.body.body) : node.body;
  return [{ type: "open", names, nodes: [...node.params, body as AnyNode] }];
}

/** The body of a function or of a program. */
function bodyScope(statements: readonly Statement[]): ScopeTask {
  const names = new Set(declaredIn(statements));
  declareVars(statements, names);
  return open(names, statements);
}

/** The names that patterns bind. */
function bind(patterns: readonly Pattern[], names: Set<string>): void {
  const waiting: AnyNode[] = [...patterns];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.type === "Identifier") names.add(node.name);
    else if (node.type === "RestElement") waiting.push(node.argument);
    else if (node.type === "AssignmentPattern") waiting.push(node.left);
    else if (node.type === "Property") waiting.push(node.value);
    else if (node.type === "ObjectPattern") for (const item of node.properties) waiting.push(item);
    else if (node.type === "ArrayPattern") for (const item of node.elements) if (item) waiting.push(item);
  }
}

/** `var` is hoisted out of every block, up to the nearest function. */
function declareVars(statements: readonly AnyNode[], names: Set<string>): void {
  const waiting: AnyNode[] = [...statements];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (/Function|Class|StaticBlock/.test(node.type)) continue;
    if (node.type === "VariableDeclaration" && node.kind === "var") bindDeclared(node.declarations, names);
    // No expression holds a `var` but in a function.
    if (!node.type.endsWith("Expression")) for (const child of childrenOf(node)) waiting.push(child);
  }
}

/** `let`, `const`, classes and functions belong to the block that they stand in directly. */
function declaredIn(statements: readonly AnyNode[]): Names {
  const names = new Set<string>();
  for (const node of statements) {
    if (node.type === "VariableDeclaration" && node.kind !== "var") bindDeclared(node.declarations, names);
    if ((node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") && node.id) names.add(node.id.name);
  }
  return names;
}

function bindDeclared(declarations: readonly { readonly id: Pattern }[], names: Set<string>): void {
  bind(
    declarations.map(({ id }) => id),
    names,
  );
}
