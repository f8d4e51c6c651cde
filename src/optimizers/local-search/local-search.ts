/** LocalSearch: climbs from the best candidate so far by small changes in a declared space, without a model. */

import type { Credit } from "../../graph/credit.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { hashOf } from "../../util/json.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";
import { requireWholeNumber } from "../../util/require.ts";
import { type Rng, seeded } from "../../util/rng.ts";
import type { Algorithm, Proposal } from "../algorithm.ts";
import { Optimizer } from "../optimizer.ts";
import type { Domain } from "../space/domain.ts";
import { type Space, spaceOf } from "../space/space.ts";
import { bestOf, chooseBase, type LocalSearchState, type LocalSearchTrial, recordScore, trialOf } from "./memory.ts";
import { fitLocalValues, type LocalMove, type MoveOrigin, nextMove } from "./move.ts";
import {
  bindSpace,
  keyOf,
  type LocalRun,
  type LocalValues,
  type ParameterNames,
  projectValues,
  runOf,
} from "./target.ts";

/** Options of {@link LocalSearch}. */
export interface LocalSearchOptions {
  /** The possible values by parameter name. Trainable parameters that are not named stay unchanged. */
  readonly space: Readonly<Record<string, Domain>>;
  /**
   * `hillClimbing` steps from the best candidate of its climb to one that differs in one thing, and moves to
   * the first that scores higher. `annealing` moves also to equal and, at first, to worse ones (Kirkpatrick, Gelatt and
   * Vecchi 1983): for landscapes with plateaus. `random` samples each candidate anew: the control that a search should
   * beat. Default: `hillClimbing`.
   */
  readonly method?: "hillClimbing" | "annealing" | "random";
  /** How many steps in a row without a better candidate start a new climb somewhere else. Default: 20. */
  readonly patience?: number;
  /** The probability that a step tries any candidate instead of a neighbour. Default: 0.1; with annealing 0. */
  readonly restartProbability?: number;
  /** How many scores a new best candidate needs before the search leaves it; more for noisy scores. Default: 1. */
  readonly minRuns?: number;
  /** Annealing: the loss of score that it accepts at first about one time in three. Default: 0.1. */
  readonly temperature?: number;
  /** Annealing: the factor of the temperature with each step. Default: 0.95. */
  readonly cooling?: number;
  /** Decides all random choices. Default: 0. */
  readonly seed?: number | string;
}

export type { LocalSearchState, LocalSearchTrial } from "./memory.ts";

/** The best candidate that a local search has found. */
export interface BestFound {
  /** Its parameter values by name. */
  readonly values: { readonly [name: string]: Json };
  /** The mean of its scores. */
  readonly score: number;
  /** How many scores the mean is of. */
  readonly runs: number;
}

type LocalSearchSettings = Required<Omit<LocalSearchOptions, "space">>;

const name = "LocalSearch (no LLM)";

/**
 * LocalSearch as an algorithm: black-box search by the score alone, without a model. It never proposes a candidate
 * twice; when one runs again, its scores make a mean. The baseline is the first to beat; when its values are not in the
 * space, the first proposal is random. Once the whole space has been tried it returns to the best candidate and stays
 * there. Source: hill climbing with random restarts, as in Russell and Norvig, "Artificial Intelligence", chapter 4.
 * @throws TracegradError `bad-space` for an invalid space, `bad-option` for another option; when it is bound,
 * `bad-space` for names that no parameter has; and in a step `no-score` for feedback without a score.
 */
