/** Whether the scores of an evaluation are good enough to ship: above a minimum, and not worse than recorded ones. */

import { gainText, plural, scoreText, spreadText } from "../report/figures.ts";
import { type Comparison, compare } from "../training/acceptance/comparison.ts";
import type { EvaluationTable } from "../training/evaluate-types.ts";
import { poolByExample } from "../training/evaluation/outcomes.ts";
import type { Outcome } from "../training/types.ts";
import { TracegradError } from "../util/errors.ts";
import { isRecord } from "../util/is-record.ts";
import { checkFormat, type JsonFormat } from "../util/json-file.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { preview } from "../util/preview.ts";

/** Scores to compare later ones with: the mean of the repeats of each example, by its id. */
export interface RecordedScores {
  readonly format: "tracegrad-scores";
  readonly version: 1;
  readonly mean: number;
  readonly scores: Readonly<Record<string, number>>;
}

/** What scores are compared with by {@link checkScores}. */
export interface ScoreCheckOptions {
  /**
   * The least mean score. Without `strict` it fails only where noise does not explain it: when the whole 95% interval
   * of the mean is below it. Default: none.
   */
  readonly min?: number | undefined;
  /** Whether the mean itself must reach `min`, whatever its interval. Default: false. */
  readonly strict?: boolean | undefined;
  /** Scores that these must not be provably worse than, example by example, with p < 0.05. Default: none. */
  readonly recorded?: RecordedScores | Readonly<Record<string, unknown>> | undefined;
  /**
   * The lowest and the highest possible score. Without it the proof takes the range from 0 to 1 and all scores seen for
   * that, which holds only where no other score can come. Default: none.
   */
  readonly range?: readonly [number, number] | undefined;
}

/** How scores compare with a minimum and with recorded ones. */
export interface ScoreCheck {
  readonly passed: boolean;
  readonly mean: number;
  /** With the recorded scores; undefined without these. */
  readonly comparison: Comparison | undefined;
  /** What failed and what passed, in sentences, the failures first. */
  readonly sentences: readonly string[];
}

const maxProbability = 0.05;

/** The file of recorded scores: its errors name it. */
function scoresFormat(where: string): JsonFormat {
  return {
    format: "tracegrad-scores",
    version: 1,
    damaged: (how) => new TracegradError("bad-scores", `${where} has no recorded scores: ${how}. Record them again.`),
  };
}

/**
 * The scores of an evaluation, to be written to a file and compared with later.
 * @example
 * await writeFile("scores.json", JSON.stringify(recordScores(await evaluate({ agent, data, guide }))));
 */
export function recordScores(table: EvaluationTable): RecordedScores {
  const scores = Object.fromEntries(
    poolByExample(table.rows).flatMap(({ exampleId, score }) => (score === undefined ? [] : [[exampleId, score]])),
  );
  return { format: "tracegrad-scores", version: 1, mean: table.mean, scores };
}

/**
 * Recorded scores from JSON.
 * @param where Where they come from, for the error.
 * @throws TracegradError `bad-scores`.
 */
export function readScores(json: unknown, where = "`recorded`"): RecordedScores {
  const format = scoresFormat(where);
  const { mean, scores } = checkFormat(json, format);
  if (!isRecord(scores)) throw format.damaged("it has no scores");
  const wrong = Object.entries(scores).find(([, score]) => typeof score !== "number" || !Number.isFinite(score));
  if (wrong !== undefined) throw format.damaged(`that of "${wrong[0]}" is no number`);
  return { format: "tracegrad-scores", version: 1, mean: Number(mean), scores: scores as RecordedScores["scores"] };
}

/** Whether a value is the table of an evaluation. */
export function isEvaluationTable(value: unknown): value is EvaluationTable {
  return isRecord(value) && Array.isArray(value["rows"]) && "mean" in value && typeof value["reason"] === "string";
}

/** Why an evaluation says nothing: it ended early, or nothing ran or was scored. Undefined when it says something. */
export function whyIncomplete({ reason, rows, mean }: EvaluationTable): string | undefined {
  if (reason !== "done") return `The evaluation ended early (${reason}), after ${plural(rows.length, "row")}.`;
  if (Number.isNaN(mean)) return "No example was scored.";
  if (rows.every(({ error }) => error !== undefined)) return "The program or the judge failed on every example.";
  return undefined;
}

