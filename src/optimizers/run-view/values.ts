/** The values of a run in parallel arrays: names, calls and records of values are made when they are asked for. */

import { type FoldList, fold, type RepeatBlock } from "../../graph/fold.ts";
import type { Graph } from "../../graph/graph.ts";
import type { NumberedNodes } from "../../graph/numbered.ts";
import { ExceptionNode, type Node } from "../../nodes/node.ts";
import { Parameter } from "../../nodes/parameter.ts";
import type { UniqueNames } from "../../util/names.ts";
import { typeName } from "../../util/type-name.ts";
import type { CallShapes } from "./shapes.ts";

/** A value that gives context: it is shown, but may not be changed. */
export interface ContextValue {
  /** Unique among the values of its run, and not the name of a variable. */
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
  /** The call that made it; undefined for an input. */
  readonly call: string | undefined;
  /** The documentation of an input; that of calls is in `docs` of the problem. */
  readonly doc: string | undefined;
  /** `fixed` is a parameter that may not be changed now. */
  readonly role: "input" | "fixed" | "other" | "output";
  /** How many calls lie between this value and the output. The first to be left out are the farthest. */
  readonly distance: number;
  /** Whether the call says all that the value is: an array or a record that was put together from other values. */
  readonly isLiteral: boolean;
}

/** A pattern that repeats, as code. */
export interface RepeatedCalls {
  /** The calls of repetition `k`, from 1. */
  readonly calls: readonly string[];
  /** What the first repetition has where the others have a value of the one before: `seen[0] = start`. */
  readonly begins: readonly string[];
}

/** What is the same for all values of a problem. */
export interface ValueSource {
  readonly numbered: NumberedNodes;
  /** By the numbers of nodes. */
  readonly distances: Uint32Array;
  readonly shapes: CallShapes;
}

/** The values of a run by their places, with the shapes of their calls and the places of what went in. */
export interface RunCalls extends FoldList {
  readonly graph: Graph;
  readonly numbers: Uint32Array;
}

/** A pattern of four is shorter than its calls. */
const foldLimits = { minCount: 4 };

/** The values of one run, in the order of running. A value is there by its place, from 0. The last one is the output. */
export class RunValues implements Iterable<ContextValue> {
  /** The patterns that repeat, in order. */
  readonly patterns: readonly RepeatBlock[];
  readonly #source: ValueSource;
  readonly #calls: RunCalls;
  readonly #names: UniqueNames;
  /** The numbers in the names; of a pattern, those of its first repetition. */
  readonly #nameNumbers: Uint32Array;
  /** The names that were asked for, by place. */
  #known: (string | undefined)[] | undefined;

  /** @internal @param names Hands out names that nothing else has. */
  constructor(source: ValueSource, calls: RunCalls, names: UniqueNames) {
    this.#source = source;
    this.#calls = calls;
    this.#names = names;
    this.patterns = fold(calls, foldLimits);
    this.#nameNumbers = this.#numberNames();
  }

  /** How many there are. */
  get length(): number {
    return this.#calls.numbers.length;
  }

