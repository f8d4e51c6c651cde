/** The results that plain code of a run got from traced calls, such as those of an SDK, and which of them went on. */

import { getOrSet } from "../util/collections.ts";
import { isObject } from "../util/is-record.ts";
import { uniqueNames } from "../util/names.ts";
import { type ContextRun, currentContext } from "./context.ts";
import { isCarrier, Node, nodesIn } from "./node.ts";
import type { Operation } from "./operation.ts";

/** The plain results of one run, or of one program in it. */
export class PlainResults {
  /** With their values. */
  readonly #open = new Map<Node, unknown>();
  readonly #byObject = new Map<object, Node>();

  /** Notes that plain code got `value`, the value of `node`. */
  add(node: Node, value: unknown): void {
    this.#open.set(node, value);
    if (isObject(value)) this.#byObject.set(value, node);
  }

  /** Notes that `nodes` went into another node. */
  use(nodes: readonly Node[]): void {
    for (const node of nodes) this.#open.delete(node);
  }

  /** The nodes that went into no other one: what plain code made of them is not known. */
  get open(): readonly Node[] {
    return [...this.#open.keys()];
  }

  /**
   * The node whose value plain code got as this very object. A text, a number or a boolean may equal the value of a
   * node by accident: it is that of the only open one, if of any.
   */
  nodeOf(value: unknown): Node | undefined {
    if (isObject(value)) return this.#byObject.get(value);
    const [only, ...others] = this.#open;
    return only !== undefined && others.length === 0 && Object.is(only[1], value) ? only[0] : undefined;
  }
}

/** The plain results of runs, from the first of each on. */
const byRun = new WeakMap<ContextRun, PlainResults>();

/** The plain results of a run; undefined where it has none. */
export function plainResultsOf(run: ContextRun | undefined): PlainResults | undefined {
  return run === undefined ? undefined : byRun.get(run);
}

/** The plain results of the run that the caller is in; undefined outside of all runs. */
export function plainResultsHere(): PlainResults | undefined {
  const { run } = currentContext();
  return run === undefined ? undefined : getOrSet(byRun, run, () => new PlainResults());
}

/**
 * The node of what a run gave as a plain value: of the traced call that gave it, where that is certain, or else of
 * plain code that may have made it from all results that went nowhere else. Undefined for nodes and what holds them,
 * and where no traced call gave a plain result.
 */
export function nodeOfPlain(value: unknown): Node | undefined {
  const results = plainResultsOf(currentContext().run);
  if (results === undefined || nodesIn(value, isCarrier).length > 0) return undefined;
  const { open } = results;
  return results.nodeOf(value) ?? (open.length === 0 ? undefined : new Node(plainOperation(open), value, open));
}

const doc =
  "Plain code of the program between the operations that are traced. Its inputs are the values that it had read.";

/** The plain code of a program, as an operation on the values that it had read. */
export function plainOperation(reads: readonly Node[]): Operation {
  const inputs = uniqueNames(reads.map((node) => node.name));
  return { kind: "bundle", name: "program", inputs, rest: false, doc };
}