export function localSearchAlgorithm(options: LocalSearchOptions): Algorithm<LocalSearchState> {
  const settings = localSearchSettings(options);
  const space = spaceOf(options.space);
  const spaceHash = hashOf(space.spec).slice(0, 16);
  const names: ParameterNames = new WeakMap();
  return {
    name,
    settings: { space: space.spec, ...settings },
    init(parameters) {
      bindSpace(space, parameters, names);
      const { state: rng } = seeded(settings.seed);
      return { space: spaceHash, rng, steps: 0, climb: 0, failures: 0, base: null, proposed: null, trials: [] };
    },
    async propose(credit, before, { parameters, sampleKey }) {
      if (before.space !== spaceHash) throw otherSpace();
      const score = scoreOf(credit);
      const run = runOf(space, names, credit, parameters);
      // The seed includes the feedback and the sample key, since a search may ask for several rewrites of one candidate
      // with one memory.
      const rng = seeded(
        hashOf([before.rng, score, credit.feedback.text ?? null, ...(sampleKey === undefined ? [] : [sampleKey])]),
      );
      const known = recordScore(before, { values: run.values, point: space.pointOf(run.values) }, score);
      const state = chooseBase(known, keyOf(run.values), settings, rng);
      const [proposal, after] = await takeStep({ space, settings, run, state, rng });
      return [proposal, { ...after, rng: rng.state }];
    },
  };
}

/** The optimizer that {@link localSearch} creates: it also has the best candidate so far. */
export class LocalSearch extends Optimizer<LocalSearchState> {
  readonly #space: Space;

  /** @internal Created by {@link localSearch}. */
  constructor(target: unknown, options: LocalSearchOptions) {
    super(target, localSearchAlgorithm(options));
    this.#space = spaceOf(options.space);
  }

