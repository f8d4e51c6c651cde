/** The shapes of calls. A call is a shape with the places of its inputs. A graph has many calls, but few shapes. */

import type { Node } from "../../nodes/node.ts";
import type { Operation } from "../../nodes/operation.ts";
import { getOrSet } from "../../util/collections.ts";
import type { CallPart } from "./call.ts";

/** A call without its inputs. */
export interface CallShape {
  /** The texts around the inputs: one more than there are inputs. None for a value from outside, which has no call. */
  readonly texts: readonly string[];
  /** Whether the call says all of its value: an array or a record of other values. */
  readonly isLiteral: boolean;
}

/** A tree of the calls so far. The first step is the operation, and each further one an input. */
export interface SeenCall {
  readonly next: Map<string, SeenCall>;
  /** The number of the shape of the call that ends here; undefined if there is none yet. */
  shape: number | undefined;
}

/** The shapes of all runs of a problem, by number. */
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

  /** The shape of a call with these parts. */
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

  /** The entry for a call with these inputs. Its shape may not be known yet. */
  seen(node: Node, callee: string | undefined, inputs: readonly CallPart[]): SeenCall {
    let seen = this.#seenOf(node);
    if (callee !== undefined) seen = nextOf(seen, `\0\0${callee}`);
    for (const input of inputs) seen = nextOf(seen, keyOf(input));
    return seen;
  }

  /** Operations that are alike share an entry: a program may create a bundle or a `map` for each call. */
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

/** The part of an input that belongs to the shape: a text, or the path into a value. */
function keyOf(input: CallPart): string {
  if (typeof input === "string") return input;
  return typeof input === "number" ? "\0" : `\0${input.path}`;
}
