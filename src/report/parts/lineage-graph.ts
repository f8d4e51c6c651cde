/** The lineage graph as SVG: a box for each candidate, an edge from each parent, the path to the best one on top. */

import { headOf } from "../../util/cut.ts";
import { plural, scoreText, spreadText } from "../figures.ts";
import type { Lineage, LineageEdge, LineageNode } from "../lineage.ts";
import { ancestorsOf } from "../lineage-choice.ts";
import { type Html, html, visible } from "../markup.ts";
import { shortId } from "../names.ts";
import type { CandidateView } from "../run-view.ts";
import { renderScroller } from "./blocks.ts";
import type { CandidateLinks } from "./candidate-link.ts";
import type { Shades } from "./shades.ts";

/** What the section of lineage contains. */
export interface LineageContent {
  /** All candidates. */
  readonly all: readonly CandidateView[];
  /** Those of the graph. */
  readonly inGraph: readonly CandidateView[];
  readonly leader: CandidateView | undefined;
  readonly links: CandidateLinks;
}

const box = { width: 168, height: 44, beside: 14, between: 36, below: 14, inRow: 5, margin: 8 } as const;
/** With more edges, each is fainter. */
const maxBoldEdges = 60;

type Corner = readonly [x: number, y: number];

interface GraphLayout {
  readonly width: number;
  readonly height: number;
  /** The upper left corners of the nodes. */
  readonly corners: ReadonlyMap<LineageNode, Corner>;
}

