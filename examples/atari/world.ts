/** A game as an environment to train in: episodes, lives and rewards as in the paper's scripts. */

import { ExternalCallError, TracegradError } from "tracegrad";
import type { Environment, Transition } from "tracegrad/environments";
import type { Bridge, Seen } from "./bridge.ts";
import { seedChance } from "./chance.ts";
import type { Game } from "./game.ts";

const NOOP = 0;
const FIRE = 1;

/** Seeds of evaluation episodes are this far beyond a multiple of `seedsOfTrial`: the k-th one is this plus k. */
const firstEvaluation = 1_000;
const seedsOfTrial = 10_000;

/** The seeds of a trial's training episodes, one for each step, and of its evaluation. */
export function seedsFor(game: Game, trial: number) {
  const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index + 1);
  const first = trial * seedsOfTrial;
  return { train: range(first, 100), validation: range(first + firstEvaluation, game.evaluation.episodes) };
}

/** The life whose rewards count in the episode of a seed, from 1, and the seed of its game. */
function lifeOf(game: Game, seed: number): { life: number; gameSeed: number } {
  const evaluation = (seed % seedsOfTrial) - firstEvaluation;
  if (!game.playsOn || evaluation < 1) return { life: 1, gameSeed: seed };
  return { life: evaluation, gameSeed: seed - evaluation };
}

/**
 * One game. Where an episode ends with a life and the evaluation plays on (Asterix), the k-th evaluation episode is the
 * k-th life of a game: the lives before it are played, too, and their rewards do not count.
 */
export class AtariWorld<O> implements Environment<O, number> {
  readonly doc: string;
  readonly #game: Game<O>;
  readonly #bridge: Bridge;
  readonly #world: number;
  #shown: Seen | undefined;
  #life = 1;
  #countedLife = 1;

  constructor(game: Game<O>, bridge: Bridge, world = 0) {
    this.doc = game.stepDoc;
    this.#game = game;
    this.#bridge = bridge;
    this.#world = world;
  }

  async reset(seed: number): Promise<O> {
    const { life, gameSeed } = lifeOf(this.#game as Game, seed);
    seedChance(gameSeed);
    this.#countedLife = life;
    this.#life = 1;
    const shown = await this.#bridge.reset(this.#world, this.#game.rom, gameSeed);
    // Nothing has moved yet; OCAtari takes the way from the corner of the screen for a move.
    this.#shown = { ...shown, objects: shown.objects.map(([name, x, y, w, h]) => [name, x, y, w, h, 0, 0]) };
    if (this.#game.needsFire) await this.#play([FIRE]);
    return this.#begin();
  }

  async step(action: number): Promise<Transition<O>> {
    const { lives, actions } = this.#now();
    if (!Number.isInteger(action) || action < 0 || action >= actions) {
      const text = `The actions of ${this.#game.title} are the whole numbers from 0 to ${actions - 1}, got ${action}.`;
      throw new TracegradError("bad-action", text);
    }
    const shown = await this.#play([action]);
    const reward = this.#life === this.#countedLife ? (shown.reward ?? 0) : 0;
    const isLost = this.#game.endsWithLife && shown.lives < lives;
    if (shown.done || !isLost) return { observation: this.#game.observe(shown), reward, done: shown.done };
    if (this.#life === this.#countedLife) return { observation: this.#game.observe(shown), reward, done: true };
    this.#life++;
    await this.#play(this.#game.needsFire ? [NOOP, FIRE] : [NOOP]);
    return { observation: this.#begin(), reward, done: this.#now().done };
  }

  /** What is seen at the beginning of a life: no step of the agent has led to it. */
  #begin(): O {
    return this.#game.observe({ ...this.#now(), reward: null });
  }

  async #play(actions: readonly number[]): Promise<Seen> {
    const all = await this.#bridge.step(this.#world, actions);
    this.#shown = all.at(-1);
    return this.#now();
  }

  #now(): Seen {
    if (this.#shown) return this.#shown;
    throw new ExternalCallError("no-world", "The game has not begun: call reset() before the first step.");
  }
}
