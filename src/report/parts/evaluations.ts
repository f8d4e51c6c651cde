/**
 * The records behind the map of examples: for each example what went in, and for each cell what came out, was said, and
 * was called.
 */

import type { ModelCall } from "../../training/evaluation/model-calls.ts";
import type { Outcome, SplitName } from "../../training/types.ts";
import type { CellRecords, RecordView } from "../cell-records.ts";
import { countText, dollarText, plural, roleTexts, scoreText, timeText } from "../figures.ts";
import { type Html, html } from "../markup.ts";
import type { Column, Columns } from "./cells.ts";
import { headOf, longText } from "./text.ts";

/** Calls of one run that are listed. */
const mostCalls = 8;
/**
 * Characters of an input and a target, which stand once an example; fewer where texts are cut to less than a quarter of
 * it.
 */
const mostInput = 8_000;

/** The anchor of the record behind a cell. */
export function cellAnchor(split: SplitName, example: number, column: number): string {
  return `${split}-${example}-${column}`;
}

/** The records of the examples, closed; cells open them. */
export function evaluations(columns: Columns, ids: readonly string[], records: CellRecords): Html {
  const { split } = columns;
  const items = ids.map((id, at) => {
    const lines = linesOf(columns, { id, at }, records);
    return html`<details id="${split}-example-${at}"><summary>${headOf(id, 200)}</summary>
${givenOf(lines, Math.min(mostInput, 4 * records.maxText))}${recordTable(columns, lines, records)}</details>`;
  });
  const title = records.isKept ? "Evaluations by example" : "Feedback by example";
  return html`<details id="${split}-feedback"><summary>${title}</summary><div class="inner">
${note(records)}${items}</div></details>`;
}

function note({ isKept, maxText }: CellRecords): Html {
  const cut =
    maxText < 200_000 && `So that all fit into this page, texts are cut to ${countText(maxText)} characters. `;
  const where = isKept
    ? "All evaluations, whole: (await readRun(folder)).evaluations()."
    : "Inputs, outputs and calls are kept by runs with a folder.";
  return html`<p class="none">${cut}${where}</p>`;
}

/** One line of the table: one cell of the map, or several with the same result; of a search, one repeat. */
interface Line {
  readonly heads: readonly string[];
  readonly anchors: readonly string[];
  readonly outcome: Outcome;
  readonly record: RecordView | undefined;
}

function linesOf(
  { split, columns }: Columns,
  { id, at }: { readonly id: string; readonly at: number },
  records: CellRecords,
): readonly Line[] {
  const lines: Line[] = [];
  for (const [index, column] of columns.entries()) {
    const outcome = column.byExample.get(id);
    if (outcome === undefined) continue;
    const found = recordsIn(column, records.of(split, column.programOf(id), id));
    for (const [repeat, record] of (found.length === 0 ? [undefined] : found).entries()) {
      const anchors = repeat === 0 ? [cellAnchor(split, at, index)] : [];
      const head = repeat === 0 ? column.head : `${column.head} again`;
      const line = { heads: [head], anchors, outcome: outcomeOf(outcome, found, record), record };
      const last = lines.at(-1);
      if (last !== undefined && isAlike(last, line)) {
        lines[lines.length - 1] = { ...last, heads: [...last.heads, head], anchors: [...last.anchors, ...anchors] };
      } else lines.push(line);
    }
  }
  return lines;
}

function recordsIn({ round }: Column, all: readonly RecordView[]): readonly RecordView[] {
  return all.filter((record) => round === undefined || record.round === round);
}

/** Of several repeats the cell shows the mean. */
function outcomeOf(outcome: Outcome, found: readonly RecordView[], record: RecordView | undefined): Outcome {
  return record === undefined || found.length < 2 ? outcome : { ...outcome, score: record.score };
}

/** The same words of one evaluation after the other stand once. What was called differs from one to the next. */
function isAlike(a: Line, b: Line): boolean {
  if ((a.record?.calls.length ?? 0) + (b.record?.calls.length ?? 0) > 0) return false;
  return a.record?.output === b.record?.output && JSON.stringify(a.outcome) === JSON.stringify(b.outcome);
}

function givenOf(lines: readonly Line[], most: number): Html {
  const { input, target } = lines.find(({ record }) => record?.input !== undefined)?.record ?? {};
  const part = (name: string, text: string | undefined) =>
    text !== undefined && html`<h4>${name}</h4>${cutText(text, most)}`;
  return html`${part("Input", input)}${part("Target", target)}`;
}

function recordTable({ of }: Columns, lines: readonly Line[], { isKept, maxText }: CellRecords): Html {
  const heads = [of === "step" ? "After step" : "Program", "Score", ...(isKept ? ["Output"] : []), "Feedback"];
  const all = [...heads, ...(isKept ? ["Calls", "Time"] : [])];
  const rows = lines.map(({ heads: names, anchors, outcome, record }) => {
    const [first = "", ...others] = anchors;
    const marks = others.map((anchor) => html`<span id="${anchor}"></span>`);
    const kept = isKept && html`<td>${callsOf(record)}</td><td>${secondsText(record?.seconds)}</td>`;
    return html`<tr${first !== "" && html` id="${first}"`}><td>${marks}${names.join(", ")}</td><td>${scoreOf(outcome)}</td>
${isKept && html`<td>${outputOf(record, maxText)}</td>`}<td>${saidOf(outcome, maxText)}</td>${kept}</tr>`;
  });
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Evaluations by ${of}"><table class="plain">
<caption class="unseen">Evaluations by ${of}</caption><thead><tr>${all.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function scoreOf({ failure, score }: Outcome): Html {
  return failure === undefined ? html`${scoreText(score)}` : html`<span class="failed">✕ failed</span>`;
}

function saidOf({ failure, feedback }: Outcome, maxText: number): Html {
  return failure === undefined
    ? cutText(feedback, maxText, "prose")
    : cutText(`${failure.of}: ${failure.message}`, maxText);
}

function outputOf(record: RecordView | undefined, maxText: number): Html {
  if (record?.isShared === true) return html`<p class="none">Made by another trial of the study.</p>`;
  return record?.output === undefined ? html`<p class="none">None.</p>` : cutText(record.output, maxText);
}

function cutText(text: string, most: number, look: "prose" | "code" = "code"): Html {
  const head = headOf(text, most);
  const left = text.length - head.length;
  return html`${longText(head, look)}${left > 0 && html`<p class="none">${plural(left, "more character")} left out.</p>`}`;
}

function callsOf(record: RecordView | undefined): Html {
  const calls = record?.calls ?? [];
  if (calls.length === 0) return html`–`;
  const left = calls.length - mostCalls;
  return html`<ul class="calls">${calls.slice(0, mostCalls).map((call) => html`<li>${callText(call)}</li>`)}
${left > 0 && html`<li>and ${plural(left, "more call")}</li>`}</ul>`;
}

function callText({ role, to, model, inputTokens, outputTokens, usd, seconds, error }: ModelCall): string {
  const who = roleTexts.find(([name]) => name === role)?.[1] ?? role;
  const name = model === undefined || model === to ? to : `${to} (${model})`;
  if (error !== undefined) return `${who}: ${name} failed, ${headOf(error, 300)}`;
  const tokens = `${countText(inputTokens)} tokens in, ${countText(outputTokens)} out`;
  return [`${who}: ${name}`, tokens, ...(usd === undefined ? [] : [dollarText(usd)]), secondsText(seconds)].join(", ");
}

function secondsText(seconds: number | undefined): string {
  return seconds === undefined || seconds >= 10 ? timeText(seconds) : `${seconds.toFixed(1)} s`;
}
