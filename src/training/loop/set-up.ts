/** Puts a run together: from its options, its folder and its calls to the parts that the loop works with. */

import type { Search } from "../../optimizers/search/search.ts";
import { interactive } from "../../templates/interactive.ts";
import type { Json } from "../../util/decode.ts";
import { acceptancePlan } from "../acceptance/plan.ts";
import { Evaluator } from "../evaluation/evaluator.ts";
import { type Runner, runnerOf } from "../evaluation/runner.ts";
import { perfectScoreOf } from "../guides/max-score.ts";
import { type LoopSpec, specHash } from "../identity/spec.ts";
import type { Calls } from "../journal/calls.ts";
import type { RunStore } from "../journal/folder.ts";
import type { Redaction } from "../journal/redaction.ts";
import { defaultConcurrency, type TrainOptions } from "../options.ts";
import { namedParameters } from "../search/named-parameters.ts";
import { CandidatePool } from "../search/pool.ts";
import { Proposals } from "../search/proposals.ts";
import { exampleSet, type RoundParts } from "../search/round-context.ts";
import type { ScoredCandidate } from "../types.ts";
import { JournalFold } from "./journal-fold.ts";
import type { LoopParts } from "./loop.ts";
import { batchSize, batchWarnings } from "./order.ts";
import { type Listener, RunLog } from "./run-log.ts";
import { currentOf, stepping } from "./stepping.ts";
import type { Used } from "./stop.ts";

/** Where a run is kept, who follows it, and how it calls models. */
export interface RunPlace {
  readonly spec: LoopSpec;
  readonly store: RunStore;
  readonly calls: Calls;
  readonly listener: Listener;
  /** Takes secrets out, where the run is told to. */
  readonly redaction: Redaction | undefined;
}

/** The parts of the loop of a run. What an earlier process has led to is live afterwards. */
export function setUpLoop(given: TrainOptions, place: RunPlace): LoopParts {
  const { spec, store, calls, listener, redaction } = place;
  const plan = acceptancePlan(given);
  // All but the decision sees only the validation examples that steer.
  const options = { ...given, data: { ...given.data, validation: plan.steering } };
  const { optimizer, data } = options;
  const began = performance.now();
  const fold = new JournalFold();
  for (const record of store.takePast()) fold.add(record);
  const earlier = store.resumed ? fold.resume() : undefined;
  const player = redaction?.player(runnerOf(options)) ?? runnerOf(options);
  const { outcomes, examples, texts } = fold;
  const { evaluations = 0, unused = [] } = earlier ?? {};
  const known = { outcomes, examples, texts, known: evaluations, unused };
  const evaluator = evaluatorOf(options, { store, player }, known);
  const log = new RunLog({ store, listener, refOf: (outcome) => evaluator.refOf(outcome), redaction, earlier });
  const real = redaction && ((kept: ScoredCandidate) => redaction.candidate(kept));
  const pool = new CandidatePool(log, optimizer.parameters, optimizer.memory, real);
  const live: string[] = [];
  const goLive = (program: string, memory?: Json): void => {
    if ((live.at(-1) ?? log.progress.live.at(-1)) !== program) live.push(program);
    optimizer.follow(pool.get(program).values, memory);
  };
  const round = roundParts(options, { log, pool, evaluator, player });
  const search = options.search ?? stepsOf(options, spec, { log, pool, evaluator, goLive });
  for (const program of log.progress.live) optimizer.follow(pool.get(program).values);
  restoreMemory(options, log.progress.state);
  return {
    ...{ options, plan, spec, log, pool, evaluator, round, goLive },
    search: search as Search,
    runId: specHash(spec).slice(0, 12),
    warnings: [...data.warnings, ...batchWarningsOf(options), ...testWarnings(options), ...store.notes],
    resumed: store.resumed,
    callsSpent: () => calls.spent(),
    used: () => usedBy(options, evaluator, (performance.now() - began) / 1000),
    takeLive: () => live.splice(0),
    costOfRun: () => (plan.deciding.length === 0 ? undefined : calls.costOf(evaluator.evaluations)),
    reserve: (isOn) => reserve({ evaluator, log, calls }, isOn ? plan.deciding.length : 0),
  };
}

/** Keeps what the decision will take, on so many examples, of the budgets; nothing for 0. */
function reserve(
  { evaluator, log, calls }: Pick<LoopParts, "evaluator" | "log"> & Pick<RunPlace, "calls">,
  examples: number,
): void {
  const { decisions, deciding, cost } = log.progress;
  // Once something new is judged after a decision, another candidate may come to be decided.
  const isMore = evaluator.judgedInRounds > (decisions.at(-1)?.evaluations ?? Number.POSITIVE_INFINITY);
  const decided = (isMore ? decisions : decisions.slice(0, -1)).map(({ finalist }) => deciding.get(finalist));
  const paid = decided.reduce((sum, result) => sum + (result?.outcomes.length ?? 0), 0);
  evaluator.reserve = examples === 0 ? 0 : 2 * examples + paid;
  // A run that has not scored its start does not know yet what a evaluation costs.
  if (cost !== undefined) calls.reserve(2 * examples, cost);
}

function evaluatorOf(
  options: TrainOptions,
  services: { readonly store: RunStore; readonly player: Runner },
  earlier: ConstructorParameters<typeof Evaluator>[0]["earlier"],
): Evaluator {
  const { concurrency = defaultConcurrency, shared, budget } = options;
  return new Evaluator({
    ...services,
    concurrency,
    earlier,
    shared,
    maxRuns: budget?.evaluations,
  });
}

interface Services {
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly evaluator: Evaluator;
}

function roundParts(options: TrainOptions, services: Services & { readonly player: Runner }): RoundParts {
  const { optimizer, data, search, seed = 0, signal, concurrency = defaultConcurrency, objectives = [] } = options;
  const parameters = namedParameters(optimizer.parameters);
  const [train, validation] = [exampleSet(data.train), exampleSet(data.validation)];
  // Without a search, a template by itself makes each experience a lesson of the step.
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
  services: Services & { readonly goLive: (program: string, memory: Json) => void },
): Search {
  const { template = interactive(), optimizer } = options;
  return stepping({ ...services, options, template, selection, memory: optimizer.memory }) as unknown as Search;
}

/** A resumed line of steps goes on with what its algorithm remembered. */
function restoreMemory({ optimizer, search }: TrainOptions, state: Json | undefined): void {
  if (search !== undefined || state === undefined || currentOf(state) === undefined) return;
  optimizer.follow(optimizer.state.values, (state as { readonly memory: Json }).memory);
}

/** A search takes batches of its own. */
function batchWarningsOf({ search, template = interactive(), data }: TrainOptions): readonly string[] {
  return search === undefined ? batchWarnings(template.wants, data.train) : [];
}

function testWarnings({ test, data }: TrainOptions): readonly string[] {
  if (test !== true || data.test.size > 0) return [];
  return [
    "`test: true` has nothing to read: no examples are sealed. Give split more rows, or a smaller `train` or `validation`.",
  ];
}

/** What the next round would use: a step knows how many runs it takes, its score included; a search asks as it goes. */
function usedBy({ search, template = interactive(), data }: TrainOptions, evaluator: Evaluator, seconds: number): Used {
  const next = search === undefined ? batchSize(template.wants, data.train) + data.validation.length : 0;
  return { evaluations: evaluator.used + next, seconds };
}
