/**
 * What a search works with in a round: runs, evaluates, asks for and enters candidates in batches, and records it all.
 */

import type { ModelReply, ModelRequest } from "../../llm/llm.ts";
import { requireModel } from "../../optimizers/prompt/ask.ts";
import type { Outcome } from "../../optimizers/search/outcome.ts";
import { rankOutcomes } from "../../optimizers/search/ranked.ts";
import type {
  AddRequest,
  AddResult,
  Candidate,
  EvaluateRequest,
  ProposeResult,
  Rollout,
  RolloutRequest,
  SearchContext,
  SearchSetup,
} from "../../optimizers/search/search.ts";
import { TracegradError } from "../../util/errors.ts";
import { requestForRun } from "../../util/external-call.ts";
import { mapLimited } from "../../util/limit.ts";
import { type Rng, seeded } from "../../util/rng.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { type Failures, failureTexts, withFailures } from "../evaluation/failures.ts";
import { summarize } from "../evaluation/outcomes.ts";
import type { Runner } from "../evaluation/runner.ts";
import { isPerfect } from "../guides/max-score.ts";
import type { RunLog } from "../loop/run-log.ts";
import type { Example } from "../types.ts";
import { addCandidates } from "./add-candidates.ts";
import type { CandidatePool } from "./pool.ts";
import { asProposal, type BatchPlace, type LearningRequest, type Proposals } from "./proposals.ts";
import { makeRollouts } from "./rollouts.ts";

/** The examples of a split, in order and by id. */
export interface ExampleSet {
  readonly examples: readonly Example[];
  readonly byId: ReadonlyMap<string, Example>;
  readonly ids: readonly string[];
}

/** A list of examples, indexed by id. */
export function exampleSet(examples: readonly Example[]): ExampleSet {
  return { examples, byId: new Map(examples.map((one) => [one.id, one])), ids: examples.map(({ id }) => id) };
}

/** What the rounds of a run share. */
export interface RoundParts {
  /** The name of the search, for errors and for the seeds of its rounds. */
  readonly name: string;
  readonly setup: SearchSetup;
  readonly train: ExampleSet;
  readonly validation: ExampleSet;
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly runner: Runner;
  readonly evaluator: Evaluator;
  readonly proposals: Proposals;
  readonly concurrency: number;
  /** The score that leaves nothing to improve; undefined where it is not known. */
  readonly maxScore: number | undefined;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** What a search works with in one round; the loop also reads `mastered` from it. */
export type RoundContext = RoundWork & SearchContext;

/** The context of a round. Rounds count from 1. */
export function roundContext(parts: RoundParts, round: number): RoundContext {
  return Object.assign(new RoundWork(parts, round), parts.setup);
}

/** Everything in a {@link SearchContext} that is not known before the search begins. */
class RoundWork implements Omit<SearchContext, keyof SearchSetup> {
  readonly round: number;
  readonly rng: Rng;
  readonly maxScore: number | undefined;
  readonly #parts: RoundParts;
  #batches = 0;
  #busy = false;
  /** Failures on minibatches of this round. */
  #failures: Failures = {};
  /** Ids of the training examples that ran, as long as every rollout had the highest score. */
  #perfect: string[] | undefined = [];

  constructor(parts: RoundParts, round: number) {
    this.#parts = parts;
    this.round = round;
    this.rng = seeded(`${parts.seed}/${parts.name}/${round}`);
    this.maxScore = parts.maxScore;
  }

  /**
   * The training examples that ran in this round when every rollout had the highest score; undefined when there was
   * something to learn.
   */
  get mastered(): readonly string[] | undefined {
    return this.#perfect?.length === 0 ? undefined : this.#perfect;
  }

  get evaluationsLeft(): number {
    return this.#parts.evaluator.left;
  }

  requireBudget(evaluations: number): void {
    this.#parts.evaluator.requireRoom(evaluations);
  }

  example(id: string): { readonly input: unknown; readonly target: unknown } {
    const [{ input, target }] = this.#examples("train", [id]) as [Example];
    return { input, target };
  }

  candidates(): readonly Candidate[] {
    return this.#parts.pool.candidates;
  }

  candidate(id: string): Candidate {
    return this.#parts.pool.get(id);
  }

  knownOutcomes(candidate: string, split: "train" | "validation"): readonly Outcome[] {
    return this.#rank(this.#parts.evaluator.known(candidate, split, this.#parts[split].ids));
  }

  /** Outcomes as they compete: a failed program is below every judged output, whatever the sign of the scores. */
  #rank(outcomes: readonly Outcome[]): readonly Outcome[] {
    return rankOutcomes(outcomes, this.#parts.evaluator.lowest);
  }

  evaluationCount(candidate: string, split: "train" | "validation"): number {
    return this.#parts.evaluator.evaluationCount(candidate, split);
  }

  run(requests: readonly RolloutRequest[]): Promise<readonly (readonly Rollout[])[]> {
    return this.#batch(async (place) => {
      const tasks = requests.map(({ candidate, examples }) =>
        this.#examples("train", examples).map((example) => ({ candidate, example })),
      );
      const rollouts = await makeRollouts(this.#parts, place, tasks.flat());
      const outcomes = await this.note(rollouts.map(({ outcome }) => outcome));
      const competing = rollouts.map((rollout, index) => ({ ...rollout, outcome: outcomes[index] as Outcome }));
      return inGroups(competing, tasks);
    });
  }

