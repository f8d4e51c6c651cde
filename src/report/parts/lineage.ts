/**
 * The section of lineage: a graph of the programs of a search, who came from whom and how each scored; and all of them
 * as a table.
 */

import { countText, plural, scoreText, spreadText } from "../figures.ts";
import { type Lineage, type LineageEdge, type LineageNode, lineageOf } from "../lineage.ts";
import { ancestry } from "../lineage-choice.ts";
import { type Html, html, visible } from "../markup.ts";
import { shortId } from "../names.ts";
import type { CandidateView } from "../run-view.ts";
import { type ProgramLinks, programLink, programList } from "./program.ts";
import { type Shades, shadesOf } from "./shades.ts";
import { ends, headOf, table } from "./text.ts";

/** What the graph is drawn of. */
export interface LineageGiven {
  /** All programs. */
  readonly all: readonly CandidateView[];
  /** Those that the graph shows. */
  readonly shown: readonly CandidateView[];
  readonly leader: CandidateView | undefined;
  readonly links: ProgramLinks;
}

const mostRows = 400;

/** The graph, its legend, what is left out, and the table. */
export function lineage(given: LineageGiven): Html {
  const { all, shown, leader } = given;
  const left = all.length - shown.length;
  const shades = shadesOf(shown.map(({ mean }) => mean));
  return html`<section id="lineage" aria-labelledby="lineage-title"><h2 id="lineage-title">Lineage</h2>
<div class="card"><p class="ramp lineage-ramp"><span>Validation score</span> ${shades.ramp}<span class="way-key">the way to the best program</span><span class="merge-key">made from several</span></p>
<p class="jump"><a href="#programs">To the table of programs</a></p>
${graph(lineageOf(shown), given, shades)}
${left > 0 && html`<p class="none">${plural(left, "program")} of ${countText(all.length)} left out: shown are ${leader === undefined ? "" : "those that the best one comes from, and "}the highest scores with those that they come from.</p>`}
${programTable(given)}</div></section>`;
}

const box = { width: 168, height: 44, beside: 14, between: 36, below: 14, inRow: 5, margin: 8 } as const;

interface Points {
  readonly width: number;
  readonly height: number;
  /** The upper left corners of the nodes. */
  readonly at: ReadonlyMap<LineageNode, readonly [number, number]>;
}

/**
 * Generations from the top down, as wide as they are; where that is wider than the page, in rows of a few programs
 * each.
 */
function pointsOf({ nodes, edges }: Lineage): Points {
  const pitch = box.width + box.beside;
  const span = nodes.reduce((most, { along }) => Math.max(most, along), 0);
  const isWide = span > box.inRow;
  const width = isWide ? (box.inRow - 1) * pitch : span * pitch;
  const at = new Map<LineageNode, readonly [number, number]>();
  let y: number = box.margin;
  const parents = new Set(edges.map(({ parent }) => nodes[parent]));
  for (const row of rowsOf(nodes, isWide ? parents : undefined)) {
    for (const [place, node] of row.nodes.entries()) {
      const x = isWide ? width / 2 + (place - (row.nodes.length - 1) / 2) * pitch : node.along * pitch;
      at.set(node, [Math.round(box.margin + x), y]);
    }
    y += box.height + (row.isLast ? box.between : box.below);
  }
  return { width: Math.ceil(width + box.width + 2 * box.margin), height: y - box.between + box.margin, at };
}

interface NodeRow {
  readonly nodes: readonly LineageNode[];
  /** Whether it is the last row of its generation. */
  readonly isLast: boolean;
}

/** One row a generation; or, with `parents`, rows of a few programs, those with children nearest to these. */
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

