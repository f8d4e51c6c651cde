/** Reads the calls of a run from its nodes: the shape of each call, and the places of its inputs. */

import type { Node } from "../../nodes/node.ts";
import { inputNameOf } from "../../nodes/operation.ts";
import { Parameter } from "../../nodes/parameter.ts";
import { namesBeside } from "../../util/names.ts";
import { type CallPart, type CallScope, inputOf, pathOf, withPath } from "./call.ts";
import type { FixedInputs, RunNodes } from "./fixed-inputs.ts";
import { Histories } from "./histories.ts";
import { literalOf } from "./literal.ts";
import { RunValues, type ValueSource } from "./values.ts";

/** The documentation of an operation, with the name of one of its results. */
export interface DocumentedCall {
  readonly op: string;
  readonly doc: string;
  readonly name: string;
}

/** What is known of all runs before they are read. */
export interface ReaderBasis {
  /** The names of nodes that are not part of a single run. */
  readonly names: ReadonlyMap<number, string>;
  /** The names that no value of a run may have. */
  readonly taken: readonly string[];
  readonly fixedInputs: FixedInputs;
}

const inlined = 1;
const written = 2;

/** Reads the runs of a problem. */
export class RunReader {
  /** The documented calls in order. Each operation has at least one. */
  readonly documented: DocumentedCall[] = [];
  readonly #source: ValueSource;
  readonly #basis: ReaderBasis;
  // By the number of the node. Runs have no nodes in common, so all of them share these.
  readonly #places: Int32Array;
  readonly #uses: Uint8Array;
  readonly #paths = new Map<number, string>();

  constructor(source: ValueSource, basis: ReaderBasis) {
    this.#source = source;
    this.#basis = basis;
    this.#places = new Int32Array(source.numbered.nodes.length).fill(-1);
    this.#uses = new Uint8Array(source.numbered.nodes.length);
  }

