/** Which evaluations the map of examples shows: one column a step, or a program of a search, one row an example. */

import type { Outcome, SplitName } from "../../training/types.ts";
import { append } from "../../util/collections.ts";
import { countText, plural } from "../figures.ts";
import { shownPrograms } from "../lineage-choice.ts";
import { shortId } from "../names.ts";
import type { EvaluationView, RunView } from "../run-view.ts";
import { evaluationsOf, type Scores } from "../scores.ts";
import type { ReportSelection } from "../selection.ts";
import { ends } from "./text.ts";

/** The most examples of a part of the data that are shown. */
export const mostRows = 200;
const mostColumns = 40;

/** The columns of each part of the data that has any. */
export function columnsOf(view: RunView, scores: Scores, shown: ReportSelection): readonly Columns[] {
  return (["validation", "decision", "train", "test"] as const)
    .map((split) => (shown.isSearch ? programColumns(view, split, shown) : stepColumns(view, split, scores)))
    .filter(({ columns }) => columns.length > 0);
}

/** The examples of the columns that are shown. */
export function examplesOf({ columns }: Columns): readonly string[] {
  return [...new Set(columns.flatMap((column) => [...column.byExample.keys()]))];
}

/** The training runs as if they were evaluations: one for each program. */
function trainColumns(view: RunView): readonly EvaluationView[] {
  const evaluated = evaluationsOf(view, "train");
  if (evaluated.length > 0) return evaluated;
  const byStep = new Map<number, Outcome[]>();
  for (const { step, outcome } of view.rollouts) {
    append(byStep, step, outcome);
  }
  const unknown = { mean: Number.NaN, standardError: Number.NaN, interval: undefined, failures: 0 };
  return [...byStep]
    .sort(([a], [b]) => a - b)
    .map(([step, outcomes]) => ({ step, split: "train", candidate: "", result: { ...unknown, outcomes } }));
}

/** A column of the map. */
export interface Column {
  /** As it stands above the column: `start`, `3`, `38a381f`. */
  readonly head: string;
  /** In words: `After step 3`. */
  readonly when: string;
  readonly isBest: boolean;
  readonly byExample: ReadonlyMap<string, Outcome>;
  /** The program that ran on an example. */
  readonly programOf: (exampleId: string) => string;
  /** The round of the training runs of a step; undefined where any run of the program counts. */
  readonly round?: number;
}

/** The columns of one part of the data. */
export interface Columns {
  readonly split: SplitName;
  /** What a column is: a step, or a program. */
  readonly of: "step" | "program";
  readonly columns: readonly Column[];
  /** What is left out, in words. */
  readonly left: string | undefined;
}

function byExample(outcomes: readonly Outcome[]): ReadonlyMap<string, Outcome> {
  return new Map(outcomes.map((outcome) => [outcome.exampleId, outcome]));
}

function stepColumns(view: RunView, split: SplitName, { best }: Scores): Columns {
  const evaluations = split === "train" ? trainColumns(view) : evaluationsOf(view, split);
  const { head, left, tail } = ends(evaluations, mostColumns);
  const columns = [...head, ...tail].map(
    ({ step, candidate, result }): Column => ({
      head: step === 0 ? "start" : String(step),
      when: step === 0 ? "Start" : `After step ${step}`,
      isBest: step === best?.step,
      byExample: byExample(result.outcomes),
      ...ranBy(view, split, { step, candidate }),
    }),
  );
  const between = `${countText(left)} evaluations between step ${head.at(-1)?.step} and ${tail[0]?.step}`;
  return { split, of: "step", columns, left: left > 0 ? between : undefined };
}

/** Training runs of a step are of several programs where one step learns from several. */
function ranBy(
  { rollouts }: RunView,
  split: SplitName,
  { step, candidate }: Pick<EvaluationView, "step" | "candidate">,
): Pick<Column, "programOf" | "round"> {
  if (split !== "train" || candidate !== "") return { programOf: () => candidate };
  const programs = new Map(
    rollouts.filter((one) => one.step === step).map((one) => [one.outcome.exampleId, one.candidate]),
  );
  return { programOf: (exampleId) => programs.get(exampleId) ?? "", round: step + 1 };
}

/**
 * A column for each program, by all that is known of it: of many, those that the best one comes from and the highest
 * scores.
 */
function programColumns(view: RunView, split: SplitName, { leader }: ReportSelection): Columns {
  const outcomes = new Map<string, Outcome[]>();
  const all =
    split === "train" && !view.evaluations.some((one) => one.split === "train")
      ? view.rollouts.map(({ candidate, outcome }) => ({ candidate, of: [outcome] }))
      : view.evaluations
          .filter((one) => one.split === split)
          .map(({ candidate, result }) => ({ candidate, of: result.outcomes }));
  for (const { candidate, of } of all) {
    if (candidate !== undefined) outcomes.set(candidate, [...(outcomes.get(candidate) ?? []), ...of]);
  }
  const judged = view.candidates.filter(({ id }) => outcomes.has(id));
  const shown = shownPrograms(
    judged,
    judged.find((program) => program === leader),
    mostColumns,
  );
  const columns = shown.map(
    (program): Column => ({
      head: program.round === 0 ? "start" : shortId(program.id),
      when: program.round === 0 ? "Start" : `Program ${shortId(program.id)} of round ${program.round}`,
      isBest: program === leader,
      byExample: byExample(outcomes.get(program.id) ?? []),
      programOf: () => program.id,
    }),
  );
  const left = judged.length - shown.length;
  const more = `${plural(left, "program")} beside the highest scores and those that they come from`;
  return { split, of: "program", columns, left: left > 0 ? more : undefined };
}
