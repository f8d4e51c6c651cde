/** Writes what a drawing shows as lines of DOT: boxes, frames around patterns that repeat, edges, feedback. */

import type { Node } from "../nodes/node.ts";
import type { DotEdge } from "./dot-edges.ts";
import { type DotPart, includedEdges, isHub, isSource } from "./dot-part.ts";
import { cut, feedbackBox, nodeBox, quoted, useBox } from "./dot-style.ts";
import type { RepeatBlock } from "./fold.ts";
import { firstAt } from "./folded.ts";
import { callAt, nameAt } from "./folded-text.ts";
import { Lines } from "./lines.ts";

/** Writes one drawing. */
export class DotWriter {
  readonly #part: DotPart;
  readonly #limit: number;
  readonly #out: Lines;
  /** The edges, which come after all boxes. */
  readonly #edges = new Lines();
  /** By place: how many uses of a node with many were drawn. */
  readonly #uses: Uint32Array;

  constructor(part: DotPart, limit: number, out: Lines) {
    this.#part = part;
    this.#limit = limit;
    this.#out = out;
    this.#uses = new Uint32Array(part.folded.nodes.length);
  }

  write(): void {
    const { nodes, patterns, patternOf } = this.#part.folded;
    this.#writeShared();
    for (let place = 0; place < nodes.length; place++) {
      const pattern = patterns[patternOf[place] as number];
      if (pattern === undefined) this.#writeSingle(place);
      else {
        this.#writePattern(pattern);
        place = pattern.at + pattern.period * pattern.count - 1;
      }
    }
    this.#out.append(this.#edges);
    this.#writeFeedback();
  }

  /** Parameters and inputs with many uses, in a frame of their own. */
  #writeShared(): void {
    const places: number[] = [];
    for (let place = 0; place < this.#uses.length; place++) if (this.#isShared(place)) places.push(place);
    if (places.length === 0) return;
    this.#out.add('  subgraph "cluster_shared" {');
    this.#out.add('    graph [label="Used in many places", color="#999999", style=dashed];');
    for (const place of places) this.#out.add(`    ${this.#boxOf(place)}`);
    this.#out.add("  }");
  }

  #isShared(place: number): boolean {
    const part = this.#part;
    const isAlone = (part.folded.patternOf[place] as number) < 0;
    return part.isIncluded[place] === 1 && isAlone && isHub(part, place) && isSource(part, place);
  }

  #writeSingle(place: number): void {
    if (this.#part.isIncluded[place] === 0) return;
    if (!this.#isShared(place)) this.#out.add(`  ${this.#boxOf(place)}`);
    for (const edge of includedEdges(this.#part, place))
      this.#addEdge(edge, place, (box) => this.#edges.add(`  ${box}`));
  }

  #writePattern(pattern: RepeatBlock): void {
    const { at, period, count } = pattern;
    const places: number[] = [];
    for (let place = at; place < at + period; place++) if (this.#part.isIncluded[place] === 1) places.push(place);
    if (places.length === 0) return;
    this.#out.add(`  subgraph "cluster_repeated_${at}" {`);
    this.#out.add(`    graph [label="for k = 1 to ${count}", labeljust=l, color="#2B6CB0", style=rounded];`);
    for (const place of places) this.#out.add(`    ${this.#boxOf(place, pattern)}`);
    for (const place of places) {
      for (const edge of includedEdges(this.#part, place))
        this.#addEdge(edge, place, (box) => this.#out.add(`    ${box}`));
    }
    this.#out.add("  }");
  }

  /** Notes an edge. One from a node with many uses begins at a small box of its own, which `add` takes. */
  #addEdge({ source, label, isBack }: DotEdge, target: number, add: (box: string) => void): void {
    const { graph, folded } = this.#part;
    const node = folded.nodes[source] as Node;
    let id = this.#idOf(source);
    if (!isBack && isHub(this.#part, source)) {
      const use = (this.#uses[source] = (this.#uses[source] as number) + 1);
      const isCut = graph.parentsOf(node).length < node.parents.length;
      // Names are identifiers: they need no escapes, and this is never one.
      add(`"${id}#${use}" ${useBox(node, id, isCut)};`);
      id = `${id}#${use}`;
    }
    const back = isBack ? "style=dashed, constraint=false" : "";
    const head = label === "" ? "" : `headlabel=${quoted(cut(label, 40))}`;
    const look = [head, back].filter((text) => text !== "").join(", ");
    this.#edges.add(`  "${id}" -> "${this.#idOf(target)}"${look === "" ? "" : ` [${look}]`};`);
  }

  #idOf(place: number): string {
    return this.#part.graph.nameOf(this.#part.folded.nodes[place] as Node);
  }

  #boxOf(place: number, pattern?: RepeatBlock): string {
    const { graph, folded, entering } = this.#part;
    const node = folded.nodes[place] as Node;
    const isEntering = entering.has(node);
    const isCut = isEntering || graph.parentsOf(node).length < node.parents.length;
    // The second repetition stands for all: it has the values of the one before.
    const standing = pattern === undefined ? place : place + pattern.period;
    const last = pattern === undefined ? undefined : folded.nodes[place + pattern.period * (pattern.count - 1)];
    const [name, call] = [nameAt(this.#part, standing, pattern), () => callAt(this.#part, standing, pattern)];
    return `"${this.#idOf(place)}" ${nodeBox(graph, node, { isCut, name, call, last, limit: this.#limit })};`;
  }

  #writeFeedback(): void {
    const { graph, folded } = this.#part;
    if (graph.feedback === undefined || folded.nodes.length === 0) return;
    this.#out.add(`  "#feedback" ${feedbackBox(graph.feedback, this.#limit)};`);
    const output = this.#idOf(firstAt(folded, folded.nodes.length - 1));
    this.#out.add(`  "${output}" -> "#feedback" [dir=back, style=dashed, color="#8A6D00"];`);
  }
}
