/**
 * What a round of the loop works with: runs, judges, asks and enters candidates in batches, and records what happened.
 */

import type { LanguageModel, ModelReply, ModelRequest } from "../../llm/llm.ts";
import type { Objective } from "../../math/pareto.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { requireModel } from "../../optimizers/prompt/ask.ts";
import type { Outcome } from "../../optimizers/search/outcome.ts";
import { rankOutcomes } from "../../optimizers/search/ranked.ts";
import type {
  AddRequest,
  AddResult,
  Candidate,
  EvaluateRequest,
  ProposeRequest,
  ProposeResult,
  Rollout,
  RolloutRequest,
  SearchContext,
  SearchSetup,
} from "../../optimizers/search/search.ts";
import { TracegradError } from "../../util/errors.ts";
import { asAsked, atPath } from "../../util/external-call.ts";
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
import type { BatchPlace, Proposals } from "./proposals.ts";
import { makeRollouts } from "./rollouts.ts";

/** Examples of a split, as they are, by id, and their ids. */
export interface ExampleSet {
  readonly examples: readonly Example[];
  readonly byId: ReadonlyMap<string, Example>;
  readonly ids: readonly string[];
}

/** A list of examples, ready to be looked up. */
export function exampleSet(examples: readonly Example[]): ExampleSet {
  return { examples, byId: new Map(examples.map((one) => [one.id, one])), ids: examples.map(({ id }) => id) };
}

/** What the rounds of a run share. */
export interface RoundParts {
  /** The name of the search, for errors and for the seed of its rounds. */
  readonly name: string;
  readonly setup: SearchSetup;
  readonly train: ExampleSet;
  readonly validation: ExampleSet;
  readonly log: RunLog;
  readonly pool: CandidatePool;
  readonly player: Runner;
  readonly evaluator: Evaluator;
  readonly proposals: Proposals;
  readonly concurrency: number;
  /** The score that leaves nothing to improve, where one is known. */
  readonly maxScore: number | undefined;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** See {@link SearchContext}. */
export class RoundContext implements SearchContext {
  readonly round: number;
  readonly rng: Rng;
  readonly #parts: RoundParts;
  #batches = 0;
  #busy = false;
  /** What failed on minibatches of this round. */
  #failures: Failures = {};
  /** The training examples that were run, as long as all had the highest score. */
  #perfect: string[] | undefined = [];

  /** @param round From 1. */
  constructor(parts: RoundParts, round: number) {
    this.#parts = parts;
    this.round = round;
    this.rng = seeded(`${parts.seed}/${parts.name}/${round}`);
  }

  get train(): readonly string[] {
    return this.#parts.train.ids;
  }

  get validation(): readonly string[] {
    return this.#parts.validation.ids;
  }

  get names(): readonly string[] {
    return this.#parts.setup.names;
  }

  get parameters(): ReadonlyMap<string, Parameter> {
    return this.#parts.setup.parameters;
  }

  get objectives(): readonly Objective[] {
    return this.#parts.setup.objectives;
  }

  get maxScore(): number | undefined {
    return this.#parts.maxScore;
  }

  /**
   * The training examples that were run in this round, when all runs had the highest score; undefined when there was
   * something to learn.
   */
  get mastered(): readonly string[] | undefined {
    return this.#perfect?.length === 0 ? undefined : this.#perfect;
  }

  get llm(): LanguageModel | undefined {
    return this.#parts.setup.llm;
  }

  get evaluationsLeft(): number {
    return this.#parts.evaluator.left;
  }

  requireBudget(runs: number): void {
    this.#parts.evaluator.requireRoom(runs);
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

  /** Outcomes as they compete: a failed run stands below all that were judged, whatever the sign of the scores. */
  #rank(outcomes: readonly Outcome[]): readonly Outcome[] {
    return rankOutcomes(outcomes, this.#parts.evaluator.lowest);
  }

  evaluationCount(candidate: string, split: "train" | "validation"): number {
    return this.#parts.evaluator.visits(candidate, split);
  }

  run(requests: readonly RolloutRequest[]): Promise<readonly (readonly Rollout[])[]> {
    return this.#batch(async (place) => {
      const runs = requests.map(({ candidate, examples }) =>
        this.#examples("train", examples).map((example) => ({ candidate, example })),
      );
      const rollouts = await makeRollouts(this.#parts, place, runs.flat());
      const isDone = rollouts.every(({ outcome }) => isPerfect(outcome, this.maxScore));
      this.#perfect = isDone ? this.#perfect?.concat(runs.flat().map(({ example }) => example.id)) : undefined;
      const outcomes = this.#rank(rollouts.map(({ outcome }) => outcome));
      await this.#warnOfHigher(outcomes);
      const competing = rollouts.map((rollout, index) => ({ ...rollout, outcome: outcomes[index] as Outcome }));
      return inGroups(competing, runs);
    });
  }

