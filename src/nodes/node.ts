/**
 * Values that remember where they came from. A node is immutable, compared by identity, and knows its parents but not
 * its children.
 */

import { noText } from "../util/as-text.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import { isData } from "../util/fault.ts";
import { uniqueNames } from "../util/names.ts";
import { preview, previewText } from "../util/preview.ts";
import { holds, replaceLeaves } from "../util/tree.ts";
import { containerOperation, HiddenNodeError, nodeHiddenIn } from "./containers.ts";
import { currentContext, type RunContext } from "./context.ts";
import { noteRead } from "./frame.ts";
import { callMethod, follow } from "./member.ts";
import { NodeAsValueError, whyNoText } from "./node-as-value.ts";
import { constantOf, type Details, inputNameOf, mapping, type Operation, operator, promisedBy } from "./operation.ts";
import { admitAll, type RunScope } from "./scope.ts";
import type { ArgumentsOf, MethodName, Nodeable, NodeOf, ResultOf } from "./types.ts";

export { constantOf, NodeAsValueError };

let lastId = 0;
const noParents: readonly Node[] = [];

/** The id of the newest node. Ids grow with time, so a node's parents always have smaller ids than the node. */
export function newestId(): number {
  return lastId;
}

/**
 * A value of type `T` and how it was made: the operation and the nodes that went in.
 *
 * A node is not its value: JavaScript has no operator overloading, so `node + 1` throws and `if (node)` is always true.
 * Read the value with `.data`, or derive new nodes with {@link Node.at}, {@link Node.call}, {@link Node.map}, the
 * operators (`add`, `eq`, `cond`, …) and the `t` template tag.
 */
export class Node<T = unknown> {
  /** Grows with time: parents always have smaller ids. */
  readonly id: number;
  /** What made this node, shared with all nodes made the same way. */
  readonly operation: Operation;
  /** The nodes that went in, in the order of their names. A node that went in twice is here twice. */
  readonly parents: readonly Node[];
  /** @internal Set by who makes the node. */
  details: Details | undefined;
  /** @internal The run that made it; undefined outside of all runs. */
  readonly scope: RunScope | undefined;
  /** @internal Scratch for graph walks: the walk that saw this node last, and its place there. */
  mark = 0;
  /** @internal */
  slot = 0;
  /** @internal */
  protected readonly ownValue: T;

  /** @internal Use `node()`, `parameter()`, a bundle or an operator. Parents are kept where the run is recorded. */
  constructor(operation: Operation, value: T, parents: readonly Node[] = noParents, context?: RunContext) {
    const { recording, scope } = context ?? currentContext();
    admitAll(parents, scope);
    this.id = ++lastId;
    this.operation = operation;
    this.parents = recording ? parents : noParents;
    this.scope = scope;
    this.ownValue = value;
  }

  /**
   * The value. Inside a bundle body only inputs, and nodes made there, may be read (see the bundle's `external`
   * option).
   */
  get data(): T {
    noteRead(this as Node);
    return this.peek();
  }

  /** The base name; `graph.nameOf(node)` is the unique one. */
  get name(): string {
    return this.operation.base ?? this.operation.name;
  }

  /** The name of the operation that made this node; for an input or a parameter, its own name. */
  get op(): string {
    return this.operation.name;
  }

  /** What the operation does, or what this input or parameter is for. */
  get doc(): string | undefined {
    return this.operation.doc;
  }

  /** The parents by the name of the input they went into. */
  get inputs(): Readonly<Record<string, Node>> {
    const named: Record<string, Node> = Object.create(null);
    for (const [index, parent] of this.parents.entries()) {
      let name = inputNameOf(this, index);
      // A function may have a parameter called `code`, or like an external node that it reads.
      while (name in named) name += "_";
      named[name] = parent;
    }
    return named;
  }

  /** Outputs of the graph inside this bundle call, when its body made nodes: look into it with `graphOf`. */
  get inner(): readonly Node[] {
    return this.details?.inner ?? noParents;
  }

