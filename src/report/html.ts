/** A run as one HTML document that opens anywhere: it contains all it needs, works offline, and runs no data. */

import { createHash } from "node:crypto";
import { type Redact, redactData, redactor } from "../util/redact.ts";
import { type RecordSource, readCellRecords } from "./cell-records.ts";
import { createDrawer, type Draw } from "./drawing.ts";
import { Html, html } from "./markup.ts";
import { liveScript, pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";
import { columnsOf } from "./parts/cells.ts";
import { renderCurves } from "./parts/curves.ts";
import { renderHeatMaps } from "./parts/heat-map.ts";
import { renderLineage } from "./parts/lineage.ts";
import { renderSearchParameters } from "./parts/parameter-history.ts";
import { renderParameters } from "./parts/parameters.ts";
import { renderPictures } from "./parts/pictures.ts";
import { renderCost, renderLog, renderSetup } from "./parts/records.ts";
import { renderRefusals } from "./parts/refusals.ts";
import { renderSearchCurves } from "./parts/search-curves.ts";
import { renderSteps, type StepTools } from "./parts/steps.ts";
import { renderSummary, stateText } from "./parts/summary.ts";
import { renderTradeOffs } from "./parts/trade-offs.ts";
import { renderWorkers } from "./parts/workers.ts";
import type { RunView, StepView } from "./run-view.ts";
import { type Scores, scoresOf } from "./scores.ts";
import { type ReportSelection, selectParts } from "./selection.ts";
import { loadCompare } from "./side-by-side.ts";
import { tradeOffsOf } from "./trade-offs.ts";

/** Options of `reportHtml`. */
export interface ReportOptions {
  /**
   * The most learning graphs that are drawn: those of the best step, the first one and the latest. Others are included
   * as DOT. Default: 12.
   */
  readonly maxGraphs?: number;
  /** Takes secrets out of every text of the run. Default: `redactor()`. */
  readonly redact?: Redact;
  /**
   * Where the records behind the cells of examples come from: `evaluations` of what `readRun` gives. Texts are cut so
   * that those of all cells take 3 million characters at most. Default: the page has the feedback alone.
   */
  readonly evaluations?: RecordSource;
}

/** @internal What a live page needs as well. */
export interface LivePage {
  readonly draw: Draw;
}

/**
 * The report of a run as an HTML document. It works offline: a strict content security policy keeps it from loading
 * anything. Every text of the run is in it as text, without secrets; a text that is too long is cut, and says so.
 */
export async function reportHtml(run: RunView, options: ReportOptions = {}): Promise<string> {
  return renderDocument(run, options);
}

/** @internal The document, as `reportHtml` gives it, or as a page that keeps itself up to date. */
export async function renderDocument(run: RunView, options: ReportOptions, live?: LivePage): Promise<string> {
  const redact = options.redact ?? redactor();
  const view = redactData(run, redact);
  const scores = scoresOf(view);
  const selection = selectParts(view, scores.best?.step);
  const columns = columnsOf(view, scores, selection);
  const records = await readCellRecords(columns, options.evaluations, redact);
  const compare = await loadCompare();
  const graphs = graphSteps(selection, options.maxGraphs ?? 12);
  const drawings = await drawGraphs(graphs, live?.draw ?? createDrawer());
  const tools = { compare, drawings };
  const sections: readonly PageSection[] = [
    ...resultSections(view, selection, scores),
    ["pictures", "Pictures", renderPictures(view, redact)],
    ["examples", "Examples", renderHeatMaps(columns, records, view)],
    ...stepSections(view, selection, scores, tools),
    ["refused", "Refused", renderRefusals(view, selection)],
    ["workers", "Workers", renderWorkers(view)],
    ["cost", "Cost", renderCost(view)],
    ["spec", "Set-up", renderSetup(view)],
    ["log", "Events", renderLog(view)],
  ];
  const links = sections.filter(([, , part]) => part !== undefined).map(([id, title]) => [id, title] as const);
  const main = html`<main id="main" tabindex="-1">
${renderSummary(view, scores, selection.leader)}${sections.map(([, , part]) => part)}</main>`;
  return renderPage({ view, main, links, isLive: live !== undefined });
}

/** A section: its anchor, its name in the navigation, and its content; undefined when it has none. */
type PageSection = readonly [id: string, title: string, part: Html | undefined];

function resultSections(view: RunView, selection: ReportSelection, scores: Scores): readonly PageSection[] {
  if (!selection.isSearch) return [["curves", "Curves", renderCurves(scores)]];
  const { candidates, leader, links } = selection;
  const tradeOffs = tradeOffsOf(view);
  return [
    ["curves", "Curves", renderSearchCurves(view, leader, links)],
    ["lineage", "Lineage", renderLineage({ all: view.candidates, inGraph: candidates, leader, links })],
    ["trade-offs", "Trade-offs", tradeOffs && renderTradeOffs(tradeOffs, leader, links)],
  ];
}

function stepSections(
  view: RunView,
  selection: ReportSelection,
  { best }: Scores,
  tools: StepTools,
): readonly PageSection[] {
  const { compare } = tools;
  const parameters = selection.isSearch
    ? renderSearchParameters(view, selection, compare)
    : renderParameters(view, best?.step, compare);
  return [
    ["parameters", "Parameters", parameters],
    ["steps", selection.isSearch ? "Proposals" : "Steps", renderSteps(view, selection, tools)],
  ];
}

/** The steps whose graphs are drawn. */
function graphSteps({ steps: { items }, best }: ReportSelection, maxGraphs: number): readonly StepView[] {
  const byRank = [best, items[0], ...[...items].reverse()];
  return [...new Set(byRank)].filter((step) => step !== undefined).slice(0, Math.max(0, maxGraphs));
}

async function drawGraphs(steps: readonly StepView[], draw: Draw): Promise<ReadonlyMap<StepView, string>> {
  const drawings = new Map<StepView, string>();
  for (const step of steps) {
    const picture = await draw(step.record.dot);
    if (picture !== undefined) drawings.set(step, picture);
  }
  return drawings;
}

interface PageContent {
  readonly view: RunView;
  readonly main: Html;
  /** The anchors of the sections and their names. */
  readonly links: readonly (readonly [string, string])[];
  readonly isLive: boolean;
}

function renderPage({ view, main, links, isLive }: PageContent): string {
  const name = view.runId ?? "run";
  const script = isLive ? `${pageScript}\n${liveScript}` : pageScript;
  const body = html`<!doctype html>
<html lang="en">${renderHead(name, policyOf(script, isLive))}
<body><a class="skip" href="#main">Skip to the report</a>
${renderHeader(name, view, links)}
${main}
<footer><p class="wide">Made by tracegrad. This page contains all its data and works offline.</p></footer>
<script>${new Html(script)}</script></body></html>`;
  return `${body.toString()}\n`;
}

/** The style and the scripts are ours alone: they contain no data, and the policy names them by their hashes. */
function renderHead(name: string, policy: string): Html {
  return html`<head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer"><meta name="generator" content="tracegrad">
<link rel="icon" href="data:,"><title>${name} – tracegrad report</title><style>${new Html(pageStyle)}</style></head>`;
}

function renderHeader(name: string, view: RunView, links: PageContent["links"]): Html {
  const items = links.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`);
  return html`<header><div class="wide"><p class="brand">tracegrad</p><h1>${name}</h1>
<p class="state ${stateLook(view)}" id="state" role="status">${stateText(view)}</p></div>
<nav aria-label="Sections"><ul class="wide">${items}</ul></nav></header>`;
}

function stateLook({ crash, ended }: RunView): "bad" | "open" | "done" {
  if (crash !== undefined || ended === "failures" || ended === "aborted") return "bad";
  return ended === undefined ? "open" : "done";
}

/** @internal The policy of a page with `script`: its own style and script, pictures from data, and nothing else. */
export function policyOf(script: string, isLive: boolean): string {
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `style-src ${hash(pageStyle)}`,
    `script-src ${hash(script)}`,
    "img-src data:",
    ...(isLive ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