  evaluate(requests: readonly EvaluateRequest[]): Promise<readonly (readonly Outcome[])[]> {
    return this.#batch(async () => {
      const { evaluator, pool } = this.#parts;
      const visits = requests.map(({ candidate, split = "validation", examples, repeat = 0 }) => {
        const state = pool.stateOf(candidate);
        return this.#examples(split, examples).map((example) => ({
          id: candidate,
          state,
          split,
          example,
          repeat,
        }));
      });
      evaluator.requireRoom(evaluator.missing(visits.flat()));
      const outcomes = await evaluator.judge(visits.flat());
      await this.#reportFailures(outcomes);
      for (const id of new Set(requests.map(({ candidate }) => candidate))) await this.#noteScore(id);
      return inGroups(this.#rank(outcomes), visits);
    });
  }

  async #warnOfHigher(outcomes: readonly Outcome[]): Promise<void> {
    const { maxScore = Number.POSITIVE_INFINITY, log } = this.#parts;
    const problem = `Runs with the score ${maxScore} count as perfect (\`maxScore\`)`;
    // One example says it for all.
    if (log.progress.warnings.some((text) => text.startsWith(problem))) return;
    const higher = outcomes.find(({ score }) => score !== undefined && score > maxScore);
    if (higher === undefined) return;
    await this.warn(
      `${problem}, but example "${higher.exampleId}" has ${higher.score}. ` +
        "Give train a larger `maxScore`, or Infinity where there is no highest score.",
    );
  }

  /** Minibatches are no event of the run, but what failed on them is told. */
  async #reportFailures(outcomes: readonly Outcome[]): Promise<void> {
    const known = { ...this.#failures, ...this.#parts.log.progress.failures };
    this.#failures = withFailures(known, outcomes);
    if (this.#failures !== known) for (const text of failureTexts(this.#failures)) await this.warn(text);
  }

  /** Records the validation score of a candidate, once its first visits cover all validation examples. */
  async #noteScore(id: string): Promise<void> {
    const { evaluator, pool, validation, log } = this.#parts;
    const split = "validation";
    // Minibatches that happen to cover all examples are no judgement of the whole: who wants one asks for it.
    if (evaluator.firsts(id, split) < validation.ids.length) return;
    const outcomes = evaluator.known(id, split, validation.ids);
    if (pool.get(id).validation !== undefined && evaluator.visits(id, split) === outcomes.length) return;
    const result = summarize(outcomes);
    await log.record({ type: "evaluation", step: this.round, split, candidate: id, result });
  }

  propose(requests: readonly ProposeRequest[]): Promise<readonly ProposeResult[]> {
    return this.#batch((place) => {
      // A candidate that the budget cannot score any more is not worth its price.
      this.#parts.evaluator.requireRoom(requests.length === 0 ? 0 : 1);
      return this.#parts.proposals.propose(place, requests);
    });
  }

  add(requests: readonly AddRequest[]): Promise<readonly AddResult[]> {
    const { log, pool } = this.#parts;
    return this.#batch(() => addCandidates({ log, pool, parameters: this.parameters }, this.round, requests));
  }

  ask(requests: readonly ModelRequest[]): Promise<readonly ModelReply[]> {
    return this.#batch(({ path }) => {
      const { name, concurrency, signal } = this.#parts;
      const llm = requireModel(this.llm, name);
      return mapLimited(requests, concurrency, (request, index) =>
        atPath(`${path}/proposal ${index + 1}`, () =>
          llm.generate(asAsked(request), signal === undefined ? {} : { signal }),
        ),
      );
    });
  }

  async warn(message: string): Promise<void> {
    const { log } = this.#parts;
    if (!log.progress.warnings.includes(message)) await log.record({ type: "warning", message });
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

  /** Numbers the batches, and refuses one while another is under way: their order must not depend on timing. */
  async #batch<T>(work: (place: BatchPlace) => Promise<T>): Promise<T> {
    if (this.#busy) {
      throw new TracegradError(
        "search-overlap",
        "A search gave a batch of work while another was under way. Await the first one, or give both in one batch.",
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
