/**
 * A run as one HTML document that opens anywhere: it holds all it needs, asks nothing of the network, and runs no data.
 */

import { createHash } from "node:crypto";
import { type Redact, redactData, redactor } from "../util/redact.ts";
import { type RecordSource, recordsOf } from "./cell-records.ts";
import { type Draw, drawer } from "./drawing.ts";
import { Html, html } from "./markup.ts";
import { liveScript, pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";
import { columnsOf } from "./parts/cells.ts";
import { curves } from "./parts/curves.ts";
import { heatMaps } from "./parts/heat-map.ts";
import { lineage } from "./parts/lineage.ts";
import { parameterHistory } from "./parts/parameter-history.ts";
import { parameters } from "./parts/parameters.ts";
import { cost, log, spec } from "./parts/records.ts";
import { searchCurves } from "./parts/search-curves.ts";
import { refusals, steps } from "./parts/steps.ts";
import { stateText, summary } from "./parts/summary.ts";
import { tradeOffs } from "./parts/trade-offs.ts";
import type { RunView, StepView } from "./run-view.ts";
import { scoresOf } from "./scores.ts";
import { type ReportSelection, selectionOf } from "./selection.ts";
import { loadCompare } from "./side-by-side.ts";
import { tradeOffsOf } from "./trade-offs.ts";

/** Options of `reportHtml`. */
export interface ReportOptions {
  /**
   * The most learning graphs that are drawn: those of the best step, the first one and the latest. Others are shown as
   * DOT. Default: 12.
   */
  readonly maxGraphs?: number;
  /** Takes secrets out of every text of the run. Default: `redactor()`. */
  readonly redact?: Redact;
  /**
   * Where the records behind the cells of examples come from: `evaluations` of what `readRun` gives. Texts are cut so
   * that those of all cells take 3 million characters at most. Default: the page shows the feedback alone.
   */
  readonly evaluations?: RecordSource;
}

/** @internal What a live page needs beside. */
export interface LivePage {
  readonly draw: Draw;
}

/**
 * The report of a run as an HTML document. It opens offline: a strict content security policy keeps it from asking
 * anything of anybody. Every text of the run stands in it as text, secrets taken out, and what is too long is cut with
 * a word about it.
 */
export async function reportHtml(run: RunView, options: ReportOptions = {}): Promise<string> {
  return documentOf(run, options);
}

/** @internal The document, as `reportHtml` gives it, or as a page that keeps itself up to date. */
export async function documentOf(run: RunView, options: ReportOptions, live?: LivePage): Promise<string> {
  const redact = options.redact ?? redactor();
  const view = redactData(run, redact);
  const scores = scoresOf(view);
  const shown = selectionOf(view, scores.best?.step);
  const columns = columnsOf(view, scores, shown);
  const records = await recordsOf(columns, options.evaluations, redact);
  const compare = await loadCompare();
  const drawings = await drawn(graphSteps(shown, options.maxGraphs ?? 12), live?.draw ?? drawer());
  const sections: readonly Section[] = [
    ["curves", "Curves", shown.isSearch ? searchCurves(view, shown.leader, shown.links) : curves(scores)],
    ...(shown.isSearch ? searchSections(view, shown) : []),
    ["examples", "Examples", heatMaps(columns, records)],
    [
      "parameters",
      "Parameters",
      shown.isSearch ? parameterHistory(view, shown, compare) : parameters(view, scores.best?.step, compare),
    ],
    ["steps", shown.isSearch ? "Proposals" : "Steps", steps(view, shown, { compare, drawings })],
    ["refused", "Refused", refusals(view, shown)],
    ["cost", "Cost", cost(view)],
    ["spec", "Loop", spec(view)],
    ["log", "Events", log(view)],
  ];
  const links = sections.filter(([, , part]) => part !== undefined).map(([id, title]) => [id, title] as const);
  const main = html`<main id="main" tabindex="-1">
${summary(view, scores, shown.leader)}${sections.map(([, , part]) => part)}</main>`;
  return page({ view, main, links, isLive: live !== undefined });
}

/** A section: its anchor, its name in the navigation, and what it shows; undefined when there is nothing to show. */
type Section = readonly [id: string, title: string, part: Html | undefined];

function searchSections(view: RunView, { programs, leader, links }: ReportSelection): readonly Section[] {
  const found = tradeOffsOf(view);
  return [
    ["lineage", "Lineage", lineage({ all: view.candidates, shown: programs, leader, links })],
    ["trade-offs", "Trade-offs", found && tradeOffs(found, leader, links)],
  ];
}

/** The steps whose graphs are drawn. */
function graphSteps({ steps: { items }, best }: ReportSelection, most: number): readonly StepView[] {
  const wanted = [best, items[0], ...[...items].reverse()];
  return [...new Set(wanted)].filter((step) => step !== undefined).slice(0, Math.max(0, most));
}

async function drawn(wanted: readonly StepView[], draw: Draw): Promise<ReadonlyMap<StepView, string>> {
  const drawings = new Map<StepView, string>();
  for (const step of wanted) {
    const picture = await draw(step.record.dot);
    if (picture !== undefined) drawings.set(step, picture);
  }
  return drawings;
}

interface Page {
  readonly view: RunView;
  readonly main: Html;
  /** The anchors of the sections and their names. */
  readonly links: readonly (readonly [string, string])[];
  readonly isLive: boolean;
}

function page({ view, main, links, isLive }: Page): string {
  const name = view.runId ?? "run";
  const script = isLive ? `${pageScript}\n${liveScript}` : pageScript;
  const state =
    view.crash !== undefined || view.ended === "failures" || view.ended === "aborted"
      ? "bad"
      : view.ended === undefined
        ? "open"
        : "done";
  // The style and the scripts are ours alone: they hold no data, and the policy names them by their hashes.
  const body = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(script, isLive)}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer"><meta name="generator" content="tracegrad">
<link rel="icon" href="data:,"><title>${name} – tracegrad report</title><style>${new Html(pageStyle)}</style></head>
<body><a class="skip" href="#main">Skip to the report</a>
<header><div class="wide"><p class="brand">tracegrad</p><h1>${name}</h1><p class="state ${state}" id="state" role="status">${stateText(view)}</p></div>
<nav aria-label="Sections"><ul class="wide">${links.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav></header>
${main}
<footer><p class="wide">Made by tracegrad. This page holds all its data, and asks nothing of the network.</p></footer>
<script>${new Html(script)}</script></body></html>`;
  return `${body.toString()}\n`;
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