  evaluate(requests: readonly EvaluateRequest[]): Promise<readonly (readonly Outcome[])[]> {
    return this.#batch(async () => {
      const { evaluator, pool } = this.#parts;
      const tasks = requests.map(({ candidate: id, split = "validation", examples, repeat = 0 }) => {
        const state = pool.stateOf(id);
        return this.#examples(split, examples).map((example) => ({ id, state, split, example, repeat }));
      });
      evaluator.requireRoom(evaluator.missing(tasks.flat()));
      const outcomes = await evaluator.judge(tasks.flat());
      await this.#reportFailures(outcomes);
      for (const id of new Set(requests.map(({ candidate }) => candidate))) await this.#recordScore(id);
      return inGroups(this.#rank(outcomes), tasks);
    });
  }

  /**
   * Takes note of the outcomes of rollouts, and gives them as they compete. `isWhole` is false for parts of episodes,
   * which have no highest score.
   */
  async note(given: readonly Outcome[], isWhole = true): Promise<readonly Outcome[]> {
    const isDone = isWhole && given.every((outcome) => isPerfect(outcome, this.maxScore));
    this.#perfect = isDone ? this.#perfect?.concat(given.map(({ exampleId }) => exampleId)) : undefined;
    const outcomes = this.#rank(given);
    if (isWhole) await this.#warnOfHigher(outcomes);
    return outcomes;
  }

  async #warnOfHigher(outcomes: readonly Outcome[]): Promise<void> {
    const { maxScore = Number.POSITIVE_INFINITY, log } = this.#parts;
    const problem = `Runs with the score ${maxScore} count as perfect (\`maxScore\`)`;
    // One example is enough.
    if (log.progress.warnings.some((text) => text.startsWith(problem))) return;
    const higher = outcomes.find(({ score }) => score !== undefined && score > maxScore);
    if (higher === undefined) return;
    await log.warn(
      `${problem}, but example "${higher.exampleId}" has ${higher.score}. ` +
        "Give train a larger `maxScore`, or Infinity where there is no highest score.",
    );
  }

  /** Evaluations of minibatches are not events of the run, but their failures are reported. */
  async #reportFailures(outcomes: readonly Outcome[]): Promise<void> {
    const known = { ...this.#failures, ...this.#parts.log.progress.failures };
    this.#failures = withFailures(known, outcomes);
    if (this.#failures !== known) for (const text of failureTexts(this.#failures)) await this.warn(text);
  }

  /** Records the validation score of a candidate once it has been scored on all validation examples. */
  async #recordScore(id: string): Promise<void> {
    const { evaluator, pool, validation, log } = this.#parts;
    const split = "validation";
    // Repeats of minibatches that happen to cover all examples are not a score: a search that wants one asks for it.
    if (evaluator.scoredCount(id, split) < validation.ids.length) return;
    const outcomes = evaluator.known(id, split, validation.ids);
    if (pool.get(id).validation !== undefined && evaluator.evaluationCount(id, split) === outcomes.length) return;
    const result = summarize(outcomes);
    await log.record({ type: "evaluation", step: this.round, split, candidate: id, result });
  }

  propose(requests: readonly LearningRequest[]): Promise<readonly ProposeResult[]> {
    return this.#batch((place) => {
      // A candidate that the budget cannot evaluate is not worth its price.
      this.#parts.evaluator.requireRoom(requests.length === 0 ? 0 : 1);
      return this.#parts.proposals.propose(place, requests);
    });
  }

  add(requests: readonly AddRequest[]): Promise<readonly AddResult[]> {
    const { log, pool, setup } = this.#parts;
    return this.#batch(() => addCandidates({ log, pool, parameters: setup.parameters }, this.round, requests));
  }

  ask(requests: readonly ModelRequest[]): Promise<readonly ModelReply[]> {
    return this.#batch(({ path }) => {
      const { name, concurrency, signal, setup } = this.#parts;
      const llm = requireModel(setup.llm, name);
      return mapLimited(requests, concurrency, (request, index) =>
        asProposal(`${path}/proposal ${index + 1}`, () =>
          llm.generate(requestForRun(request), signal === undefined ? {} : { signal }),
        ),
      );
    });
  }

  warn(message: string): Promise<void> {
    return this.#parts.log.warn(message);
  }

  #examples(split: "train" | "validation", ids: readonly string[] | undefined): readonly Example[] {
    const { examples, byId } = this.#parts[split];
    if (ids === undefined) return examples;
    return ids.map((id) => {
      const example = byId.get(id);
      if (example !== undefined) return example;
      throw new TracegradError("unknown-example", `There is no ${split} example "${id}".`);
    });
  }

  /** Numbers the batches, and refuses a batch while another is running: their order must not depend on timing. */
  async #batch<T>(work: (place: BatchPlace) => Promise<T>): Promise<T> {
    if (this.#busy) {
      throw new TracegradError(
        "search-overlap",
        "A search started a batch of work while another was running. Await the first one, or put both in one batch.",
      );
    }
    this.#busy = true;
    this.#batches += 1;
    try {
      return await work({ path: `round ${this.round}/batch ${this.#batches}`, round: this.round });
    } finally {
      this.#busy = false;
    }
  }
}

/** The items, in groups as long as `groups`. */
function inGroups<T>(items: readonly T[], groups: readonly (readonly unknown[])[]): readonly (readonly T[])[] {
  let at = 0;
  return groups.map(({ length }) => items.slice(at, (at += length)));
}