  /** The best candidate so far; undefined before the first step. The live values are those of the next trial. */
  get best(): BestFound | undefined {
    const found = bestOf(this.memory.trials);
    if (found === undefined) return undefined;
    const values = projectValues(valuesOf(this.#space, found), this.parameters);
    return { values, score: found.score as number, runs: found.runs };
  }
}

/**
 * An optimizer that runs {@link localSearchAlgorithm} on a program's parameters. It needs no model.
 * @param target What holds the parameters: a model, a parameter, a traced function, an array or record of these.
 * @throws TracegradError `bad-space`, `bad-option`, `no-parameter`.
 * @example
 * const optimizer = localSearch(agent, {
 *   space: { rate: space.number({ min: 1e-4, max: 1, scale: "log" }), tone: space.choices(["kind", "dry"]) },
 * });
 */
export function localSearch(target: unknown, options: LocalSearchOptions): LocalSearch {
  return new LocalSearch(target, options);
}

interface LocalSearchStep {
  readonly space: Space;
  readonly settings: LocalSearchSettings;
  readonly run: LocalRun;
  readonly state: LocalSearchState;
  readonly rng: Rng;
}

async function takeStep(step: LocalSearchStep): Promise<readonly [Proposal, LocalSearchState]> {
  const { settings, run, state, rng } = step;
  if (run.variables.length === 0) return [proposalOf(step, "The feedback reached no parameter of the space."), state];
  const base = trialOf(state, state.base);
  if (settings.method !== "random" && base?.key === keyOf(run.values) && base.runs < settings.minRuns) {
    return [
      proposalOf(
        step,
        `This candidate is the best so far and runs again for certainty (${base.runs} of ${settings.minRuns}).`,
      ),
      state,
    ];
  }
  const space = step.space.only(run.variables.map((variable) => variable.name));
  const isOver = state.failures >= settings.patience && settings.method !== "random";
  const from: MoveOrigin = isOver
    ? "restart"
    : settings.method === "random" || rng.float() < settings.restartProbability
      ? "jump"
      : "neighbour";
  const move = await nextMove({ space, run, state, rng }, from);
  if (move.origin === undefined) return returnToBest(step, move);
  const startsOver = move.origin === "restart";
  const after = startsOver ? { ...move.state, climb: state.climb + 1, failures: 0, base: null } : move.state;
  return [proposalOf(step, sentenceOf(move, base), move), after];
}

/** The best candidate again, since there is nothing left to try. */
async function returnToBest(step: LocalSearchStep, move: LocalMove): Promise<readonly [Proposal, LocalSearchState]> {
  const best = bestOf(move.state.trials) as LocalSearchTrial;
  const { updates } = await fitLocalValues(valuesOf(step.space, best), step.run);
  const why = move.isWhole
    ? "The space is exhausted: every candidate has been tried."
    : "Nothing untried was found in the space; it may be exhausted.";
  const where = updates.length === 0 ? "The best one stays." : "Back to the best one.";
  return [proposalOf(step, `${why} ${where}`, { updates }), { ...move.state, proposed: null }];
}

function valuesOf(space: Space, { point, foreign }: LocalSearchTrial): LocalValues {
  return { ...foreign, ...space.only(Object.keys(point)).valuesOf(point) };
}

function proposalOf(
  { state }: LocalSearchStep,
  sentence: string,
  { updates = [], refused = [] }: Partial<Proposal> = {},
): Proposal {
  const best = bestOf(state.trials);
  const count = state.trials.filter(({ score }) => score !== null).length;
  const known = `Best score ${scoreText(best?.score)} of ${count} ${count === 1 ? "candidate" : "candidates"}.`;
  return { updates, refused, reasoning: `${name}: ${sentence} ${known}`, exchanges: [] };
}

function sentenceOf({ origin, updates }: LocalMove, base: LocalSearchTrial | undefined): string {
  if (updates.length === 0) return "The parameters refused every sampled value.";
  const names = updates.map(({ parameter }) => parameter.name).join(", ");
  if (origin === "neighbour")
    return `One step from the candidate that scored ${scoreText(base?.score)} (changed: ${names}).`;
  if (origin === "jump") return `A random candidate (changed: ${names}).`;
  return `A new climb begins at a random candidate (changed: ${names}).`;
}

function scoreText(score: number | null | undefined): string {
  return score === null || score === undefined ? "–" : String(Number(score.toPrecision(6)));
}

function scoreOf({ feedback }: Credit): number {
  if (feedback.score !== undefined) return feedback.score;
  throw new TracegradError(
    "no-score",
    `${name} goes by scores, but this feedback has none. Give each run of a batch one, as in backward({ score: 0.5 }).`,
  );
}

function otherSpace(): TracegradError {
  return new TracegradError(
    "bad-state",
    `This memory of ${name} belongs to another space. Start a new run, or declare the space as it was.`,
  );
}

const names: NamesOf<LocalSearchOptions> = {
  ...{ space: true, method: true, patience: true, restartProbability: true },
  ...{ minRuns: true, temperature: true, cooling: true, seed: true },
};

function localSearchSettings(options: LocalSearchOptions): LocalSearchSettings {
  requireKnown("localSearch", options, names);
  const { method = "hillClimbing", patience = 20, minRuns = 1, temperature = 0.1, cooling = 0.95, seed = 0 } = options;
  const { restartProbability = method === "annealing" ? 0 : 0.1 } = options;
  if (!["hillClimbing", "annealing", "random"].includes(method)) {
    throw new TracegradError(
      "bad-option",
      `\`method\` is "hillClimbing", "annealing" or "random"; got ${preview(method)}.`,
    );
  }
  requireWholeNumber("patience", patience);
  requireWholeNumber("minRuns", minRuns);
  requireWithin("restartProbability", restartProbability, 0, 1);
  requireWithin("temperature", temperature, Number.MIN_VALUE, Number.MAX_VALUE);
  requireWithin("cooling", cooling, Number.MIN_VALUE, 1);
  seeded(seed);
  return { method, patience, restartProbability, minRuns, temperature, cooling, seed };
}

function requireWithin(option: string, value: Json, min: number, max: number): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  const range = max === Number.MAX_VALUE ? "a number above 0" : `a number from ${min === 0 ? 0 : "above 0"} to ${max}`;
  throw new TracegradError("bad-option", `\`${option}\` is ${range}; got ${preview(value)}.`);
}
