/** Finds the free names of a program: those that no declaration in reach binds. ECMAScript scoping, strict mode. */
import type { AnyNode, BlockStatement, Function as FunctionNode, Identifier, Node, Pattern, Program } from "acorn";

interface NameScope {
  readonly names: Set<string>;
  readonly parent: NameScope | undefined;
}

/** The identifiers that are free in a program, in the order of the text. `typeof x` alone is no use of `x`. */
export function freeNames(program: Program): Identifier[] {
  const free: Identifier[] = [];
  const scope = scopeOf(undefined);
  declareVars(program.body, scope.names);
  declareBlock(program.body, scope.names);
  for (const statement of program.body) findFree(statement, scope, free);
  return free;
}

/** All nodes directly below a node, in the order of the text. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? value : [value]) if (isNode(item)) children.push(item);
  }
  return children;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

function scopeOf(parent: NameScope | undefined, names: Iterable<string> = []): NameScope {
  return { names: new Set(names), parent };
}

/** The names that a pattern binds. */
function bind(pattern: Pattern, names: Set<string>): void {
  if (pattern.type === "Identifier") names.add(pattern.name);
  else if (pattern.type === "RestElement") bind(pattern.argument, names);
  else if (pattern.type === "AssignmentPattern") bind(pattern.left, names);
  else if (pattern.type === "ArrayPattern") for (const item of pattern.elements) if (item) bind(item, names);
  if (pattern.type !== "ObjectPattern") return;
  for (const item of pattern.properties) bind(item.type === "RestElement" ? item : item.value, names);
}

/** `var` is hoisted out of every block, up to the nearest function. */
function declareVars(nodes: readonly AnyNode[], names: Set<string>): void {
  for (const node of nodes) {
    if (/Function|Class|StaticBlock/.test(node.type)) continue;
    if (node.type === "VariableDeclaration" && node.kind === "var")
      for (const { id } of node.declarations) bind(id, names);
    declareVars(childrenOf(node), names);
  }
}

/** `let`, `const`, classes and functions belong to the block that they stand in directly. */
function declareBlock(statements: readonly AnyNode[], names: Set<string>): void {
  for (const node of statements) {
    if (node.type === "VariableDeclaration" && node.kind !== "var")
      for (const { id } of node.declarations) bind(id, names);
    if ((node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") && node.id) names.add(node.id.name);
  }
}

function findFree(node: AnyNode, scope: NameScope, free: Identifier[]): void {
  switch (node.type) {
    case "Identifier":
      if (!isBound(node.name, scope)) free.push(node);
      return;
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return findFreeInFunction(node, scope, free);
    case "BlockStatement":
      return findFreeInBlock(node, scopeOf(scope), free);
    case "MemberExpression":
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
      return findFreeInKeyed(node, scope, free);
    case "LabeledStatement":
      return findFree(node.body, scope, free);
    case "BreakStatement":
    case "ContinueStatement":
    case "MetaProperty":
      return;
    case "UnaryExpression":
      if (node.operator === "typeof" && node.argument.type === "Identifier") return;
      break;
  }
  const inner = scopeFor(node, scope);
  for (const child of childrenOf(node)) findFree(child, isOfOuterScope(node, child) ? scope : inner, free);
}

/** The scope that a node opens for what stands in it; its own when it opens none. */
function scopeFor(node: AnyNode, scope: NameScope): NameScope {
  const inner = scopeOf(scope);
  if (node.type === "CatchClause" && node.param) bind(node.param, inner.names);
  else if (node.type === "ForStatement" && node.init) declareBlock([node.init], inner.names);
  else if (node.type === "ForInStatement" || node.type === "ForOfStatement") declareBlock([node.left], inner.names);
  else if (node.type === "SwitchStatement")
    declareBlock(
      node.cases.flatMap((c) => c.consequent),
      inner.names,
    );
  else if ((node.type === "ClassDeclaration" || node.type === "ClassExpression") && node.id)
    inner.names.add(node.id.name);
  else if (node.type === "StaticBlock") {
    declareVars(node.body, inner.names);
    declareBlock(node.body, inner.names);
  } else return scope;
  return inner;
}

/** The switched value is computed outside the scope of the cases. */
function isOfOuterScope(node: AnyNode, child: AnyNode): boolean {
  return node.type === "SwitchStatement" && child === node.discriminant;
}

function findFreeInFunction(node: FunctionNode, scope: NameScope, free: Identifier[]): void {
  const own = node.type === "FunctionExpression" && node.id ? [node.id.name] : [];
  const head = scopeOf(scope, own);
  if (node.type !== "ArrowFunctionExpression") head.names.add("arguments");
  for (const param of node.params) bind(param, head.names);
  for (const param of node.params) findFree(param, head, free);
  if (node.body.type !== "BlockStatement") return findFree(node.body, head, free);
  const body = scopeOf(head);
  declareVars(node.body.body, body.names);
  findFreeInBlock(node.body, body, free);
}

function findFreeInBlock(block: BlockStatement, scope: NameScope, free: Identifier[]): void {
  declareBlock(block.body, scope.names);
  for (const statement of block.body) findFree(statement, scope, free);
}

/** A key is a name in use only when it is computed. */
function findFreeInKeyed(node: AnyNode, scope: NameScope, free: Identifier[]): void {
  if (node.type === "MemberExpression") {
    findFree(node.object, scope, free);
    if (node.computed) findFree(node.property, scope, free);
  } else if (node.type === "Property" || node.type === "MethodDefinition" || node.type === "PropertyDefinition") {
    if (node.computed) findFree(node.key, scope, free);
    if (node.value) findFree(node.value, scope, free);
  }
}

function isBound(name: string, scope: NameScope): boolean {
  for (let at: NameScope | undefined = scope; at; at = at.parent) if (at.names.has(name)) return true;
  return false;
}