  read(run: RunNodes): RunValues {
    this.#findInlined(run);
    const { nodes, from } = this.#source.numbered;
    const calls = new CallReader(this.#source, this.#scopeOf(run));
    const operations = new Set<string>();
    const size = run.order.length;
    const [numbers, shapes, refsFrom] = [new Uint32Array(size), new Uint32Array(size), new Uint32Array(size + 1)];
    let place = 0;
    for (const number of run.order) {
      if (this.#isInlined(number, run)) continue;
      const node = nodes[number] as Node;
      if (from[number] === from[number + 1]) shapes[place] = this.#source.shapes.ofInput(node.name);
      else {
        shapes[place] = calls.read(node, number, place);
        operations.add(node.op);
      }
      numbers[place] = number;
      this.#places[number] = place;
      place += 1;
      refsFrom[place] = calls.refs.length;
    }
    const names = namesBeside(new Set([...this.#basis.taken, ...operations]));
    const values = new RunValues(
      this.#source,
      {
        graph: run.graph,
        numbers: numbers.subarray(0, place),
        shapes: shapes.subarray(0, place),
        from: refsFrom.subarray(0, place + 1),
        refs: new Uint32Array(calls.refs),
      },
      names,
    );
    for (const { op, doc, place } of calls.documented) this.documented.push({ op, doc, name: values.nameAt(place) });
    return values;
  }

  #scopeOf({ graph }: RunNodes): CallScope {
    const { names, fixedInputs } = this.#basis;
    return { graph, numbered: this.#source.numbered, names, places: this.#places, paths: this.#paths, fixedInputs };
  }

  /** Finds the nodes that are written inside calls: paths into values, and inputs that are always the same. */
  #findInlined({ graph, order }: RunNodes): void {
    const { from, parents } = this.#source.numbered;
    for (const number of order) {
      const path = pathOf(number, graph, this.#source.numbered);
      if (path !== undefined) this.#paths.set(number, path);
      const [start, end] = [from[number] as number, from[number + 1] as number];
      for (let edge = start; edge < end; edge++) {
        const parent = parents[edge] as number;
        const isKey = path !== undefined && edge > start;
        const isRoot = from[parent] === from[parent + 1];
        const isFixed = isKey || this.#basis.fixedInputs.textOf(edge) !== undefined;
        if (!isRoot || !isFixed) this.#uses[parent] = written;
        else if (this.#uses[parent] !== written) this.#uses[parent] = inlined;
      }
    }
  }

  #isInlined(number: number, { graph }: RunNodes): boolean {
    if (this.#uses[number] === inlined) return true;
    return this.#paths.has(number) && this.#source.numbered.nodes[number] !== graph.output;
  }
}

/** Reads the calls of one run in their order. */
class CallReader {
  /** The places of the inputs, call by call. */
  readonly refs: number[] = [];
  readonly documented: { readonly op: string; readonly doc: string; readonly place: number }[] = [];
  readonly #source: ValueSource;
  readonly #scope: CallScope;
  readonly #histories = new Histories();

  constructor(source: ValueSource, scope: CallScope) {
    this.#source = source;
    this.#scope = scope;
  }

  /** The shape of the call that made a node. */
  read(node: Node, number: number, place: number): number {
    const literal = literalOf(number, this.#scope);
    const path = this.#scope.paths.get(number);
    if (literal === undefined && path === undefined) return this.#readCall(node, number, place);
    let parts: readonly CallPart[];
    if (literal === undefined) {
      parts = [withPath(inputOf(number, 0, this.#scope), path as string)];
      this.#document(node, place);
    } else parts = literal.items === undefined ? literal.parts : this.#histories.partsOf(literal.items, place);
    this.#addRefs(parts);
    return this.#source.shapes.ofParts(node, parts, literal !== undefined);
  }

  /** A call such as `ask(prompt=…)`. A trainable function has the name of its code parameter. */
  #readCall(node: Node, number: number, place: number): number {
    const { from } = this.#source.numbered;
    const count = (from[number + 1] as number) - (from[number] as number);
    const code = this.#codeOf(node, number, count);
    const inputs: CallPart[] = [];
    for (let index = 0; index < count; index++) {
      if (index !== code?.index) inputs.push(inputOf(number, index, this.#scope));
    }
    this.#addRefs(inputs);
    const seen = this.#source.shapes.seen(node, code?.name, inputs);
    if (seen.shape === undefined) {
      this.#document(node, place);
      const names = Array.from({ length: count }, (_, index) => index).filter((index) => index !== code?.index);
      const args = inputs.flatMap((input, index) => [
        `${index === 0 ? "" : ", "}${inputNameOf(node, names[index] as number)}=`,
        input,
      ]);
      seen.shape = this.#source.shapes.ofParts(node, [`${code?.name ?? node.op}(`, ...args, ")"], false);
    }
    return seen.shape;
  }

  /** The input that is the code of a trainable function, and its name. */
  #codeOf(
    node: Node,
    number: number,
    count: number,
  ): { readonly index: number; readonly name: string | undefined } | undefined {
    if (node.details === undefined) return undefined;
    const { nodes, from, parents } = this.#source.numbered;
    for (let index = count - node.details.hidden.length; index < count; index++) {
      const parent = parents[(from[number] as number) + index] as number;
      const input = nodes[parent];
      if (inputNameOf(node, index) !== "code" || !(input instanceof Parameter) || input.code === undefined) continue;
      return { index, name: this.#scope.names.get(parent) };
    }
    return undefined;
  }

  #addRefs(parts: readonly CallPart[]): void {
    for (const part of parts) {
      if (typeof part === "number") this.refs.push(part);
      else if (typeof part === "object") this.refs.push(part.at);
    }
  }

  #document({ op, doc }: Node, place: number): void {
    if (doc !== undefined && doc !== "") this.documented.push({ op, doc, place });
  }
}
