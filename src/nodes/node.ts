/** Values that remember where they came from: immutable, compared by identity. A node knows its parents only. */

import { messageOf, TracegradError } from "../util/errors.ts";
import { isData } from "../util/fault.ts";
import { uniqueNames } from "../util/names.ts";
import { holds } from "../util/tree.ts";
import { containerOperation, nodeHiddenIn, takeApart } from "./containers.ts";
import { currentContext, type RunContext, type RunScope } from "./context.ts";
import { noteRead } from "./frame.ts";
import { applyTo, atOperation, callMethod, follow } from "./member.ts";
import { addTexts, NodeAsValueError } from "./node-as-value.ts";
import { byInputName, constantOf, type Details, mapping, type Operation, operator, promisedBy } from "./operation.ts";
import { admitAll } from "./scope.ts";
import type { Leaf, MethodName, ResultOf, Unwrapped } from "./types.ts";

let lastId = 0;
const noParents: readonly Node[] = [];

/** The id of the newest node. Ids grow with time, so a node's parents always have smaller ids than the node. */
export function newestId(): number {
  return lastId;
}

/**
 * What a traced function takes where it wants a `T`: the value, a node of it, or an array, record, map or set with
 * nodes inside.
 */
export type Nodeable<T> = T | Node<T> | NodesInside<T>;

/**
 * Arrays, records, maps and sets of the shape of `T` that hold nodes at any depth. Anything else with methods is not a
 * record.
 */
export type NodesInside<T> =
  T extends ReadonlyMap<infer K, infer V>
    ? ReadonlyMap<Nodeable<K>, Nodeable<V>>
    : T extends ReadonlySet<infer I>
      ? ReadonlySet<Nodeable<I>>
      : T extends Leaf | Node<unknown>
        ? never
        : T extends readonly unknown[]
          ? { readonly [K in keyof T]: Nodeable<T[K]> }
          : T extends object
            ? [MethodName<T>] extends [never]
              ? { readonly [K in keyof T]: Nodeable<T[K]> }
              : never
            : never;

/** What a traced call gives for a function that returns `R`: a node, or a promise of one if `R` is a promise. */
export type NodeOf<R> = unknown extends R
  ? Node<R>
  : [Extract<R, PromiseLike<unknown>>] extends [never]
    ? Node<Unwrapped<R>>
    : [Exclude<R, PromiseLike<unknown>>] extends [never]
      ? Promise<Node<Unwrapped<Awaited<R>>>>
      :
          | Promise<Node<Unwrapped<Awaited<Extract<R, PromiseLike<unknown>>>>>>
          | Node<Unwrapped<Exclude<R, PromiseLike<unknown>>>>;

/** The arguments of a traced function. Names, optional and rest parameters stay as they were. */
export type NodeableArguments<A extends readonly unknown[]> = { [K in keyof A]: Nodeable<A[K]> };

/** The arguments of a function that may have two overloads; nothing can be passed where there is no function. */
export type ArgumentsOf<F> = [F] extends [never]
  ? never
  : F extends { (...args: infer A extends unknown[]): unknown; (...args: infer B extends unknown[]): unknown }
    ? NodeableArguments<A> | NodeableArguments<B>
    : F extends (...args: infer A) => unknown
      ? NodeableArguments<A>
      : never;

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
  details: Details<Node> | undefined;
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
    return byInputName(this, this.parents);
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
    addTexts(this.prototype);
  }
}

/** The node that a failed operation leaves behind: its data is the error's text, its `error` what was thrown. */
export class ExceptionNode extends Node<string> {
  readonly error: unknown;

  /** @internal */
  constructor(operation: Operation, error: unknown, parents: readonly Node[], details?: Details<Node>) {
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
    // Asking a hostile Proxy for its class throws. Written out: it is asked of every argument.
    return false;
  }
}

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
  const { plain, leaves, names } = takeApart(value, isLeaf, isNode);
  const base = operation.base ?? operation.name;
  return new Node({ ...containerOperation(value), inputs: uniqueNames(names), rest: false, base }, plain, leaves);
}

/** `value` with every node in it, at any depth, replaced by its value. */
export function unwrap(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isNode(value)) return value.peek();
  return holds(value, isNode) ? takeApart(value, isNode, isNode).plain : value;
}

/** The nodes inside `value`, at any depth; a node itself is the only one. `isLeaf` as for {@link lift}. */
export function nodesIn(value: unknown, isLeaf: (item: object) => boolean = isNode): readonly Node[] {
  if (isNode(value)) return [value];
  return holds(value, isLeaf) ? takeApart(value, isLeaf, isNode).leaves : noParents;
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
export function fail(operation: Operation, error: unknown, parents: readonly Node[], details?: Details<Node>): never {
  if (!isData(error)) throw error;
  throw new ExecutionError(new ExceptionNode(operation, error, parents, details));
}