/** The graph of `lineage`. */
export function renderLineageGraph(lineage: Lineage, content: LineageContent, shades: Shades): Html {
  const { leader, links } = content;
  const { width, height, corners } = layOut(lineage);
  const corner = (node: LineageNode): Corner => corners.get(node) ?? [0, 0];
  const best = leader === undefined ? "" : `, the best one is ${shortId(leader.id)}`;
  const label = `Lineage of ${plural(lineage.nodes.length, "candidate")}${best}. The same is in the table below.`;
  const size = html`width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const nodes = lineage.nodes.map((node) =>
    renderNode(node, { corner: corner(node), isBest: node.candidate === leader, links, shades }),
  );
  const svg = html`<svg ${size} role="group" aria-label="${label}">
${renderEdges(lineage, content, corner)}
${nodes}
</svg>`;
  return renderScroller("Lineage graph", svg, "scroll lineage");
}

/**
 * Generations from the top down, as wide as they are; where that is wider than the page, in rows of a few candidates
 * each.
 */
function layOut({ nodes, edges }: Lineage): GraphLayout {
  const pitch = box.width + box.beside;
  const span = nodes.reduce((most, { along }) => Math.max(most, along), 0);
  const isWide = span > box.inRow;
  const width = isWide ? (box.inRow - 1) * pitch : span * pitch;
  const corners = new Map<LineageNode, Corner>();
  let y: number = box.margin;
  const parents = new Set(edges.map(({ parent }) => nodes[parent]));
  for (const row of rowsOf(nodes, isWide ? parents : undefined)) {
    for (const [index, node] of row.nodes.entries()) {
      const x = isWide ? width / 2 + (index - (row.nodes.length - 1) / 2) * pitch : node.along * pitch;
      corners.set(node, [Math.round(box.margin + x), y]);
    }
    y += box.height + (row.isLast ? box.between : box.below);
  }
  return { width: Math.ceil(width + box.width + 2 * box.margin), height: y - box.between + box.margin, corners };
}

interface NodeRow {
  readonly nodes: readonly LineageNode[];
  /** Whether it is the last row of its generation. */
  readonly isLast: boolean;
}

/** One row a generation; or, with `parents`, rows of a few candidates, those with children nearest to these. */
function rowsOf(nodes: readonly LineageNode[], parents?: ReadonlySet<LineageNode | undefined>): readonly NodeRow[] {
  const generations: LineageNode[][] = [];
  for (const node of nodes) (generations[node.generation] ??= []).push(node);
  const late = (node: LineageNode): number => Number(parents?.has(node) ?? false);
  return generations.flatMap((unordered) => {
    const generation = [...unordered].sort((a, b) => late(a) - late(b) || a.along - b.along);
    const length = parents === undefined ? generation.length : box.inRow;
    return Array.from({ length: Math.ceil(generation.length / length) }, (_, row) => ({
      nodes: generation.slice(row * length, (row + 1) * length),
      isLast: (row + 1) * length >= generation.length,
    }));
  });
}

function renderEdges(
  { nodes, edges }: Lineage,
  { all, leader }: LineageContent,
  corner: (node: LineageNode) => Corner,
): Html {
  const byId = new Map(all.map((candidate) => [candidate.id, candidate]));
  const path = new Set(leader === undefined ? [] : ancestorsOf(leader, byId));
  const endsOf = ({ parent, child }: LineageEdge) => [nodes[parent], nodes[child]] as [LineageNode, LineageNode];
  const isOnPath = (edge: LineageEdge): boolean => endsOf(edge).every(({ candidate }) => path.has(candidate));
  // The path to the best candidate is drawn over the other edges.
  const order = [...edges].sort((a, b) => Number(isOnPath(a)) - Number(isOnPath(b)));
  const lines = order.map((edge) => {
    const [from, to] = endsOf(edge);
    const isMerge = new Set(to.candidate.parents).size > 1;
    const look = `edge${isMerge ? " merge" : ""}${isOnPath(edge) ? " path" : ""}`;
    return html`<path class="${look}" d="${bendBetween(corner(from), corner(to))}"/>`;
  });
  return html`<g${edges.length > maxBoldEdges && html` class="many"`}>${lines}</g>`;
}

/** From the lower edge of a parent to the upper edge of its child. */
function bendBetween([x1, y1]: Corner, [x2, y2]: Corner): string {
  const middle = Math.round((y1 + box.height + y2) / 2);
  const [from, to] = [x1 + box.width / 2, x2 + box.width / 2];
  return `M${from} ${y1 + box.height}C${from} ${middle} ${to} ${middle} ${to} ${y2}`;
}

interface NodeLook extends Pick<LineageContent, "links"> {
  readonly corner: Corner;
  readonly isBest: boolean;
  readonly shades: Shades;
}

function renderNode({ candidate }: LineageNode, { corner, isBest, links, shades }: NodeLook): Html {
  const { id, mean, wasBest } = candidate;
  const look = `node ${shades.of(mean)}${isBest ? " leader" : ""}${wasBest ? " was" : ""}`;
  const words = candidateText(candidate, isBest);
  const content = html`<title>${words}</title>${renderBox(candidate, corner, isBest)}`;
  const anchor = links.get(id);
  return anchor === undefined
    ? html`<g class="${look}">${content}</g>`
    : html`<a class="${look}" href="#${anchor}" aria-label="${words}">${content}</a>`;
}

/** The box: id and origin above, round and score below. */
function renderBox({ id, round, origin, mean }: CandidateView, [x, y]: Corner, isBest: boolean): Html {
  const [left, right] = [x + 10, x + box.width - 10];
  const [upper, lower] = [y + 18, y + 35];
  const score = html`${isBest && "★ best "}${mean === undefined ? "not scored" : scoreText(mean)}`;
  return html`<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="8"/>
<text class="id" x="${left}" y="${upper}">${shortId(id)}</text>
<text x="${right}" y="${upper}" text-anchor="end">${round > 0 && headOf(visible(origin), 11)}</text>
<text x="${left}" y="${lower}">${round === 0 ? "baseline" : `round ${round}`}</text>
<text class="value" x="${right}" y="${lower}" text-anchor="end">${score}</text>`;
}

function candidateText(candidate: CandidateView, isBest: boolean): string {
  const { id, round, origin, parents, mean, interval, wasBest } = candidate;
  const rank = isBest ? ", the best candidate" : wasBest && round > 0 ? ", once the best candidate" : "";
  const from = parents.length === 0 ? "" : ` from ${parents.slice(0, 8).map(shortId).join(" and ")}`;
  const score =
    mean === undefined ? "not scored on all validation examples" : `validation ${spreadText({ mean, interval })}`;
  const source = round === 0 ? "baseline" : `${headOf(origin, 60)}${from}, round ${round}`;
  return `Candidate ${headOf(id, 60)}: ${source}, ${score}${rank}`;
}
