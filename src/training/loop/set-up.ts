/** Sets up the loop of a run from its options, its folder and its calls. */

import type { Search } from "../../optimizers/search/search.ts";
import { interactive } from "../../templates/interactive.ts";
import type { Json } from "../../util/decode.ts";
import { acceptancePlan } from "../acceptance/plan.ts";
import { Evaluator } from "../evaluation/evaluator.ts";
import { withFeedback } from "../evaluation/rollout-feedback.ts";
import { type Runner, runnerOf } from "../evaluation/runner.ts";
import type { Progress } from "../events.ts";
import type { Execution } from "../execution/execution.ts";
import { perfectScoreOf } from "../guides/max-score.ts";
import { type LoopSpec, specHash } from "../identity/spec.ts";
import type { Calls } from "../journal/calls.ts";
import type { RunStore } from "../journal/folder.ts";
import type { Redaction } from "../journal/redaction.ts";
import { concurrencyOf, type TrainOptions } from "../options.ts";
import { namedParameters } from "../search/named-parameters.ts";
import { CandidatePool } from "../search/pool.ts";
import { Proposals } from "../search/proposals.ts";
import { exampleSet, type RoundParts } from "../search/round-context.ts";
import type { ScoredCandidate } from "../types.ts";
import type { PassState } from "./episode-pass.ts";
import { JournalFold } from "./journal-fold.ts";
import type { LoopParts } from "./loop.ts";
import { batchSize, batchWarnings } from "./order.ts";
import { currentOf } from "./progress.ts";
import { type Listener, RunLog } from "./run-log.ts";
import { openPassOf, stepping } from "./stepping.ts";
import type { BudgetUse } from "./stop.ts";

/** Where a run is stored, who watches it, and how it calls models. */
export interface RunServices {
  readonly spec: LoopSpec;
  readonly store: RunStore;
  readonly calls: Calls;
  readonly listener: Listener;
  readonly execution: Execution;
  /** Removes secrets, if the run has the option `redact`. */
  readonly redaction: Redaction | undefined;
}

/** The parts of the loop. The values that an earlier process led to are live afterwards. */
export function setUpLoop(given: TrainOptions, services: RunServices): LoopParts {
  const { spec, store, calls, listener, redaction } = services;
  const plan = acceptancePlan(given);
  // Everything but the decision sees only the validation examples that steer.
  const options = { ...given, data: { ...given.data, validation: plan.steering } };
  const { optimizer, data } = options;
  const began = performance.now();
  const fold = new JournalFold();
  for (const record of store.takePast()) fold.add(record);
  const earlier = store.resumed ? fold.resume() : undefined;
  const runner = runnerIn(services, options, () => log.progress);
  const { outcomes, examples, texts } = fold;
  const { evaluations = 0, unused = [] } = earlier ?? {};
  const known = { outcomes, examples, texts, known: evaluations, unused };
  const evaluator = evaluatorOf(options, { store, runner }, known);
  const log = new RunLog({ store, listener, refOf: (outcome) => evaluator.refOf(outcome), redaction, earlier });
  const restore = redaction && ((stored: ScoredCandidate) => redaction.candidate(stored));
  const pool = new CandidatePool(log, optimizer.parameters, optimizer.memory, restore);
  const live: string[] = [];
  const goLive = (id: string, memory?: Json): void => {
    if ((live.at(-1) ?? log.progress.live.at(-1)) !== id) live.push(id);
    optimizer.follow(pool.get(id).values, memory);
  };
  const round = roundParts(options, { log, pool, evaluator, runner });
  const search = options.search ?? stepsOf(options, spec, { log, pool, evaluator, runner, goLive });
  for (const id of log.progress.live) optimizer.follow(pool.get(id).values);
  restoreMemory(options, log.progress.state);
  return {
    ...{ options, plan, spec, log, pool, evaluator, round, goLive },
    search: search as Search,
    runId: specHash(spec).slice(0, 12),
    warnings: [...data.warnings, ...batchWarningsOf(options), ...testWarnings(options), ...store.notes],
    resumed: store.resumed,
    callsSpent: () => calls.spent(),
    used: () => usedBy(options, { evaluator, log }, (performance.now() - began) / 1000),
    takeLive: () => live.splice(0),
    costOfRun: () => (plan.deciding.length === 0 ? undefined : calls.costOf(evaluator.evaluations)),
    reserve: (isOn) => reserve({ evaluator, log, calls }, isOn ? plan.deciding.length : 0),
  };
}

/** Runs examples wherever the run has them made, with its feedback on rollouts, and without secrets. */
function runnerIn({ execution, redaction }: RunServices, options: TrainOptions, progress: () => Progress): Runner {
  const runner = withFeedback(execution.runner(runnerOf(options)), options, progress);
  return redaction?.runner(runner) ?? runner;
}

