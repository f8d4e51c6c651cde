/** The head of the report: how far the run came, what it spent, why it ended, what went wrong. */

import type { EndReason } from "../../training/types.ts";
import {
  changeTexts,
  countText,
  dollarText,
  intervalText,
  plural,
  scoreText,
  shortCount,
  spreadText,
  timeText,
} from "../figures.ts";
import { type Html, html, type Markup } from "../markup.ts";
import { isSearch, shortId } from "../names.ts";
import type { CandidateView, RunView } from "../run-view.ts";
import type { ScorePoint, Scores } from "../scores.ts";
import { verdictPart } from "./verdict.ts";

/** Why a run ended, in words. */
export const reasonTexts: Readonly<Record<EndReason, string>> = {
  budget: "the budget is spent",
  goal: "the goal is reached",
  patience: "no better program for a while",
  aborted: "it was aborted",
  failures: "the judge gave no scores",
  data: "no data are left",
  done: "the search had nothing more to do",
  idle: "the search found nothing new for too long",
  perfect: "nothing is left to improve: the highest score on all validation or training examples",
};

/** The state of a run as two or three words. */
export function stateText({ runId, ended, crash }: RunView): string {
  if (crash !== undefined) return "Stopped by an error";
  if (ended !== undefined) return `Ended: ${reasonTexts[ended] ?? ended}`;
  return runId === undefined ? "Not started" : "Running or interrupted";
}

/** Start, best and what it took. */
export function summary(view: RunView, scores: Scores, leader: CandidateView | undefined): Html {
  const others = view.warnings.filter((text) => !view.failures.includes(text));
  return html`<section id="summary" aria-labelledby="summary-title"><h2 class="unseen" id="summary-title">Summary</h2>
${failed(view)}
${verdictPart(view)}
<div class="hero">${headline(view, scores, leader)}<dl class="tiles">${tiles(view)}</dl></div>
${otherLine(view, scores)}
${warnings(others)}</section>`;
}

/** Scores of start and best on one part of the data. */
type Judged = Pick<Scores, "start" | "best"> & { readonly on: string };

/** On the sealed test, where both were scored on it, since it chose nothing; and on the data that chose. */
function judgedOf({ test, start, best, judgedOn }: Scores): { readonly main: Judged; readonly other?: Judged } {
  const chosen = { start, best, on: judgedOn };
  const [first, last] = [test[0], test.at(-1)];
  const isTested = first !== undefined && last !== undefined && first.step === start?.step && last.step === best?.step;
  if (isTested) return { main: { start: first, best: last, on: "sealed test" }, other: chosen };
  return first === undefined
    ? { main: chosen }
    : { main: chosen, other: { start: first, best: last, on: "sealed test" } };
}

function headline(view: RunView, scores: Scores, leader: CandidateView | undefined): Html {
  const { start, best, on } = judgedOf(scores).main;
  if (start === undefined) return html`<div class="score"><p class="from">No scores yet</p></div>`;
  const of = `mean ${on} score [95 % interval]`;
  if (best === undefined || best.step === start.step) {
    const none = view.ended === undefined ? "No better program yet." : "The start ships.";
    return html`<div class="score"><p class="now">${scoreText(start.mean)}</p><p class="of">${of}, start${intervalAfter(start)}. ${none}</p></div>`;
  }
  const { before, after, gain } = changeTexts({ mean: start.mean }, { mean: best.mean });
  return html`<div class="score"><p class="way"><span class="from"><span class="unseen">Start: </span>${before}</span>
<span class="arrow" aria-hidden="true">→</span>
<span class="now"><span class="unseen">Best: </span>${after}</span>
<span class="gain">${gain}</span></p>
<p class="of">${of}: start${intervalAfter(start)}, best ${leader === undefined ? `after step ${best.step}` : `${shortId(leader.id)} of round ${leader.round}`}${intervalAfter(best)}.${on === scores.judgedOn ? chosenText(view, scores) : ""}</p></div>`;
}

