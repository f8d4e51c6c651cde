/**
 * LocalSearch: climbs from the best candidate so far by small changes in a declared space. It asks no language model.
 */

import type { Credit } from "../../graph/credit.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { hashOf } from "../../util/json.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";
import { requirePositive } from "../../util/require.ts";
import { type Rng, seeded } from "../../util/rng.ts";
import type { Algorithm, Proposal } from "../algorithm.ts";
import { Optimizer } from "../optimizer.ts";
import type { Domain } from "../space/domain.ts";
import { type Space, spaceOf } from "../space/space.ts";
import { bestOf, climbed, type LocalSearchState, type LocalSearchTrial, scored, trialOf } from "./memory.ts";
import { fitValues, type Move, nextMove, type Origin } from "./move.ts";
import { asTaken, bind, keyOf, type Names, type Ran, ranOf, type Values } from "./target.ts";

/** Options of {@link LocalSearch}. */
export interface LocalSearchOptions {
  /** The possible values by parameter name. Trainable parameters that are not named here stay as they are. */
  readonly space: Readonly<Record<string, Domain>>;
  /**
   * `hillClimbing` (default) steps from the best candidate of its climb to one that differs in one thing, and stays
   * with the first that scores higher. `annealing` steps also to equal and, at first, to worse ones (Kirkpatrick,
   * Gelatt and Vecchi 1983): for landscapes with plateaus. `random` draws each candidate anew: the control that a
   * search should beat.
   */
  readonly method?: "hillClimbing" | "annealing" | "random";
  /** After so many steps in a row without a better candidate a new climb begins somewhere. Default: 20. */
  readonly patience?: number;
  /** How likely a step tries any candidate in the place of a neighbour, 0 to 1. Default: 0.1; of annealing 0. */
  readonly restartProbability?: number;
  /**
   * How many scores a new best candidate needs before the search steps on from it; more for noisy scores. Default: 1.
   */
  readonly minRuns?: number;
  /** Of annealing: the loss of score that is accepted about once in three times at first. Default: 0.1. */
  readonly temperature?: number;
  /** Of annealing: what the temperature is multiplied by with each step. Default: 0.95. */
  readonly cooling?: number;
  /** Decides every draw. Default: 0. */
  readonly seed?: number | string;
}

export type { LocalSearchState, LocalSearchTrial } from "./memory.ts";

/** The best candidate that a local search has found. */
export interface BestFound {
  /** Its parameter values by name. */
  readonly values: { readonly [name: string]: Json };
  /** The mean of its scores. */
  readonly score: number;
  /** How many scores that is the mean of. */
  readonly runs: number;
}

type Told = Required<Omit<LocalSearchOptions, "space">>;

const name = "LocalSearch (no LLM)";

/**
 * LocalSearch as an algorithm: black-box search by the score alone, which needs no language model. It never proposes a
 * candidate twice; when one runs again all the same, its scores make a mean. The starting artifact is the first to
 * beat; when its values are not in the space, the first proposal is drawn by chance. Once the space is tried whole it
 * goes back to the best candidate and stays there. Source: hill climbing with random restarts, as in Russell and
 * Norvig, "Artificial Intelligence", chapter 4.
 * @throws TracegradError `bad-space` for a space that cannot be, `bad-option` for other settings; when it is bound,
 * `bad-space` for names that its parameters have not; and in a step `no-score` for feedback without a score.
 */
export function localSearchAlgorithm(settings: LocalSearchOptions): Algorithm<LocalSearchState> {
  const told = checked(settings);
  const space = spaceOf(settings.space);
  const spaceHash = hashOf(space.spec).slice(0, 16);
  const names: Names = new WeakMap();
  return {
    name,
    settings: { space: space.spec, ...told },
    init(parameters) {
      bind(space, parameters, names);
      const { state: rng } = seeded(told.seed);
      return { space: spaceHash, rng, steps: 0, climb: 0, failures: 0, base: null, proposed: null, tried: [] };
    },
    async propose(credit, before, { parameters, sampleKey }) {
      if (before.space !== spaceHash) throw otherSpace();
      const score = scoreOf(credit);
      const ran = ranOf(space, names, credit, parameters);
      // Chance goes by the feedback and the draw too: a search asks with one memory for several rewrites of one
      // candidate.
      const rng = seeded(
        hashOf([before.rng, score, credit.feedback.text ?? null, ...(sampleKey === undefined ? [] : [sampleKey])]),
      );
      const known = scored(before, { values: ran.values, point: space.pointOf(ran.values) }, score);
      const state = climbed(known, keyOf(ran.values), told, rng);
      const [proposal, after] = await step({ space, told, ran, state, rng });
      return [proposal, { ...after, rng: rng.state }];
    },
  };
}

/** The optimizer that {@link localSearch} makes: it also knows the best candidate it has found. */
export class LocalSearch extends Optimizer<LocalSearchState> {
  readonly #space: Space;

  /** @internal Made by {@link localSearch}. */
  constructor(target: unknown, options: LocalSearchOptions) {
    super(target, localSearchAlgorithm(options));
    this.#space = spaceOf(options.space);
  }