  /** @internal The value, without telling the bundle body that runs. */
  peek(): T {
    return this.ownValue;
  }

  /** The property or element under `key`, as a node; with several keys, the value at the end of that path. */
  at<K extends keyof T>(key: Nodeable<K>): Node<T[K]>;
  at<K extends keyof T, L extends keyof T[K]>(key: Nodeable<K>, next: Nodeable<L>): Node<T[K][L]>;
  at<K extends keyof T, L extends keyof T[K], M extends keyof T[K][L]>(
    key: Nodeable<K>,
    next: Nodeable<L>,
    last: Nodeable<M>,
  ): Node<T[K][L][M]>;
  at(...keys: readonly unknown[]): Node {
    return derive(atOperation, follow, [this, ...keys]) as Node;
  }

  /** Calls the method of the value named `method`. */
  call<M extends MethodName<T> & string>(method: M, ...args: ArgumentsOf<T[M]>): NodeOf<ResultOf<T[M]>> {
    const operation = operator(method, ["self", "args"], `Calls the method ${method} of self.`, true);
    const invoke = (self: unknown, ...values: unknown[]) => callMethod(self, method, values);
    return derive(operation, invoke, [this, ...(args as unknown[])]) as never;
  }

  /** Applies `fn` to the value. `name` is the operation's name, by default the function's. */
  map<U>(fn: (value: T) => U, name?: string): NodeOf<U> {
    const operation = mapping(name ?? (fn.name || "map"), fn);
    return derive(operation, fn as (...values: unknown[]) => U, [this]) as NodeOf<U>;
  }

  /** A node is not its value, so using it as one is an error that says what to write instead. */
  [Symbol.toPrimitive](): never {
    throw new NodeAsValueError(this.name);
  }

  /** A short text for logs, so that printing an object with nodes in it never prints a whole graph. */
  toJSON(): string {
    return `Node(${this.name})`;
  }

  static {
    Object.defineProperty(this.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value(this: Node) {
        return `Node(${this.name} = ${preview(this.peek())})`;
      },
    });
    Object.defineProperty(this.prototype, previewText, { get: this.prototype.toJSON });
    Object.defineProperty(this.prototype, noText, { get: whyNoText });
  }
}

/** The node that a failed operation leaves behind: its data is the error's text, its `error` what was thrown. */
export class ExceptionNode extends Node<string> {
  readonly error: unknown;

  /** @internal */
  constructor(operation: Operation, error: unknown, parents: readonly Node[], details?: Details) {
    super({ ...operation, kind: "exception", base: `${operation.name}_error` }, messageOf(error), parents);
    this.details = details;
    this.error = error;
  }
}

/** A traced operation failed. The failure is data: `node` takes part in the graph, and feedback can be given on it. */
export class ExecutionError extends TracegradError {
  override readonly name: string = "ExecutionError";
  readonly node: ExceptionNode;

  constructor(node: ExceptionNode) {
    super("execution", `"${node.op}" failed: ${node.peek()}`, { cause: node.error });
    this.node = node;
  }
}

/** True for nodes, parameters and exception nodes. */
export function isNode(value: unknown): value is Node {
  try {
    return value instanceof Node;
  } catch {
    // Asking a hostile Proxy for its class throws.
    return false;
  }
}

const atOperation = operator("at", ["x", "key"], "The value of x under the key, or at the end of that path.", true);

/** True for nodes, and for objects that hide some: these are found in order to be refused. */
export function isCarrier(value: object): boolean {
  return isNode(value) || nodeHiddenIn(value, isNode) !== undefined;
}

/**
 * The node of any argument: itself, a constant made by `operation`, or a container node when there are nodes inside.
 * What is found goes by `isLeaf`: {@link isCarrier} has a HiddenNodeError thrown for nodes where they are not looked
 * for.
 */