/** Reserves what the decision on this many examples will take from the budgets; nothing for 0. */
function reserve(
  { evaluator, log, calls }: Pick<LoopParts, "evaluator" | "log"> & Pick<RunServices, "calls">,
  examples: number,
): void {
  const { decisions, deciding, cost } = log.progress;
  // After new evaluations, the next decision may be about another candidate.
  const isMore = evaluator.evaluationsInRounds > (decisions.at(-1)?.evaluations ?? Number.POSITIVE_INFINITY);
  const decidedBefore = (isMore ? decisions : decisions.slice(0, -1)).map(({ finalist }) => deciding.get(finalist));
  const paid = decidedBefore.reduce((sum, result) => sum + (result?.outcomes.length ?? 0), 0);
  evaluator.reserve = examples === 0 ? 0 : 2 * examples + paid;
  // Before the baseline is evaluated, the cost of an evaluation is not known.
  if (cost !== undefined) calls.reserve(2 * examples, cost);
}

function evaluatorOf(
  options: TrainOptions,
  services: { readonly store: RunStore; readonly runner: Runner },
  earlier: ConstructorParameters<typeof Evaluator>[0]["earlier"],
): Evaluator {
  const { shared, budget } = options;
  return new Evaluator({
    ...services,
    concurrency: concurrencyOf(options),
    earlier,
    shared,
    maxEvaluations: budget?.evaluations,
  });
}

interface Services {
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly evaluator: Evaluator;
}

function roundParts(options: TrainOptions, services: Services & { readonly runner: Runner }): RoundParts {
  const { optimizer, data, search, seed = 0, signal, objectives = [] } = options;
  const parameters = namedParameters(optimizer.parameters);
  const concurrency = concurrencyOf(options);
  const [train, validation] = [exampleSet(data.train), exampleSet(data.validation)];
  // Without a search, a template makes the learning items of the step from its experiences.
  const template = options.template ?? (search === undefined ? interactive() : undefined);
  const names = [...parameters.keys()];
  const maxScore = perfectScoreOf(options);
  return {
    ...services,
    ...{ name: search?.name ?? "steps", train, validation, concurrency, seed, signal, maxScore },
    setup: { train: train.ids, validation: validation.ids, names, parameters, objectives, llm: optimizer.llm },
    proposals: new Proposals({ ...services, optimizer, parameters, template, maxScore, concurrency, signal }),
  };
}

function stepsOf(
  options: TrainOptions,
  { selection }: LoopSpec,
  services: Services & { readonly runner: Runner; readonly goLive: (candidate: string, memory: Json) => void },
): Search {
  const { template = interactive(), optimizer } = options;
  const { memory } = optimizer;
  const concurrency = concurrencyOf(options);
  // The episodes that were under way are played again when the next step begins.
  const open = openPassOf(services.log.progress.state);
  if (open !== undefined) services.evaluator.underWay = open.examples.length - open.over;
  return stepping({ ...services, options, template, selection, memory, concurrency }) as unknown as Search;
}

/** The episodes of plain steps that go on into the next one. */
function openPass({ search }: TrainOptions, state: Json | undefined): PassState | undefined {
  return search === undefined ? openPassOf(state) : undefined;
}

/** A resumed run of steps continues with the memory of its algorithm. */
function restoreMemory({ optimizer, search }: TrainOptions, state: Json | undefined): void {
  if (search !== undefined || state === undefined || currentOf(state) === undefined) return;
  optimizer.follow(optimizer.state.values, (state as { readonly memory: Json }).memory);
}

/** A search chooses its own batches. */
function batchWarningsOf({ search, template = interactive(), data }: TrainOptions): readonly string[] {
  return search === undefined ? batchWarnings(template.wants, data.train) : [];
}

function testWarnings({ test, data }: TrainOptions): readonly string[] {
  if (test !== true || data.test.size > 0) return [];
  return [
    "`test: true` has no effect: no examples are sealed. Give split more rows, or a smaller `train` or `validation`.",
  ];
}

/**
 * The evaluations that the next round would use: a step uses a fixed number, including its score; a search checks the
 * budget itself.
 */
function usedBy(
  options: TrainOptions,
  { evaluator, log }: Pick<Services, "evaluator" | "log">,
  seconds: number,
): BudgetUse {
  const { search, template = interactive(), data } = options;
  // Episodes that go on were counted when they began.
  const isOpen = openPass(options, log.progress.state) !== undefined;
  const begun = isOpen ? 0 : batchSize(template.wants, data.train);
  const next = search === undefined ? begun + data.validation.length : 0;
  return { evaluations: evaluator.used + next, seconds };
}