  /** The best candidate so far; undefined before the first step. The live values are those that are tried next. */
  get best(): BestFound | undefined {
    const found = bestOf(this.memory.tried);
    if (found === undefined) return undefined;
    const values = asTaken(valuesOf(this.#space, found), this.parameters);
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

interface Step {
  readonly space: Space;
  readonly told: Told;
  readonly ran: Ran;
  readonly state: LocalSearchState;
  readonly rng: Rng;
}

async function step(now: Step): Promise<readonly [Proposal, LocalSearchState]> {
  const { told, ran, state, rng } = now;
  if (ran.variables.length === 0) return [said(now, "The feedback reached no parameter of the space."), state];
  const base = trialOf(state, state.base);
  if (told.method !== "random" && base?.key === keyOf(ran.values) && base.runs < told.minRuns) {
    return [
      said(now, `This program is the best so far, and runs again to be sure (${base.runs} of ${told.minRuns}).`),
      state,
    ];
  }
  const space = now.space.only(ran.variables.map((variable) => variable.name));
  const isOver = state.failures >= told.patience && told.method !== "random";
  const from: Origin = isOver
    ? "restart"
    : told.method === "random" || rng.float() < told.restartProbability
      ? "jump"
      : "neighbour";
  const move = await nextMove({ space, ran, state, rng }, from);
  if (move.origin === undefined) return backToBest(now, move);
  const isAnew = move.origin === "restart";
  const after = isAnew ? { ...move.state, climb: state.climb + 1, failures: 0, base: null } : move.state;
  return [said(now, sentenceOf(move, base), move), after];
}

/** The best candidate once more, since there is nothing left to try. */
async function backToBest(now: Step, move: Move): Promise<readonly [Proposal, LocalSearchState]> {
  const best = bestOf(move.state.tried) as LocalSearchTrial;
  const { updates } = await fitValues(valuesOf(now.space, best), now.ran);
  const why = move.isWhole
    ? "The space is exhausted: every program of it has been tried."
    : "Nothing untried was found in the space; it may be exhausted.";
  const where = updates.length === 0 ? "The best one stays." : "Back to the best one.";
  return [said(now, `${why} ${where}`, { updates }), { ...move.state, proposed: null }];
}

function valuesOf(space: Space, { point, outside }: LocalSearchTrial): Values {
  return { ...outside, ...space.only(Object.keys(point)).valuesOf(point) };
}

function said({ state }: Step, sentence: string, { updates = [], refused = [] }: Partial<Proposal> = {}): Proposal {
  const best = bestOf(state.tried);
  const count = state.tried.filter(({ score }) => score !== null).length;
  const known = `Best score ${shown(best?.score)} of ${count} ${count === 1 ? "program" : "programs"}.`;
  return { updates, refused, reasoning: `${name}: ${sentence} ${known}`, exchanges: [] };
}

function sentenceOf({ origin, updates }: Move, base: LocalSearchTrial | undefined): string {
  if (updates.length === 0) return "The parameters refused every value that was drawn.";
  const names = updates.map(({ parameter }) => parameter.name).join(", ");
  if (origin === "neighbour") return `One step from the program that scored ${shown(base?.score)} (changed: ${names}).`;
  if (origin === "jump") return `A program drawn by chance (changed: ${names}).`;
  return `A new climb begins, at a program drawn by chance (changed: ${names}).`;
}

function shown(score: number | null | undefined): string {
  return score === null || score === undefined ? "–" : String(Number(score.toPrecision(6)));
}

function scoreOf({ feedback }: Credit): number {
  if (feedback.score !== undefined) return feedback.score;
  throw new TracegradError(
    "no-score",
    `${name} goes by scores, and this feedback has none. Give one, as in backward({ score: 0.5 }), to each run of a batch.`,
  );
}

function otherSpace(): TracegradError {
  return new TracegradError(
    "bad-state",
    `This memory of ${name} is of another space. Begin a new run, or declare the space as it was.`,
  );
}

const names: NamesOf<LocalSearchOptions> = {
  ...{ space: true, method: true, patience: true, restartProbability: true },
  ...{ minRuns: true, temperature: true, cooling: true, seed: true },
};

function checked(settings: LocalSearchOptions): Told {
  requireKnown("LocalSearch", settings, names);
  const { method = "hillClimbing", patience = 20, minRuns = 1, temperature = 0.1, cooling = 0.95, seed = 0 } = settings;
  const { restartProbability = method === "annealing" ? 0 : 0.1 } = settings;
  if (!["hillClimbing", "annealing", "random"].includes(method)) {
    throw new TracegradError(
      "bad-option",
      `\`method\` is "hillClimbing", "annealing" or "random"; got ${preview(method)}.`,
    );
  }
  requirePositive("patience", patience);
  requirePositive("minRuns", minRuns);
  requireWithin("restartProbability", restartProbability, 0, 1);
  requireWithin("temperature", temperature, Number.MIN_VALUE, Number.MAX_VALUE);
  requireWithin("cooling", cooling, Number.MIN_VALUE, 1);
  seeded(seed);
  return { method, patience, restartProbability, minRuns, temperature, cooling, seed };
}

function requireWithin(option: string, value: Json, least: number, most: number): void {
  if (typeof value === "number" && value >= least && value <= most) return;
  const range =
    most === Number.MAX_VALUE ? "a number above 0" : `a number from ${least === 0 ? 0 : "above 0"} to ${most}`;
  throw new TracegradError("bad-option", `\`${option}\` is ${range}; got ${preview(value)}.`);
}
