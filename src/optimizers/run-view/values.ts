/** The values of a run in parallel arrays. Names, calls and records are made when they are read. */

import { type FoldList, fold } from "../../graph/fold.ts";
import { loopHead, type NamedList, nameAt } from "../../graph/folded-text.ts";
import type { Graph } from "../../graph/graph.ts";
import type { NumberedNodes } from "../../graph/numbered.ts";
import { endOfPattern, firstAt, type Pattern, patternAt } from "../../graph/pattern.ts";
import { ExceptionNode, type Node } from "../../nodes/node.ts";
import { Parameter } from "../../nodes/parameter.ts";
import type { UniqueNames } from "../../util/names.ts";
import { typeName } from "../../util/type-name.ts";
import type { CallShapes } from "./shapes.ts";

/** A value that is shown for context and may not be changed. */
export interface ContextValue {
  /** Unique among the values of its run, and not the name of a variable. */
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
  /** The call that made it; undefined for an input. */
  readonly call: string | undefined;
  /** The documentation of an input. That of calls is in `docs` of the problem. */
  readonly doc: string | undefined;
  /** `fixed` is a parameter that may not be changed now. */
  readonly role: "input" | "fixed" | "other" | "output";
  /** How many calls lie between this value and the output. The farthest values are left out first. */
  readonly distance: number;
  /** Whether the call says all of the value: an array or a record of other values. */
  readonly isLiteral: boolean;
}

/** A pattern as code. */
export interface PatternCode {
  /** The head of the loop: `for k = 1 to 9, with seen[0] = start:`. */
  readonly head: string;
  /** The calls of repetition `k`. */
  readonly calls: readonly string[];
}

/** What all values of a problem share. */
export interface ValueSource {
  readonly numbered: NumberedNodes;
  /** By the number of the node. */
  readonly distances: Uint32Array;
  readonly shapes: CallShapes;
}

/** The calls of a run by their places. */
export interface RunCalls extends FoldList {
  readonly graph: Graph;
  /** The numbers of the nodes. */
  readonly numbers: Uint32Array;
}

/** The values of one run, in an order in which they could have run. A place is an index, from 0. The last is the output. */
export class RunValues implements Iterable<ContextValue> {
  readonly #source: ValueSource;
  readonly #calls: RunCalls;
  readonly #named: NamedList;
  readonly #names: UniqueNames;
  /** The numbers in the names. A pattern has those of its first repetition. */
  readonly #nameNumbers: Uint32Array;
  /** The names that were read, by place. */
  #known: (string | undefined)[] | undefined;

  /** @internal @param names Gives names that nothing else has. */
  constructor(source: ValueSource, calls: RunCalls, names: UniqueNames) {
    this.#source = source;
    this.#calls = calls;
    this.#names = names;
    this.#named = { folded: fold(calls), stemAt: (place) => this.stemAt(place) };
    this.#nameNumbers = this.#numberNames();
  }

  /** How many there are. */
  get length(): number {
    return this.#calls.numbers.length;
  }

  /** The patterns, in order. */
  get patterns(): readonly Pattern[] {
    return this.#named.folded.patterns;
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

  /** The values in order. Each is made when it is read. */
  *[Symbol.iterator](): Iterator<ContextValue> {
    for (let place = 0; place < this.length; place++) yield this.at(place);
  }

  /** The same as `at(place).value`, but cheaper. */
  valueAt(place: number): unknown {
    return this.#calls.graph.valueOf(this.#nodeAt(place));
  }

  /** The same as `at(place).distance`, but cheaper. */
  distanceAt(place: number): number {
    return this.#source.distances[this.#calls.numbers[place] as number] as number;
  }

  /** The same as `at(place).isLiteral`, but cheaper. */
  isLiteralAt(place: number): boolean {
    return this.#source.shapes.get(this.#calls.shapes[place] as number).isLiteral;
  }

  /** The same as `at(place).name`, but cheaper. In a pattern it has the number of its repetition: `ask[2]`. */
  nameAt(place: number): string {
    this.#known ??= new Array<string | undefined>(this.length);
    return (this.#known[place] ??= nameAt(this.#named, place));
  }

  /** The same as `at(place).call`, but cheaper. */
  callAt(place: number): string | undefined {
    return this.#callAs(place, this.nameAt(place), (ref) => this.nameAt(ref));
  }

  /** The name of a value without the number of its repetition. */
  stemAt(place: number): string {
    const first = firstAt(this.#named.folded, place);
    return this.#names.textOf(this.#nodeAt(first).name, this.#nameNumbers[first] as number);
  }

  /** The pattern that a place is in. */
  patternAt(place: number): Pattern | undefined {
    return patternAt(this.#named.folded, place);
  }

  /** A pattern as code. Its second repetition is written as the `k`-th. */
  codeOf(pattern: Pattern): PatternCode {
    const { at, period } = pattern;
    const nameIn = (place: number): string => nameAt(this.#named, place, pattern);
    const calls: string[] = [];
    for (let place = at + period; place < at + 2 * period; place++) {
      const call = this.#callAs(place, nameIn(place), nameIn);
      if (call !== undefined) calls.push(call);
    }
    return { head: loopHead(this.#named, pattern), calls };
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

  /** All repetitions of a value have the number of the first. */
  #numberNames(): Uint32Array {
    const numbers = new Uint32Array(this.length);
    let place = 0;
    const nameUpTo = (end: number) => {
      for (; place < end; place++) numbers[place] = this.#names.takeNumber(this.#nodeAt(place).name);
    };
    for (const pattern of this.patterns) {
      nameUpTo(pattern.at + pattern.period);
      place = endOfPattern(pattern);
    }
    nameUpTo(this.length);
    return numbers;
  }
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

/** What follows from the place of a value. */
export interface ValuePlace extends Pick<ContextValue, "name" | "call" | "distance" | "isLiteral"> {
  /** Whether it came from outside. */
  readonly isRoot: boolean;
}
