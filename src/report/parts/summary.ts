/** The head of the report: failures, the verdict, the scores, and what the run took. */

import { endHeading } from "../end-text.ts";
import { changeTexts, intervalText, plural, scoreText, spreadText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import { shortId } from "../names.ts";
import { shipsLast } from "../recorded-spec.ts";
import type { CandidateView, RunView } from "../run-view.ts";
import type { ScorePoint, Scores } from "../scores.ts";
import { renderTiles } from "./tiles.ts";
import { renderVerdict } from "./verdict.ts";

const maxWarnings = 50;

/** The state of a run as two or three words. */
export function stateText({ runId, ended, crash }: RunView): string {
  if (crash !== undefined) return "Stopped by an error";
  if (ended !== undefined) return endHeading(ended);
  return runId === undefined ? "Not started" : "Running or interrupted";
}

/** Baseline, best and what it took. */
export function renderSummary(view: RunView, scores: Scores, leader: CandidateView | undefined): Html {
  const others = view.warnings.filter((text) => !view.failures.includes(text));
  return html`<section id="summary" aria-labelledby="summary-title"><h2 class="unseen" id="summary-title">Summary</h2>
${renderFailures(view)}
${renderVerdict(view)}
<div class="hero">${renderHeadline(view, scores, leader)}${renderTiles(view)}</div>
${renderOther(view, scores)}
${renderWarnings(others)}</section>`;
}

/** Scores of baseline and best on one part of the data. */
interface ScorePair extends Pick<Scores, "start" | "best"> {
  readonly on: string;
}

interface HeadlineScores {
  readonly main: ScorePair;
  readonly other?: ScorePair;
}

/** The sealed test comes first where both were scored on it, since it chose nothing; then the data that chose. */
function headlineScores({ test, start, best, judgedOn }: Scores): HeadlineScores {
  const main = { start, best, on: judgedOn };
  const [first, last] = [test[0], test.at(-1)];
  if (first === undefined || last === undefined) return { main };
  const sealed = { start: first, best: last, on: "sealed test" };
  const isTested = first.step === start?.step && last.step === best?.step;
  return isTested ? { main: sealed, other: main } : { main, other: sealed };
}

function renderHeadline(view: RunView, scores: Scores, leader: CandidateView | undefined): Html {
  const { start, best, on } = headlineScores(scores).main;
  if (start === undefined) {
    return html`<div class="score"><p class="from">No scores${view.ended === undefined && " yet"}</p></div>`;
  }
  const what = `mean ${on} score [95% interval]`;
  if (best === undefined || best.step === start.step) {
    const none = view.ended === undefined ? "No better candidate yet." : "The baseline ships.";
    return html`<div class="score"><p class="now">${scoreText(start.mean)}</p>
<p class="of">${what}, baseline${intervalAfter(start)}. ${none}</p></div>`;
  }
  const name = leader === undefined ? `after step ${best.step}` : `${shortId(leader.id)} of round ${leader.round}`;
  const doubt = on === scores.judgedOn ? biasText(view, scores) : "";
  return html`<div class="score">${renderChange(start, best)}
<p class="of">${what}: baseline${intervalAfter(start)}, best ${name}${intervalAfter(best)}.${doubt}</p></div>`;
}

function renderChange(start: ScorePoint, best: ScorePoint): Html {
  const { before, after, gain } = changeTexts({ mean: start.mean }, { mean: best.mean });
  return html`<p class="from-to"><span class="from"><span class="unseen">Baseline: </span>${before}</span>
<span class="arrow" aria-hidden="true">→</span>
<span class="now"><span class="unseen">Best: </span>${after}</span>
<span class="gain">${gain}</span></p>`;
}

/** The highest of many scores is higher than the candidate is good. */
function biasText(view: RunView, scores: Scores): string {
  const { spec, verdict } = view;
  if (verdict?.corrected !== undefined)
    return " This score selected the best candidate; the verdict corrects for that.";
  if (shipsLast(spec)) return "";
  const { judgedOn } = scores;
  const others = judgedOn === "train" ? ", each candidate on examples of its own" : "";
  const count = plural(verdict?.candidates ?? scoredCount(view, scores), "scored candidate");
  return ` This score selected the best of ${count}${others}, so expect less on new examples.`;
}

function scoredCount({ evaluations }: RunView, { judgedOn, train }: Scores): number {
  const ids = evaluations.filter(({ split }) => split === judgedOn).map(({ candidate }) => candidate);
  return ids.length === 0 ? train.length : new Set(ids).size;
}

function intervalAfter({ mean, interval }: ScorePoint): string {
  return interval === undefined ? "" : ` ${intervalText({ mean, interval })}`;
}

/** The scores that the headline is not about. */
function renderOther(view: RunView, scores: Scores): Html | undefined {
  const { start, best, on } = headlineScores(scores).other ?? {};
  if (start === undefined || best === undefined) return undefined;
  const { before, after, gain } = changeTexts(start, best);
  const change = start.step === best.step ? spreadText(start) : html`${before} → <strong>${after}</strong> (${gain})`;
  const title = on === "sealed test" ? "Sealed test data" : `Mean ${on} score`;
  const count = `over ${plural(best.count, "example")} [95% intervals].`;
  const doubt = on === scores.judgedOn ? biasText(view, scores) : "";
  return html`<p class="note"><strong>${title}:</strong> ${change} ${count}${doubt}</p>`;
}

/** What went wrong, above everything else: it puts all numbers in doubt. */
function renderFailures({ crash, failures }: RunView): Html | undefined {
  if (crash === undefined && failures.length === 0) return undefined;
  const fix = "Run the same command again to continue from the last step.";
  const stopped = crash !== undefined && html`<li><strong>The run stopped:</strong> ${crash} ${fix}</li>`;
  return html`<div class="note bad" role="alert"><strong>What went wrong</strong>
<ul>${stopped}${failures.map((text) => html`<li>${text}</li>`)}</ul></div>`;
}

function renderWarnings(texts: readonly string[]): Html | undefined {
  if (texts.length === 0) return undefined;
  const more = texts.length - maxWarnings;
  return html`<div class="note warn"><strong>${plural(texts.length, "warning")}</strong>
<ul>${texts.slice(0, maxWarnings).map((text) => html`<li>${text}</li>`)}</ul>
${more > 0 && html`<p>${more} more are in the events log.</p>`}</div>`;
}