export function lift(value: unknown, operation: Operation, isLeaf: (item: object) => boolean = isNode): Node {
  if (isNode(value)) return value;
  if (!holds(value, isLeaf)) return new Node(operation, value);
  const { plain, leaves, names } = takeApart(value, isLeaf);
  const base = operation.base ?? operation.name;
  return new Node({ ...containerOperation(value), inputs: uniqueNames(names), rest: false, base }, plain, leaves);
}

/** `value` with every node in it, at any depth, replaced by its value. */
export function unwrap(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isNode(value)) return value.peek();
  return holds(value, isNode) ? takeApart(value, isNode).plain : value;
}

/** The nodes inside `value`, at any depth; a node itself is the only one. `isLeaf` as for {@link lift}. */
export function nodesIn(value: unknown, isLeaf: (item: object) => boolean = isNode): readonly Node[] {
  if (isNode(value)) return [value];
  return holds(value, isLeaf) ? takeApart(value, isLeaf).leaves : noParents;
}

function takeApart(value: unknown, isLeaf: (item: object) => boolean) {
  const [leaves, names]: [Node[], string[]] = [[], []];
  const replace = (leaf: object, path: string) => {
    if (!isNode(leaf)) throw new HiddenNodeError(leaf, nodeHiddenIn(leaf, isNode) as Node);
    leaves.push(leaf);
    names.push(path);
    return leaf.peek();
  };
  const isList = Array.isArray(value) || value instanceof Set;
  return { plain: replaceLeaves(value, { isLeaf, replace }, isList ? "item" : ""), leaves, names };
}

/**
 * Applies `fn` to the values of `args` and records the result: the way every operator works.
 * What `fn` throws becomes an {@link ExceptionNode} inside an {@link ExecutionError}.
 */
export function derive(
  operation: Operation,
  fn: (...values: never[]) => unknown,
  args: readonly unknown[],
): Node | Promise<Node> {
  const parents = args.slice() as Node[];
  for (let index = 0; index < args.length; index++) {
    if (!isNode(args[index])) parents[index] = lift(args[index], constantOf(operation, index));
  }
  let value: unknown;
  try {
    value = applyTo(fn, parents);
  } catch (error) {
    return fail(operation, error, parents);
  }
  return value instanceof Promise ? derivedLater(operation, value, parents) : nodeOfResult(operation, value, parents);
}

// Apart from `derive`: a function that holds closures allocates their variables at every call.
function derivedLater(operation: Operation, value: Promise<unknown>, parents: readonly Node[]): Promise<Node> {
  const done = (result: unknown) => {
    const node = nodeOfResult(operation, result, parents);
    node.details = promisedBy(operation, node.details);
    return node;
  };
  return value.then(done, (error: unknown) => fail(operation, error, parents, promisedBy(operation, undefined)));
}

/** Applies `fn` to the values of `parents`, for most operators without an array of them. */
function applyTo(fn: (...values: never[]) => unknown, parents: readonly Node[]): unknown {
  if (parents.length === 1) return fn(parents[0]?.peek() as never);
  if (parents.length === 2) return fn(parents[0]?.peek() as never, parents[1]?.peek() as never);
  return fn(...(parents.map((parent) => parent.peek()) as never[]));
}

/**
 * The node of an operation's result. Nodes that the operation itself made, as in `node.map(bundled)`, become parents
 * too.
 */
function nodeOfResult(operation: Operation, value: unknown, parents: readonly Node[]): Node {
  const inner = typeof value === "object" && value !== null ? nodesIn(value, isCarrier) : noParents;
  if (inner.length === 0) return new Node(operation, value, parents);
  const details = { inner, hidden: inner.map((node) => node.name) };
  return Object.assign(new Node(operation, unwrap(value), [...parents, ...inner]), { details });
}

/** Turns what an operation threw into data, if it says something about the program; otherwise rethrows it. */
export function fail(operation: Operation, error: unknown, parents: readonly Node[], details?: Details): never {
  if (!isData(error)) throw error;
  throw new ExecutionError(new ExceptionNode(operation, error, parents, details));
}
