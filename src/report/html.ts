/** A run as one HTML document that opens anywhere: it holds all it needs, asks nothing of the network, and runs no data. */

import { createHash } from "node:crypto";
import { type Redact, redactData, redactor } from "../util/redact.ts";
import { type Draw, drawer } from "./drawing.ts";
import { Html, html } from "./markup.ts";
import { liveScript, pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";
import { curves } from "./parts/curves.ts";
import { heatMaps } from "./parts/heat-map.ts";
import { parameters } from "./parts/parameters.ts";
import { cost, log, spec } from "./parts/records.ts";
import { refusals, steps } from "./parts/steps.ts";
import { stateText, summary } from "./parts/summary.ts";
import { scoresOf } from "./scores.ts";
import { loadCompare } from "./side-by-side.ts";
import type { RunView, StepView } from "./view.ts";

/** Options of `reportHtml`. */
export interface ReportOptions {
  /** The most learning graphs that are drawn: those of the best step, the first one and the latest. Others are shown as DOT. Default: 12. */
  readonly maxGraphs?: number;
  /** Takes secrets out of every text of the run. Default: `redactor()`. */
  readonly redact?: Redact;
}

/** @internal What a live page needs beside. */
export interface LivePage {
  readonly draw: Draw;
}

/**
 * The report of a run as an HTML document. It opens offline: a strict content security policy keeps it from asking anything
 * of anybody. Every text of the run stands in it as text, secrets taken out, and what is too long is cut with a word about it.
 */
export async function reportHtml(run: RunView, options: ReportOptions = {}): Promise<string> {
  return documentOf(run, options);
}

/** @internal The document, as `reportHtml` gives it, or as a page that keeps itself up to date. */
export async function documentOf(run: RunView, options: ReportOptions, live?: LivePage): Promise<string> {
  const view = redactData(run, options.redact ?? redactor());
  const scores = scoresOf(view);
  const best = scores.best?.step;
  const compare = await loadCompare();
  const drawings = await drawn(graphSteps(view, best, options.maxGraphs ?? 12), live?.draw ?? drawer());
  const refused = refusals(view);
  const main = html`<main id="main" tabindex="-1">
${summary(view, scores)}${curves(scores)}${heatMaps(view, scores)}${parameters(view, best, compare)}
${steps(view, scores, { compare, drawings })}${refused}${cost(view)}${spec(view)}${log(view)}</main>`;
  return page({ view, main, hasRefusals: refused !== undefined, isLive: live !== undefined });
}

/** The steps whose graphs are drawn. */
function graphSteps({ steps: all }: RunView, best: number | undefined, most: number): readonly StepView[] {
  const wanted = [all.find(({ step }) => step === best), all[0], ...[...all].reverse()];
  return [...new Set(wanted)].filter((step) => step !== undefined).slice(0, Math.max(0, most));
}

async function drawn(wanted: readonly StepView[], draw: Draw): Promise<ReadonlyMap<number, string>> {
  const drawings = new Map<number, string>();
  for (const { step, record } of wanted) {
    const picture = await draw(record.dot);
    if (picture !== undefined) drawings.set(step, picture);
  }
  return drawings;
}

interface Page {
  readonly view: RunView;
  readonly main: Html;
  readonly hasRefusals: boolean;
  readonly isLive: boolean;
}

function page({ view, main, hasRefusals, isLive }: Page): string {
  const name = view.runId ?? "run";
  const links = [
    ["curves", "Curves"],
    ["examples", "Examples"],
    ["parameters", "Parameters"],
    ["steps", "Steps"],
    ...(hasRefusals ? [["refused", "Refused"]] : []),
    ["cost", "Cost"],
    ["spec", "Loop"],
    ["log", "Events"],
  ] as [string, string][];
  const script = isLive ? `${pageScript}\n${liveScript}` : pageScript;
  const state =
    view.ended === undefined ? "open" : view.ended === "failures" || view.ended === "aborted" ? "bad" : "done";
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
