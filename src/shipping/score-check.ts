/** Whether the scores of an evaluation are good enough to ship: above a minimum, and not worse than recorded ones. */

import { gainText, plural, scoreText, spreadText } from "../report/figures.ts";
import { type Comparison, compare } from "../training/acceptance/comparison.ts";
import type { EvaluationTable } from "../training/evaluate-types.ts";
import { poolByExample } from "../training/evaluation/outcomes.ts";
import type { Outcome } from "../training/types.ts";
import { TracegradError } from "../util/errors.ts";
import { isRecord } from "../util/is-record.ts";
import { checkFormat, type JsonFormat } from "../util/json-file.ts";

/** Scores to compare later ones with: the mean of the repeats of each example, by its id. */
export interface RecordedScores {
  readonly format: "tracegrad-scores";
  readonly version: 1;
  readonly mean: number;
  readonly scores: Readonly<Record<string, number>>;
}

/** What {@link checkScores} holds scores against. */
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
  /** The lowest and the highest possible score, where they are not 0 and 1. */
  readonly range?: readonly [number, number] | undefined;
}

/** How scores compare with what they are held against. */
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
 * Checks the scores of an evaluation. An evaluation that ended early, or in which nothing was scored, fails.
 * @throws TracegradError `bad-scores` when `recorded` is no {@link RecordedScores}.
 * @example
 * const { passed, sentences } = checkScores(await evaluate({ agent, data, guide }), { min: 0.8 });
 * if (!passed) throw new Error(sentences.join("\n"));
 */
export function checkScores(table: EvaluationTable, options: ScoreCheckOptions = {}): ScoreCheck {
  const { min, recorded } = options;
  const comparison = recorded === undefined ? undefined : comparedWith(table, recorded, options.range);
  const findings = [
    onWhole(table),
    ...(min === undefined ? [] : [onMinimum(table, min, options.strict)]),
    ...(recorded === undefined ? [] : [onRecorded(table, comparison)]),
  ];
  const sentences = [...findings].sort((a, b) => Number(a.passed) - Number(b.passed)).map(({ sentence }) => sentence);
  return { passed: findings.every(({ passed }) => passed), mean: table.mean, comparison, sentences };
}

interface Requirement {
  readonly passed: boolean;
  readonly sentence: string;
}

function onWhole({ reason, rows, mean, failures }: EvaluationTable): Requirement {
  const passed = reason === "done" && !Number.isNaN(mean);
  if (Number.isNaN(mean)) return { passed, sentence: "No example was scored." };
  if (!passed) return { passed, sentence: `The evaluation ended early (${reason}): ${plural(rows.length, "row")}.` };
  return { passed, sentence: `${plural(rows.length, "evaluation")}, ${failures} failed.` };
}

function onMinimum(table: EvaluationTable, min: number, strict = false): Requirement {
  const { mean, interval } = table;
  const passed = mean >= min || (!strict && interval !== undefined && interval.high >= min);
  const figures = `The mean is ${spreadText(table)}, the minimum ${scoreText(min)}`;
  if (!passed) return { passed, sentence: `${figures}: too low.` };
  return { passed, sentence: `${figures}${mean >= min ? "." : ": lower, but noise explains it."}` };
}

function onRecorded(table: EvaluationTable, comparison: Comparison | undefined): Requirement {
  if (comparison === undefined) {
    return { passed: false, sentence: "No example has a recorded score. Record the scores again." };
  }
  const { pairs, before, after, difference, pWorse } = comparison;
  const passed = !(pWorse < maxProbability);
  const others = new Set(table.rows.map(({ id }) => id)).size - pairs;
  const unpaired =
    others === 0
      ? ""
      : ` ${plural(others, "example")} without a recorded score ${others === 1 ? "is" : "are"} not compared.`;
  const p = `p ${pWorse < 0.001 ? "< 0.001" : `= ${pWorse.toFixed(3)}`}`;
  const how = passed ? "not proven worse" : "proven worse";
  return {
    passed,
    sentence: `Against the recorded scores: ${how}, ${scoreText(before)} → ${scoreText(after)}, ${gainText(difference)} (${p}, ${plural(pairs, "example")}).${unpaired}`,
  };
}

function comparedWith(
  table: EvaluationTable,
  recorded: NonNullable<ScoreCheckOptions["recorded"]>,
  range: ScoreCheckOptions["range"],
): Comparison | undefined {
  const format = scoresFormat("`recorded`");
  const { scores } = checkFormat(recorded, format);
  if (!isRecord(scores)) throw format.damaged("it has no scores");
  const before = Object.entries(scores).map(([exampleId, score]): Outcome => {
    if (typeof score !== "number" || !Number.isFinite(score))
      throw format.damaged(`that of "${exampleId}" is no number`);
    return { exampleId, score, feedback: "", failure: undefined };
  });
  return compare(poolByExample(table.rows), before, { test: "mean", range });
}
