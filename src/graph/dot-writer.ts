/** Writes a drawing as lines of DOT: boxes, frames around patterns, edges, feedback. */

import type { Node } from "../nodes/node.ts";
import type { DotEdge } from "./dot-edges.ts";
import { type DotPart, isHub, isSource } from "./dot-part.ts";
import { cut, feedbackBox, nodeBox, quotedInput, useBox } from "./dot-style.ts";
import { callAt, nameAt } from "./folded-text.ts";
import { Lines } from "./lines.ts";
import { endOfPattern, firstAt, type Pattern, patternAt } from "./pattern.ts";

/** Writes one drawing. */
export class DotWriter {
  readonly #part: DotPart;
  readonly #limit: number;
  readonly #out: Lines;
  /** The edges, which come after all boxes. */
  readonly #edges = new Lines();
  /** By place: how many uses were drawn as boxes of their own. */
  readonly #uses: Uint32Array;

  constructor(part: DotPart, limit: number, out: Lines) {
    this.#part = part;
    this.#limit = limit;
    this.#out = out;
    this.#uses = new Uint32Array(part.folded.nodes.length);
  }

  write(): void {
    const { folded } = this.#part;
    this.#writeShared();
    let place = 0;
    while (place < folded.nodes.length) {
      const pattern = patternAt(folded, place);
      if (pattern === undefined) this.#writeSingle(place);
      else this.#writePattern(pattern);
      place = pattern === undefined ? place + 1 : endOfPattern(pattern);
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
    const isAlone = patternAt(part.folded, place) === undefined;
    return part.isIncluded[place] === 1 && isAlone && isHub(part, place) && isSource(part, place);
  }

  #writeSingle(place: number): void {
    if (this.#part.isIncluded[place] === 0) return;
    if (!this.#isShared(place)) this.#out.add(`  ${this.#boxOf(place)}`);
    for (const edge of this.#edgesInto(place)) this.#addEdge(edge, place, (box) => this.#edges.add(`  ${box}`));
  }

  #writePattern(pattern: Pattern): void {
    const { at, period, count } = pattern;
    const places: number[] = [];
    for (let place = at; place < at + period; place++) if (this.#part.isIncluded[place] === 1) places.push(place);
    if (places.length === 0) return;
    this.#out.add(`  subgraph "cluster_repeated_${at}" {`);
    this.#out.add(`    graph [label="for k = 1 to ${count}", labeljust=l, color="#2B6CB0", style=rounded];`);
    for (const place of places) this.#out.add(`    ${this.#boxOf(place, pattern)}`);
    for (const place of places) {
      for (const edge of this.#edgesInto(place)) this.#addEdge(edge, place, (box) => this.#out.add(`    ${box}`));
    }
    this.#out.add("  }");
  }

  #edgesInto(place: number): readonly DotEdge[] {
    return this.#part.edges[place] as readonly DotEdge[];
  }

  /** Adds an edge. One from a node with many uses begins at a small box of its own, which goes to `add`. */
  #addEdge({ source, label, isBack }: DotEdge, target: number, add: (box: string) => void): void {
    let id = this.#idOf(source);
    if (!isBack && isHub(this.#part, source)) {
      const use = (this.#uses[source] = (this.#uses[source] as number) + 1);
      // Names are identifiers, so they need no escapes, and no node is called this.
      add(`"${id}#${use}" ${useBox(this.#nodeAt(source), id, this.#isCut(source))};`);
      id = `${id}#${use}`;
    }
    const back = isBack ? "style=dashed, constraint=false" : "";
    const head = label === "" ? "" : `headlabel=${quotedInput(cut(label, 40))}`;
    const look = [head, back].filter((text) => text !== "").join(", ");
    this.#edges.add(`  "${id}" -> "${this.#idOf(target)}"${look === "" ? "" : ` [${look}]`};`);
  }

  #idOf(place: number): string {
    return this.#part.graph.nameOf(this.#nodeAt(place));
  }

  #nodeAt(place: number): Node {
    return this.#part.folded.nodes[place] as Node;
  }

  /** Whether a node is drawn as an input because the calls behind it are not part of the drawing. */
  #isCut(place: number): boolean {
    const { graph, entering } = this.#part;
    const node = this.#nodeAt(place);
    return entering.has(node) || graph.parentsOf(node).length < node.parents.length;
  }

  #boxOf(place: number, pattern?: Pattern): string {
    // The second repetition is the one that takes values of the previous one.
    const second = pattern === undefined ? place : place + pattern.period;
    const box = nodeBox(this.#part.graph, this.#nodeAt(place), {
      isCut: this.#isCut(place),
      name: nameAt(this.#part, second, pattern),
      call: () => callAt(this.#part, second, pattern),
      last: pattern === undefined ? undefined : this.#nodeAt(place + pattern.period * (pattern.count - 1)),
      limit: this.#limit,
    });
    return `"${this.#idOf(place)}" ${box};`;
  }

  #writeFeedback(): void {
    const { graph, folded } = this.#part;
    if (graph.feedback === undefined || folded.nodes.length === 0) return;
    this.#out.add(`  "#feedback" ${feedbackBox(graph.feedback, this.#limit)};`);
    const output = this.#idOf(firstAt(folded, folded.nodes.length - 1));
    this.#out.add(`  "${output}" -> "#feedback" [dir=back, style=dashed, color="#8A6D00"];`);
  }
}
