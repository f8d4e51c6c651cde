/** What calls have in common: a call is its shape, and the values that went in. A graph has many calls, but few shapes. */

import type { Node } from "../../nodes/node.ts";
import type { Operation } from "../../nodes/operation.ts";
import { getOrSet } from "../../util/collections.ts";
import type { CallPart } from "./call.ts";

/** A call without the values that went in. */
export interface CallShape {
  /** The texts around the values: one more than there are values. None for what came from outside, without a call. */
  readonly texts: readonly string[];
  /** Whether the call says all: an array or a record that was put together from other values. */
  readonly isLiteral: boolean;
}

/** Calls that have been seen, as a tree: a step is what was called, and then each of its inputs. */
export interface SeenCall {
  readonly next: Map<string, SeenCall>;
  /** The number of the shape of a call that ends here; undefined while there was none. */
  shape: number | undefined;
}

/** The shapes of all runs of a problem, each with a number. */
export class CallShapes {
  readonly #shapes: CallShape[] = [];
  readonly #byText = new Map<string, number>();
  readonly #root: SeenCall = { next: new Map(), shape: undefined };
  readonly #operations = new Map<Operation, SeenCall>();

  get(number: number): CallShape {
    return this.#shapes[number] as CallShape;
  }

  /** The shape of a value from outside. */
  ofInput(name: string): number {
    return getOrSet(this.#byText, `input ${name}`, () => this.#shapes.push({ texts: [], isLiteral: false }) - 1);
  }

  /** The shape of a call that consists of these parts. */
  ofParts({ operation, name }: Node, parts: readonly CallPart[], isLiteral: boolean): number {
    const texts: string[] = [];
    let text = "";
    for (const part of parts) {
      if (typeof part === "string") text += part;
      else {
        texts.push(text);
        text = typeof part === "number" ? "" : part.path;
      }
    }
    texts.push(text);
    const key = `${operation.kind} ${name} = ${texts.join("\0")}`;
    return getOrSet(this.#byText, key, () => this.#shapes.push({ texts, isLiteral }) - 1);
  }

  /** Where the shape of a call with these inputs is kept, once it is known. */
  seen(node: Node, callee: string | undefined, inputs: readonly CallPart[]): SeenCall {
    let seen = this.#seenOf(node);
    if (callee !== undefined) seen = nextOf(seen, `\0\0${callee}`);
    for (const input of inputs) seen = nextOf(seen, keyOf(input));
    return seen;
  }

  /** Calls of operations that are alike are one: a bundle or a `map` may be made anew for each call. */
  #seenOf({ operation, details }: Node): SeenCall {
    let seen = getOrSet(this.#operations, operation, () => {
      const { kind, name, base, inputs, rest, doc } = operation;
      return nextOf(this.#root, JSON.stringify([kind, name, base, inputs, rest, doc]));
    });
    for (const hidden of details?.hidden ?? []) seen = nextOf(seen, `\0\0\0${hidden}`);
    return seen;
  }
}

function nextOf(seen: SeenCall, step: string): SeenCall {
  return getOrSet(seen.next, step, () => ({ next: new Map(), shape: undefined }));
}

/** An input as far as it belongs to the shape: a value is only its path. */
function keyOf(input: CallPart): string {
  if (typeof input === "string") return input;
  return typeof input === "number" ? "\0" : `\0${input.path}`;
}
