/** What made a node: one record per operator, bundle or kind of input, shared by all the nodes it makes. */

import { getOrSet } from "../util/collections.ts";
import { shorten } from "../util/cut.ts";

/** How a node came to be. */
export type OperationKind = "input" | "parameter" | "operator" | "bundle" | "exception";

/** What made a node. Names of inputs live here, once, and not on every node. */
export interface Operation {
  readonly kind: OperationKind;
  /** What was called: `add`, `extract`. For inputs and parameters, their name. */
  readonly name: string;
  /** Names of the inputs, in the order of `node.parents`. */
  readonly inputs: readonly string[];
  /** True when the last name is that of all further inputs (`args` gives `args_0`, `args_1`, …). */
  readonly rest: boolean;
  /** What the operation does, for the optimizer to read. */
  readonly doc: string | undefined;
  /** Base name of the nodes made, where it is not `name`. */
  readonly base?: string;
  /**
   * Whether its function is declared to give promises, and so may wait for what is outside of the program, such as a
   * model. A call of any other that gave one says so in its details. Undefined where that is not known.
   */
  readonly async?: boolean;
}

/** An operator: a named pure function over values. */
export function operator(name: string, inputs: readonly string[], doc: string, rest = false): Operation {
  return { kind: "operator", name, inputs, rest, doc, async: false };
}

const sources = new WeakMap<object, string>();
/** How many characters of the source of a mapped function are written. */
const maxSource = 300;

/** An operator that applies a function of the program, which nothing but its source describes. */
export function mapping(name: string, fn: (value: never) => unknown): Operation {
  return {
    ...{ kind: "operator", name, inputs: ["x"], rest: false, async: false },
    // Made when it is read: most graphs are never shown.
    get doc() {
      return getOrSet(sources, fn, () => sourceDoc(fn));
    },
  };
}

/** Calls of functions without a source, such as bound ones and those of the language, say what they are by name. */
function sourceDoc(fn: object): string {
  const source = Function.prototype.toString.call(fn).replace(/\s+/g, " ");
  return /\[native code\]/.test(source) ? "" : `Applies ${shorten(source, maxSource)} to x.`;
}

/** A value that comes in from outside: a constant, an argument, a datum. */
export function input(name: string, doc?: string): Operation {
  return { kind: "input", name, inputs: [], rest: false, doc };
}

/** The name of the `index`-th input of `operation`. */
export function inputName(operation: Operation, index: number): string {
  const { inputs, rest } = operation;
  const last = inputs.length - 1;
  if (rest && index >= last) return `${inputs[last]}_${index - last}`;
  return inputs[index] ?? `input_${index}`;
}

/** What is known of the inputs of a node. */
export interface InputsOfNode {
  readonly operation: Operation;
  readonly parents: { readonly length: number };
  readonly details: Pick<Details, "hidden"> | undefined;
}

/** The name under which the `index`-th parent went into a node. */
export function inputNameOf({ operation, parents, details }: InputsOfNode, index: number): string {
  const hidden = details?.hidden ?? [];
  const named = parents.length - hidden.length;
  return index < named ? inputName(operation, index) : (hidden[index - named] ?? `input_${index}`);
}

/** The parents of a node, which are `parents`, by the names of its inputs. */
export function byInputName<N>(node: InputsOfNode, parents: readonly N[]): Readonly<Record<string, N>> {
  const named: Record<string, N> = Object.create(null);
  for (const [index, parent] of parents.entries()) {
    let name = inputNameOf(node, index);
    // A function may have a parameter called `code`, or like an external node that it reads.
    while (name in named) name += "_";
    named[name] = parent;
  }
  return named;
}

const constants = new WeakMap<Operation, Operation[]>();

/** What makes a constant for the `index`-th input of `operation`: an input named after it. */
export function constantOf(operation: Operation, index: number): Operation {
  let known = constants.get(operation);
  if (known === undefined) constants.set(operation, (known = []));
  return (known[index] ??= input(inputName(operation, index)));
}

/**
 * What only some nodes have: the run inside a bundle body, parents that are not arguments, an unannounced promise.
 * @typeParam N - The nodes inside.
 */
export interface Details<N = unknown> {
  /** Nodes that the body made and returned or read: outputs of its inner graph. */
  readonly inner: readonly N[];
  /** Names of the parents after the arguments: the code parameter, recorded external nodes. */
  readonly hidden: readonly string[];
  /** The call gave a promise, which its operation does not declare. */
  readonly async?: true;
  /** What the call of a model or a tool took. */
  readonly figures?: CallFigures;
}

/** What a call took, as far as it is known. */
export interface CallFigures {
  /** Seconds from the request to the end of the reply, or of a tool. */
  readonly seconds: number;
  /** The language model that answered. */
  readonly model?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  /** US dollars, where the reply says them. */
  readonly usd?: number | undefined;
}

/** Details of a call that gave a promise, and of nothing else: one for all, so that they cost no memory. */
const promised: Details<never> = { inner: [], hidden: [], async: true };

/** The details of a call of `operation` that gave a promise. */
export function promisedBy<N>(operation: Operation, details: Details<N> | undefined): Details<N> | undefined {
  if (operation.async === true) return details;
  return details === undefined ? promised : { ...details, async: true };
}
