/** The outcome of each run of a task: by the metric of the paper, by Google's, and of the best agent in validation. */

import { join } from "node:path";
import { commit, evaluate, parametersOf, type StudyResult } from "tracegrad";
import { split } from "tracegrad/data";
import { multipleChoice } from "tracegrad/guides";
import { readRun, type SavedRun, type StudyTrial } from "tracegrad/report";
import { type OutcomeScore, outcomeOf, type RunAbout, type RunOutcome, scoreOf } from "../shared/outcome.ts";
import { isRightForGoogle } from "./google-metric.ts";
import { nameOf } from "./models.ts";
import { type Arm, makeAgent, questionsOf, type TaskRun } from "./run-task.ts";

/** An outcome, and the arm whose it is. */
export interface ArmOutcome {
  readonly arm: Arm;
  readonly outcome: RunOutcome;
}

/** The outcomes of all arms that are finished. `aboutOf` gives what the runs do not say. */
export async function outcomesOf(
  run: TaskRun,
  { rows }: StudyResult,
  aboutOf: (arm: Arm) => RunAbout,
): Promise<readonly ArmOutcome[]> {
  const arms = rows.flatMap(({ choice, trials }) =>
    trials
      .filter(({ status }) => status === "finished")
      .map((trial) => ({ arm: { batch: choice["batch"] as number, trial: trial.index }, trial })),
  );
  const saved = await Promise.all(arms.map(({ trial }) => readRun((trial as StudyTrial).folder as string)));
  const outputs = await testOutputs(saved);
  const outcomes: ArmOutcome[] = [];
  for (const [at, { arm }] of arms.entries()) {
    const finished = saved[at] as SavedRun;
    const others = [...byGoogle(run, finished, outputs), ...(await ofBestInValidation(run, arm, finished))];
    outcomes.push({ arm, outcome: { ...outcomeOf(aboutOf(arm), finished), ...(others.length > 0 && { others }) } });
  }
  return outcomes;
}

type OtherMetrics = NonNullable<RunOutcome["others"]>;

/** What candidates answered to the test questions. A run that took an outcome from another one has no output of it. */
async function testOutputs(runs: readonly SavedRun[]): Promise<ReadonlyMap<string, unknown>> {
  const outputs = new Map<string, unknown>();
  for (const { evaluations } of runs) {
    for (const { candidate, example, output, isShared } of await evaluations(({ split }) => split === "test")) {
      if (!isShared) outputs.set(`${candidate} ${example}`, output);
    }
  }
  return outputs;
}

/** The same test outputs by Google's metric. */
function byGoogle(
  { protocol, data }: TaskRun,
  { candidates, best }: SavedRun,
  outputs: ReadonlyMap<string, unknown>,
): OtherMetrics {
  const { test } = split(questionsOf(protocol, data), protocol.split);
  const examples = test.read();
  const scored = (candidate: string): OutcomeScore => {
    const right = examples.filter(({ id, target }) => {
      const output = outputs.get(`${candidate} ${id}`);
      return typeof output === "string" && isRightForGoogle(output, target);
    });
    const [mean, count] = [right.length / examples.length, examples.length];
    return { mean, count, standardError: Math.sqrt((mean * (1 - mean)) / (count - 1)) };
  };
  const [start, chosen] = [candidates[0]?.id, best?.id];
  if (start === undefined || chosen === undefined) return [];
  const metric = { name: "accuracy by Google's evaluator", better: "higher" as const };
  return [{ metric, start: scored(start), chosen: scored(chosen) }];
}

/**
 * The test score of the agent that was best in validation, the first of equals. A run that asks a language model ends
 * with its last agent, as in the paper; here is what choosing by validation would have given.
 */
async function ofBestInValidation(run: TaskRun, arm: Arm, { candidates, best }: SavedRun): Promise<OtherMetrics> {
  const start = scoreOf(candidates[0]?.test);
  if (run.models.optimizer === undefined || start === undefined) return [];
  const scoreIn = (at: number) => candidates[at]?.validation?.mean ?? Number.NEGATIVE_INFINITY;
  const top = candidates.reduce((leader, _, at) => (scoreIn(at) > scoreIn(leader) ? at : leader), 0);
  const candidate = candidates[top];
  const tested = top === 0 ? candidates[0]?.test : candidate?.id === best?.id ? best?.test : undefined;
  const folder = join(`${run.folder}-best-in-validation`, nameOf(arm));
  const chosen = scoreOf(tested) ?? (await testAgain(run, candidate?.values ?? {}, folder));
  return [{ metric: { name: "accuracy of the best in validation", better: "higher" }, start, chosen }];
}

/** The test score of an agent with these values. */
async function testAgain(
  run: TaskRun,
  values: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<OutcomeScore> {
  const agent = makeAgent(run);
  const changed = parametersOf(agent).filter(({ trainable }) => trainable);
  commit(changed.map((parameter) => ({ parameter, value: values[parameter.name] })));
  const { protocol, data } = run;
  const { test } = split(questionsOf(protocol, data), protocol.split);
  const { concurrency } = protocol;
  const table = await evaluate({
    agent: agent.answer,
    data: test.read(),
    guide: multipleChoice(),
    folder,
    concurrency,
  });
  return { mean: table.mean, count: table.rows.length, standardError: table.standardError };
}
