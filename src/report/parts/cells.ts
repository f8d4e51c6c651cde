/** The evaluations of the heat map: a column for each step, or candidate of a search, and a row for each example. */

import type { Outcome, SplitName } from "../../training/types.ts";
import { append } from "../../util/collections.ts";
import { countText, plural } from "../figures.ts";
import { chooseCandidates } from "../lineage-choice.ts";
import { shortId } from "../names.ts";
import type { EvaluationView, RunView } from "../run-view.ts";
import { evaluationsOf, type Scores } from "../scores.ts";
import type { ReportSelection } from "../selection.ts";
import { cutMiddle } from "./blocks.ts";

/** The most examples of a part of the data. */
export const maxExamples = 200;
const maxColumns = 40;

/** A column of the heat map. */
export interface HeatMapColumn {
  /** Its heading: `baseline`, `3`, `38a381f`. */
  readonly head: string;
  /** In words: `After step 3`. */
  readonly when: string;
  readonly isBest: boolean;
  readonly byExample: ReadonlyMap<string, Outcome>;
  /** The candidate that ran on an example, by id. */
  readonly candidateOf: (exampleId: string) => string;
  /** The round of the rollouts of a step; undefined where any evaluation of the candidate counts. */
  readonly round?: number;
}

/** The columns of one part of the data. */
export interface HeatMapColumns {
  readonly split: SplitName;
  /** What a column is. */
  readonly of: "step" | "candidate";
  readonly columns: readonly HeatMapColumn[];
  /** What is left out, in words. */
  readonly omitted: string | undefined;
}

/** The columns of each part of the data that has any. */
export function columnsOf(view: RunView, scores: Scores, selection: ReportSelection): readonly HeatMapColumns[] {
  return (["validation", "decision", "train", "test"] as const)
    .map((split) => (selection.isSearch ? candidateColumns(view, split, selection) : stepColumns(view, split, scores)))
    .filter(({ columns }) => columns.length > 0);
}

/** The examples of the columns, by id. */
export function examplesOf({ columns }: HeatMapColumns): readonly string[] {
  return [...new Set(columns.flatMap((column) => [...column.byExample.keys()]))];
}

function outcomesByExample(outcomes: readonly Outcome[]): ReadonlyMap<string, Outcome> {
  return new Map(outcomes.map((outcome) => [outcome.exampleId, outcome]));
}

function stepColumns(view: RunView, split: SplitName, { best }: Scores): HeatMapColumns {
  const evaluations = split === "train" ? trainEvaluations(view) : evaluationsOf(view, split);
  const { head, omitted, tail } = cutMiddle(evaluations, maxColumns);
  const columns = [...head, ...tail].map(
    ({ step, candidate, result }): HeatMapColumn => ({
      head: step === 0 ? "baseline" : String(step),
      when: step === 0 ? "Baseline" : `After step ${step}`,
      isBest: step === best?.step,
      byExample: outcomesByExample(result.outcomes),
      ...candidatesAt(view, split, { step, candidate }),
    }),
  );
  const between = `${countText(omitted)} evaluations between step ${head.at(-1)?.step} and ${tail[0]?.step}`;
  return { split, of: "step", columns, omitted: omitted > 0 ? between : undefined };
}

/** The rollouts as if they were evaluations: one for each step. */
function trainEvaluations(view: RunView): readonly EvaluationView[] {
  const evaluations = evaluationsOf(view, "train");
  if (evaluations.length > 0) return evaluations;
  const byStep = new Map<number, Outcome[]>();
  for (const { step, outcome } of view.rollouts) {
    append(byStep, step, outcome);
  }
  const unknown = { mean: Number.NaN, standardError: Number.NaN, interval: undefined, failures: 0 };
  return [...byStep]
    .sort(([a], [b]) => a - b)
    .map(([step, outcomes]) => ({ step, split: "train", candidate: "", result: { ...unknown, outcomes } }));
}

/** The rollouts of a step are of several candidates where one step learns from several. */
function candidatesAt(
  { rollouts }: RunView,
  split: SplitName,
  { step, candidate }: Pick<EvaluationView, "step" | "candidate">,
): Pick<HeatMapColumn, "candidateOf" | "round"> {
  if (split !== "train" || candidate !== "") return { candidateOf: () => candidate };
  const candidates = new Map(
    rollouts.filter((one) => one.step === step).map((one) => [one.outcome.exampleId, one.candidate]),
  );
  return { candidateOf: (exampleId) => candidates.get(exampleId) ?? "", round: step + 1 };
}

/** A column for each candidate: of many, the ancestors of the best one and the highest scores. */
function candidateColumns(view: RunView, split: SplitName, { leader }: ReportSelection): HeatMapColumns {
  const outcomes = outcomesByCandidate(view, split);
  const scored = view.candidates.filter(({ id }) => outcomes.has(id));
  const best = scored.find((candidate) => candidate === leader);
  const chosen = chooseCandidates(scored, best, maxColumns);
  const columns = chosen.map(
    ({ id, round }): HeatMapColumn => ({
      head: round === 0 ? "baseline" : shortId(id),
      when: round === 0 ? "Baseline" : `Candidate ${shortId(id)} of round ${round}`,
      isBest: id === leader?.id,
      byExample: outcomesByExample(outcomes.get(id) ?? []),
      candidateOf: () => id,
    }),
  );
  const count = scored.length - chosen.length;
  const rest = `${plural(count, "candidate")} with lower scores`;
  return { split, of: "candidate", columns, omitted: count > 0 ? rest : undefined };
}

function outcomesByCandidate(view: RunView, split: SplitName): ReadonlyMap<string, readonly Outcome[]> {
  const evaluations = view.evaluations.filter((one) => one.split === split);
  const isOfRollouts = split === "train" && evaluations.length === 0;
  const found = isOfRollouts
    ? view.rollouts.map(({ candidate, outcome }) => ({ candidate, outcomes: [outcome] }))
    : evaluations.map(({ candidate, result }) => ({ candidate, outcomes: result.outcomes }));
  const byCandidate = new Map<string, readonly Outcome[]>();
  for (const { candidate, outcomes } of found) {
    // Old journals have rollouts without a candidate.
    if (candidate !== undefined) byCandidate.set(candidate, [...(byCandidate.get(candidate) ?? []), ...outcomes]);
  }
  return byCandidate;
}