function graph(drawn: Lineage, { all, leader, links }: LineageGiven, shades: Shades): Html {
  const { nodes, edges } = drawn;
  const { width, height, at } = pointsOf(drawn);
  const point = (node: LineageNode): readonly [number, number] => at.get(node) ?? [0, 0];
  const byId = new Map(all.map((program) => [program.id, program]));
  const way = new Set(leader === undefined ? [] : ancestry(leader, byId));
  const line = ({ parent, child }: LineageEdge): Html => {
    const [from, to] = [nodes[parent], nodes[child]] as [LineageNode, LineageNode];
    const looks = [
      "edge",
      new Set(to.program.parents).size > 1 ? "merge" : "",
      way.has(from.program) && way.has(to.program) ? "way" : "",
    ];
    return html`<path class="${looks.filter((look) => look !== "").join(" ")}" d="${bend(point(from), point(to))}"/>`;
  };
  // The way to the best one is drawn over the other edges.
  const order = [...edges].sort((a, b) => Number(isOnWay(a)) - Number(isOnWay(b)));
  function isOnWay({ parent, child }: LineageEdge): boolean {
    return [parent, child].every((place) => way.has((nodes[place] as LineageNode).program));
  }
  const label = `Lineage of ${plural(nodes.length, "program")}${leader === undefined ? "" : `, the best one is ${shortId(leader.id)}`}. The same is in the table below.`;
  return html`<div class="scroll lineage" tabindex="0" role="group" aria-label="Lineage graph">
<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-label="${label}">
<g${edges.length > 60 && html` class="many"`}>${order.map(line)}</g>
${nodes.map((node) => nodeOf(node, { point: point(node), isBest: node.program === leader, links, shades }))}
</svg></div>`;
}

/** From the lower edge of a parent to the upper edge of its child. */
function bend([x1, y1]: readonly [number, number], [x2, y2]: readonly [number, number]): string {
  const middle = Math.round((y1 + box.height + y2) / 2);
  const [from, to] = [x1 + box.width / 2, x2 + box.width / 2];
  return `M${from} ${y1 + box.height}C${from} ${middle} ${to} ${middle} ${to} ${y2}`;
}

interface NodeLook {
  readonly point: readonly [number, number];
  readonly isBest: boolean;
  readonly links: ProgramLinks;
  readonly shades: Shades;
}

function nodeOf({ program }: LineageNode, { point: [x, y], isBest, links, shades }: NodeLook): Html {
  const { id, round, origin, mean, wasBest } = program;
  const looks = ["node", shades.of(mean), isBest ? "leader" : "", wasBest ? "was" : ""].filter((look) => look !== "");
  const score = mean === undefined ? "not scored" : scoreText(mean);
  const inner = html`<title>${programText(program, isBest)}</title><rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="8"/>
<text class="id" x="${x + 10}" y="${y + 18}">${shortId(id)}</text><text x="${x + box.width - 10}" y="${y + 18}" text-anchor="end">${headOf(visible(origin), 11)}</text>
<text x="${x + 10}" y="${y + 35}">${round === 0 ? "start" : `round ${round}`}</text><text class="value" x="${x + box.width - 10}" y="${y + 35}" text-anchor="end">${isBest && "★ best "}${score}</text>`;
  const anchor = links.get(id);
  const name = programText(program, isBest);
  return anchor === undefined
    ? html`<g class="${looks.join(" ")}">${inner}</g>`
    : html`<a class="${looks.join(" ")}" href="#${anchor}" aria-label="${name}">${inner}</a>`;
}

function programText({ id, round, origin, parents, mean, interval, wasBest }: CandidateView, isBest: boolean): string {
  const rank = isBest ? ", the best program" : wasBest && round > 0 ? ", once the best program" : "";
  const from = parents.length === 0 ? "" : ` from ${parents.slice(0, 8).map(shortId).join(" and ")}`;
  const score =
    mean === undefined ? "not scored on all validation examples" : `validation ${spreadText({ mean, interval })}`;
  return `Program ${headOf(id, 60)}: ${headOf(origin, 60)}${from}, round ${round}, ${score}${rank}`;
}

function programTable({ all, leader, links }: LineageGiven): Html {
  const { head, left, tail } = ends(all, mostRows);
  const rows = [...head, ...tail].map((program) => {
    const { id, round, origin, parents, mean, count, wasBest } = program;
    return [
      html`${programLink(id, links)}${program === leader ? html` <span class="pill top">best</span>` : wasBest && round > 0 ? html` <span class="pill">was best</span>` : ""}`,
      round === 0 ? "start" : countText(round),
      headOf(origin, 60),
      parents.length === 0 ? "–" : programList(parents, links),
      mean === undefined ? "–" : spreadText(program),
      count === 0 ? "–" : countText(count),
    ];
  });
  const heads = ["Program", "Round", "Origin", "Parents", "Validation (mean [95 % interval])", "Examples"];
  return html`<details id="programs"><summary>All programs <span class="count">${countText(all.length)}</span></summary>
${table("All programs of the search", heads, rows)}${left > 0 && html`<p class="none">${plural(left, "program")} in the middle left out.</p>`}</details>`;
}
