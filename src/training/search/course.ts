/** The course of a search: its rounds over the pool of programs, and which program leads after each. */

import type { Search } from "../../optimizers/search/search.ts";
import type { Json } from "../../util/decode.ts";
import { seeded } from "../../util/rng.ts";
import type { Course } from "../course.ts";
import type { Desk } from "../desk.ts";
import { acceptanceOf } from "../options.ts";
import { type Progress, type SearchProgress, selectionScore } from "../progress.ts";
import type { Candidate } from "../types.ts";
import { Duels } from "./duels.ts";
import { Pool } from "./pool.ts";
import { RoundWorld } from "./world.ts";

/** Follows a search. The live values stay those of the starting artifact until the run ends. */
export class SearchCourse implements Course {
  readonly #desk: Desk;
  readonly #search: Search;
  #pool: Pool | undefined;

  constructor(desk: Desk, search: Search) {
    this.#desk = desk;
    this.#search = search;
  }

  get done(): boolean {
    return this.#desk.progress.search?.done ?? false;
  }

  async first(): Promise<void> {
    await this.#desk.evaluateCurrent();
    const { candidates } = this.#desk.progress;
    const state = this.#search.init(candidates[0] as Candidate);
    const search = { state, done: false, memories: {}, verdicts: {}, weighed: [] };
    this.#desk.progress = { ...this.#desk.progress, search };
  }

  async round(): Promise<void> {
    const desk = this.#desk;
    const { search, steps, candidates } = desk.progress as Progress & { readonly search: SearchProgress };
    const round = steps + 1;
    const pool = new Pool(desk.progress, desk.parts.options.optimizer.parameters);
    this.#pool = pool;
    const duels = new Duels(desk, pool, search);
    const rng = seeded(`${desk.parts.options.seed ?? 0}/${this.#search.name}/${round}`);
    const world = new RoundWorld({ desk, pool, duels, round, rng });
    const { state, done = false } = await this.#search.round(copied(search.state), world);
    const best = await duels.leader(desk.progress.best, desk.parts.selection);
    const before = desk.progress.best;
    this.#pool = undefined;
    desk.progress = {
      ...desk.progress,
      steps: round,
      countedSteps: round,
      candidates: pool.candidates,
      best,
      sinceBest: best === before ? desk.progress.sinceBest + 1 : 0,
      emptySteps: pool.candidates.length === candidates.length ? desk.progress.emptySteps + 1 : 0,
      search: { state: copied(state), done, ...remembered(pool, duels) },
    };
    await desk.tellBest(before);
    await desk.parts.tell(`spent/round ${round}`, { type: "spent", spent: desk.spent });
  }

  closingWords(): readonly string[] {
    const { progress, best, parts } = this.#desk;
    const scores = progress.candidates.map((candidate) => selectionScore(candidate, parts.selection) ?? -Infinity);
    const top = scores.indexOf(Math.max(...scores));
    const [highest, chosen] = [scores[top], scores[progress.best]] as [number, number];
    if (!(highest > chosen)) return [];
    const { id, step } = progress.candidates[top] as Candidate;
    const rule = acceptanceOf(parts.options)?.name;
    return [
      `Program ${id} of round ${step} scored ${figure(highest)} on the validation examples, the chosen ${best.id} ` +
        `${figure(chosen)}; by ${rule} that is no proof, so it was not chosen. More validation examples would tell.`,
    ];
  }

  /** Keeps the programs and scores of a round that a budget or the caller has cut short. */
  async salvage(): Promise<void> {
    const pool = this.#pool;
    if (pool === undefined) return;
    this.#pool = undefined;
    const { progress, parts } = this.#desk;
    const duels = new Duels(this.#desk, pool, progress.search as SearchProgress);
    const best = duels.leaderKnown(progress.best, parts.selection);
    this.#desk.progress = { ...progress, candidates: pool.candidates, best };
    await this.#desk.tellBest(progress.best);
  }
}

function remembered({ memories }: Pool, { verdicts, weighed }: Duels): Omit<SearchProgress, "state" | "done"> {
  return { memories, verdicts, weighed };
}

function figure(score: number): string {
  return String(Number(score.toPrecision(4)));
}

/** Through JSON: a state that would not survive a checkpoint shows at once. */
function copied(state: Json): Json {
  return JSON.parse(JSON.stringify(state)) as Json;
}