/** The best of many by a score looks better by it than it is. */
function chosenText({ spec, candidates, steps, verdict }: RunView, { judgedOn }: Scores): string {
  if (verdict?.corrected !== undefined)
    return " The best program was chosen by this score; the verdict corrects it for that.";
  if ((spec as { readonly selection?: unknown } | null | undefined)?.selection === "last") return "";
  const others = judgedOn === "train" ? ", each program on examples of its own" : "";
  const count = Math.max(candidates.length, steps.filter(({ record }) => record.changes.length > 0).length + 1);
  return ` The best of ${plural(count, "program")} is chosen by this score${others}, so expect less on new examples.`;
}

function intervalAfter({ mean, interval }: ScorePoint): string {
  return interval === undefined ? "" : ` ${intervalText({ mean, interval })}`;
}

function tiles(view: RunView): Markup {
  const spent = view.spent.at(-1);
  const tile = (name: string, value: Markup, note: string): Html =>
    html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`;
  const changed = view.steps.filter(({ record }) => record.changes.length > 0).length;
  const steps = view.steps.at(-1)?.step ?? 0;
  const resumed = view.resumes.length > 0 ? `, resumed ${plural(view.resumes.length, "time")}` : "";
  const tokens = spent && `${shortCount(spent.inputTokens)} in, ${shortCount(spent.outputTokens)} out`;
  return [
    isSearch(view)
      ? tile(
          "Programs",
          countText(view.candidates.length),
          `${plural(view.steps.length, "proposal")} in ${plural(steps, "round")}${resumed}`,
        )
      : tile("Steps", countText(steps), `${changed} changed the program${resumed}`),
    tile("Model calls", countText(spent?.llmCalls), tokens ?? "nothing recorded yet"),
    tile(
      "Cost",
      spent === undefined ? "–" : dollarText(spent.usd),
      spent === undefined
        ? "nothing recorded yet"
        : spent.usd == null
          ? "no price for some model"
          : "by the prices given",
    ),
    tile("Time", timeText(spent?.seconds), spent ? plural(spent.evaluations, "evaluation") : ""),
  ];
}

/** The scores that the headline is not about. */
function otherLine(view: RunView, scores: Scores): Html | undefined {
  const { start, best, on } = judgedOf(scores).other ?? {};
  if (start === undefined || best === undefined) return undefined;
  const { before, after, gain } = changeTexts(start, best);
  const way =
    start.step === best.step ? html`${spreadText(start)}` : html`${before} → <strong>${after}</strong> (${gain})`;
  const title = on === "sealed test" ? "Sealed test data" : `Mean ${on} score`;
  return html`<p class="note"><strong>${title}:</strong> ${way} over ${plural(best.count, "example")} [95 % intervals].${on === scores.judgedOn ? chosenText(view, scores) : ""}</p>`;
}

/** What went wrong, above everything else: numbers mean little as long as it stands there. */
function failed({ crash, failures }: RunView): Html | undefined {
  if (crash === undefined && failures.length === 0) return undefined;
  const stopped =
    crash &&
    html`<li><strong>The run stopped:</strong> ${crash} Start the same command again to go on from the last step.</li>`;
  return html`<div class="note bad" role="alert"><strong>What went wrong</strong><ul>${stopped}${failures.map((text) => html`<li>${text}</li>`)}</ul></div>`;
}

function warnings(texts: readonly string[]): Html | undefined {
  if (texts.length === 0) return undefined;
  const items = html`<ul>${texts.slice(0, 50).map((text) => html`<li>${text}</li>`)}</ul>`;
  const more = texts.length > 50 && html`<p>${texts.length - 50} more are in the events log.</p>`;
  return html`<div class="note warn"><strong>${plural(texts.length, "warning")}</strong>${items}${more}</div>`;
}