  /** The value at a place. */
  at(place: number): ContextValue {
    const { numbered, distances } = this.#source;
    const { graph, numbers } = this.#calls;
    const number = numbers[place] as number;
    return contextValue(graph, this.#nodeAt(place), {
      name: this.nameAt(place),
      call: this.callAt(place),
      isRoot: numbered.from[number] === numbered.from[number + 1],
      distance: distances[number] as number,
      isLiteral: this.isLiteralAt(place),
    });
  }

  /** The values in order, each made when it is read. */
  *[Symbol.iterator](): Iterator<ContextValue> {
    for (let place = 0; place < this.length; place++) yield this.at(place);
  }

  /** `at(place).value`, and nothing else. */
  valueAt(place: number): unknown {
    return this.#calls.graph.valueOf(this.#nodeAt(place));
  }

  /** `at(place).distance`, and nothing else. */
  distanceAt(place: number): number {
    return this.#source.distances[this.#calls.numbers[place] as number] as number;
  }

  /** `at(place).isLiteral`, and nothing else. */
  isLiteralAt(place: number): boolean {
    return this.#source.shapes.get(this.#calls.shapes[place] as number).isLiteral;
  }

  /** `at(place).name`, and nothing else; of a pattern that repeats with the number: `ask[2]`. */
  nameAt(place: number): string {
    this.#known ??= new Array<string | undefined>(this.length);
    return (this.#known[place] ??= this.#nameOf(place));
  }

  #nameOf(place: number): string {
    const pattern = this.patternAt(place);
    const stem = this.stemAt(place);
    return pattern === undefined ? stem : `${stem}[${Math.floor((place - pattern.at) / pattern.period) + 1}]`;
  }

  /** `at(place).call`, and nothing else. */
  callAt(place: number): string | undefined {
    return this.#callAs(place, this.nameAt(place), (ref) => this.nameAt(ref));
  }

  /** The name of a value without the number of a repetition. */
  stemAt(place: number): string {
    const pattern = this.patternAt(place);
    const first = pattern === undefined ? place : pattern.at + ((place - pattern.at) % pattern.period);
    return this.#names.textOf(this.#nodeAt(place).name, this.#nameNumbers[first] as number);
  }

  /** The pattern that the value at a place is in; undefined for a value alone. */
  patternAt(place: number): RepeatBlock | undefined {
    let [low, high] = [0, this.patterns.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.patterns[middle] as RepeatBlock).at <= place) low = middle + 1;
      else high = middle;
    }
    const pattern = this.patterns[low - 1];
    return pattern !== undefined && place < endOf(pattern) ? pattern : undefined;
  }

  /** A pattern as code: its repetition `k`, and what stands for the values of a repetition 0 in the first one. */
  codeOf({ at, period }: RepeatBlock): RepeatedCalls {
    const { from, refs } = this.#calls;
    const nameAt = (place: number): string => {
      if (place < at) return this.nameAt(place);
      return `${this.stemAt(place)}${place < at + period ? "[k-1]" : "[k]"}`;
    };
    const begins = new Set<string>();
    const calls: string[] = [];
    for (let place = at + period; place < at + 2 * period; place++) {
      const call = this.#callAs(place, nameAt(place), nameAt);
      if (call !== undefined) calls.push(call);
      const [first, second] = [from[place - period] as number, from[place] as number];
      for (let input = 0; second + input < (from[place + 1] as number); input++) {
        const [begun, ref] = [refs[first + input] as number, refs[second + input] as number];
        if (ref >= at && begun < at) begins.add(`${this.stemAt(ref)}[0] = ${nameAt(begun)}`);
      }
    }
    return { calls, begins: [...begins] };
  }

  #nodeAt(place: number): Node {
    return this.#source.numbered.nodes[this.#calls.numbers[place] as number] as Node;
  }

  #callAs(place: number, name: string, nameAt: (place: number) => string): string | undefined {
    const { shapes, from, refs } = this.#calls;
    const { texts } = this.#source.shapes.get(shapes[place] as number);
    if (texts.length === 0) return undefined;
    const start = from[place] as number;
    let call = `${name} = ${texts[0]}`;
    for (let input = 1; input < texts.length; input++) {
      call += nameAt(refs[start + input - 1] as number) + texts[input];
    }
    return call;
  }

  /** Values in patterns are numbered by their first repetition. */
  #numberNames(): Uint32Array {
    const numbers = new Uint32Array(this.length);
    let place = 0;
    const nameUpTo = (end: number) => {
      for (; place < end; place++) numbers[place] = this.#names.takeNumber(this.#nodeAt(place).name);
    };
    for (const pattern of this.patterns) {
      nameUpTo(pattern.at + pattern.period);
      place = endOf(pattern);
    }
    nameUpTo(this.length);
    return numbers;
  }
}

/** The place after a pattern. */
export function endOf({ at, period, count }: RepeatBlock): number {
  return at + period * count;
}

/** A node as a value that is shown. */
export function contextValue(graph: Graph, node: Node, place: ValuePlace): ContextValue {
  const value = graph.valueOf(node);
  const { name, call, distance, isLiteral, isRoot } = place;
  const isFixed = node instanceof Parameter;
  return {
    name,
    type: node instanceof ExceptionNode ? "error" : typeName(value),
    value,
    call,
    doc: isRoot ? node.doc : undefined,
    role: node === graph.output ? "output" : isFixed ? "fixed" : isRoot ? "input" : "other",
    distance,
    isLiteral,
  };
}

/** What is known of a value by its place. */
export interface ValuePlace extends Pick<ContextValue, "name" | "call" | "distance" | "isLiteral"> {
  /** Whether it came from outside. */
  readonly isRoot: boolean;
}
