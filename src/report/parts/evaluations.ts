/** The records behind the heat map: the input of each example, and for each cell its output, feedback and calls. */

import type { ModelCall } from "../../training/evaluation/model-calls.ts";
import type { Outcome, SplitName } from "../../training/types.ts";
import { headOf } from "../../util/cut.ts";
import type { CellRecords, RecordView } from "../cell-records.ts";
import { countText, dollarText, plural, roleTexts, scoreText, timeText } from "../figures.ts";
import { type Html, html, type Markup } from "../markup.ts";
import { renderFold, renderHeads, renderHint, renderScroller } from "./blocks.ts";
import type { HeatMapColumn, HeatMapColumns } from "./cells.ts";
import { renderText, type TextLook } from "./text.ts";

/** The most calls of one evaluation. */
const maxCalls = 8;
/** The most characters of an input or a target; at most four times those of an output. */
const maxInput = 8_000;

/** The anchor of the record behind a cell. */
export function cellAnchor(split: SplitName, example: number, column: number): string {
  return `${split}-${example}-${column}`;
}

/** The records of the examples, closed; cells open them. */
export function renderEvaluations(map: HeatMapColumns, exampleIds: readonly string[], records: CellRecords): Html {
  const { split } = map;
  const items = exampleIds.map((id, index) => {
    const lines = linesOf(map, { id, index }, records);
    const content = html`${renderInput(lines, Math.min(maxInput, 4 * records.maxText))}
${renderRecords(map, lines, records)}`;
    return renderFold({ id: `${split}-example-${index}`, summary: headOf(id, 200) }, content);
  });
  const summary = records.hasRecords ? "Evaluations by example" : "Feedback by example";
  return renderFold(
    { id: `${split}-feedback`, summary },
    html`<div class="inner">${renderNote(records)}${items}</div>`,
  );
}

function renderNote({ hasRecords, maxText }: CellRecords): Html {
  const cut = maxText < 200_000 && `Texts are cut to ${countText(maxText)} characters so that all fit on this page. `;
  const source = hasRecords
    ? "The whole records: (await readRun(folder)).evaluations()."
    : "Only runs with a folder record inputs, outputs and calls.";
  return renderHint(html`${cut}${source}`);
}

/** One line of the table: one cell of the map, or several with the same result; of a search, one repeat. */
interface EvaluationLine {
  readonly heads: readonly string[];
  readonly anchors: readonly string[];
  readonly outcome: Outcome;
  readonly record: RecordView | undefined;
}

interface ExampleRow {
  readonly id: string;
  readonly index: number;
}

function linesOf(map: HeatMapColumns, row: ExampleRow, records: CellRecords): readonly EvaluationLine[] {
  const lines: EvaluationLine[] = [];
  for (const line of map.columns.flatMap((column, index) => cellLines(map, { column, index }, row, records))) {
    const last = lines.at(-1);
    if (last === undefined || !isAlike(last, line)) lines.push(line);
    else {
      const heads = [...last.heads, ...line.heads];
      lines[lines.length - 1] = { ...last, heads, anchors: [...last.anchors, ...line.anchors] };
    }
  }
  return lines;
}

/** The lines of one cell. */
function cellLines(
  { split }: HeatMapColumns,
  { column, index }: { readonly column: HeatMapColumn; readonly index: number },
  row: ExampleRow,
  records: CellRecords,
): readonly EvaluationLine[] {
  const outcome = column.byExample.get(row.id);
  if (outcome === undefined) return [];
  const { round, head } = column;
  const all = records.of(split, column.candidateOf(row.id), row.id);
  const found = all.filter((record) => round === undefined || record.round === round);
  return (found.length === 0 ? [undefined] : found).map((record, repeat) => ({
    heads: [repeat === 0 ? head : `${head} again`],
    anchors: repeat === 0 ? [cellAnchor(split, row.index, index)] : [],
    // Of several repeats the cell shows the mean.
    outcome: record === undefined || found.length < 2 ? outcome : { ...outcome, score: record.score },
    record,
  }));
}

/** Equal results in a row share a line, unless models were called: calls differ from one evaluation to the next. */
function isAlike(a: EvaluationLine, b: EvaluationLine): boolean {
  if ((a.record?.calls.length ?? 0) + (b.record?.calls.length ?? 0) > 0) return false;
  return a.record?.output === b.record?.output && JSON.stringify(a.outcome) === JSON.stringify(b.outcome);
}

function renderInput(lines: readonly EvaluationLine[], maxLength: number): Html {
  const { input, target } = lines.find(({ record }) => record?.input !== undefined)?.record ?? {};
  const part = (name: string, text: string | undefined): Markup =>
    text !== undefined && html`<h4>${name}</h4>${renderCutText(text, maxLength)}`;
  return html`${part("Input", input)}${part("Target", target)}`;
}

function renderRecords({ of }: HeatMapColumns, lines: readonly EvaluationLine[], records: CellRecords): Html {
  const first = of === "step" ? "After step" : "Candidate";
  const heads = records.hasRecords
    ? [first, "Score", "Output", "Feedback", "Calls", "Time"]
    : [first, "Score", "Feedback"];
  const table = html`<table class="plain">
<caption class="unseen">Evaluations by ${of}</caption>${renderHeads(heads)}
<tbody>${lines.map((line) => renderLine(line, records))}</tbody></table>`;
  return renderScroller(`Evaluations by ${of}`, table);
}

function renderLine(line: EvaluationLine, { hasRecords, maxText }: CellRecords): Html {
  const { heads, outcome, record } = line;
  const [anchor, ...others] = line.anchors;
  const marks = others.map((other) => html`<span id="${other}"></span>`);
  const output = hasRecords && html`<td>${renderOutput(record, maxText)}</td>`;
  const calls = hasRecords && html`<td>${renderCalls(record)}</td><td>${secondsText(record?.seconds)}</td>`;
  return html`<tr${anchor !== undefined && html` id="${anchor}"`}>
<td>${marks}${heads.join(", ")}</td><td>${renderScore(outcome)}</td>
${output}<td>${renderFeedback(outcome, maxText)}</td>${calls}</tr>`;
}

function renderScore({ failure, score }: Outcome): Html {
  return failure === undefined ? html`${scoreText(score)}` : html`<span class="failed">✕ failed</span>`;
}

function renderFeedback({ failure, feedback }: Outcome, maxLength: number): Html {
  return failure === undefined
    ? renderCutText(feedback, maxLength, "prose")
    : renderCutText(`${failure.of}: ${failure.message}`, maxLength);
}

function renderOutput(record: RecordView | undefined, maxLength: number): Html {
  if (record?.isShared === true) return renderHint("Recorded by another trial of the study.");
  return record?.output === undefined ? renderHint("None.") : renderCutText(record.output, maxLength);
}

function renderCutText(text: string, maxLength: number, look: TextLook = "code"): Html {
  const head = headOf(text, maxLength);
  const omitted = text.length - head.length;
  return html`${renderText(head, look)}
${omitted > 0 && renderHint(`${plural(omitted, "more character")} left out.`)}`;
}

function renderCalls(record: RecordView | undefined): Html {
  const calls = record?.calls ?? [];
  if (calls.length === 0) return html`–`;
  const omitted = calls.length - maxCalls;
  return html`<ul class="calls">${calls.slice(0, maxCalls).map((call) => html`<li>${callText(call)}</li>`)}
${omitted > 0 && html`<li>and ${plural(omitted, "more call")}</li>`}</ul>`;
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