const optionNames: NamesOf<ScoreCheckOptions> = { min: true, strict: true, recorded: true, range: true };

/**
 * Checks the scores of an evaluation. One that ended early, or in which nothing was scored or nothing ran, fails.
 * @throws TracegradError `bad-scores` when `recorded` holds no recorded scores, `bad-option` for other options.
 * @example
 * const { passed, sentences } = checkScores(await evaluate({ agent, data, guide }), { min: 0.8 });
 * if (!passed) throw new Error(sentences.join("\n"));
 */
export function checkScores(table: EvaluationTable, options: ScoreCheckOptions = {}): ScoreCheck {
  checkOptions(options);
  const { min, strict, range } = options;
  const recorded = options.recorded === undefined ? undefined : readScores(options.recorded);
  const comparison = recorded && compare(poolByExample(table.rows), outcomesOf(recorded), { test: "mean", range });
  const findings = [
    onWhole(table),
    ...(min === undefined ? [] : [onMinimum(table, min, strict)]),
    ...(recorded === undefined ? [] : [onRecorded(table, recorded, comparison)]),
  ];
  const sentences = [...findings].sort((a, b) => Number(a.passed) - Number(b.passed)).map(({ sentence }) => sentence);
  return { passed: findings.every(({ passed }) => passed), mean: table.mean, comparison, sentences };
}

function checkOptions(options: ScoreCheckOptions): void {
  requireKnown("checkScores", options, optionNames);
  const { min = 0, range = [0, 1] } = options;
  if (typeof min !== "number" || !Number.isFinite(min)) {
    throw new TracegradError("bad-option", `\`min\` is a finite number; got ${preview(min)}.`);
  }
  const [low, high] = range;
  if (range.length !== 2 || !Number.isFinite(low) || !Number.isFinite(high) || !(low < high)) {
    throw new TracegradError("bad-option", `\`range\` is the lowest and the highest score; got ${preview(range)}.`);
  }
}

function outcomesOf({ scores }: RecordedScores): readonly Outcome[] {
  return Object.entries(scores).map(([exampleId, score]) => ({ exampleId, score, feedback: "", failure: undefined }));
}

interface Requirement {
  readonly passed: boolean;
  readonly sentence: string;
}

function onWhole(table: EvaluationTable): Requirement {
  const fault = whyIncomplete(table);
  if (fault !== undefined) return { passed: false, sentence: fault };
  return { passed: true, sentence: `${plural(table.rows.length, "evaluation")}, ${table.failures} failed.` };
}

function onMinimum(table: EvaluationTable, min: number, strict = false): Requirement {
  const { mean, interval } = table;
  const passed = mean >= min || (!strict && interval !== undefined && interval.high >= min);
  const figures = `The mean is ${spreadText(table)}, the minimum ${scoreText(min)}`;
  if (!passed) return { passed, sentence: `${figures}: too low.` };
  return { passed, sentence: `${figures}${mean >= min ? "." : ": lower, but noise explains it."}` };
}

function onRecorded(table: EvaluationTable, recorded: RecordedScores, comparison: Comparison | undefined): Requirement {
  const fix = "Record the scores again.";
  if (comparison === undefined) return { passed: false, sentence: `No example has a recorded score. ${fix}` };
  const ids = new Set(table.rows.map(({ id }) => id));
  const missing = Object.keys(recorded.scores).filter((id) => !ids.has(id)).length;
  if (missing > 0) {
    const gone = `${plural(missing, "example")} with a recorded score ${missing === 1 ? "was" : "were"} not evaluated`;
    return { passed: false, sentence: `${gone}. ${fix}` };
  }
  const { pairs, before, after, difference, pWorse } = comparison;
  const passed = pWorse >= maxProbability;
  const others = ids.size - pairs;
  const unpaired = others === 0 ? "" : ` ${plural(others, "new example")} ${others === 1 ? "is" : "are"} not compared.`;
  const p = `p ${pWorse < 0.001 ? "< 0.001" : `= ${pWorse.toFixed(3)}`}`;
  const figures = `${scoreText(before)} → ${scoreText(after)}, ${gainText(difference)} (${p}, ${plural(pairs, "example")})`;
  const how = passed ? "not proven worse" : "proven worse";
  return { passed, sentence: `Against the recorded scores: ${how}, ${figures}.${unpaired}` };
}
