/** The world of one round of a search: runs, judges, asks and enters programs in batches, and tells of what happened. */

import type { LanguageModel, ModelReply, ModelRequest } from "../../llm/llm.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { withParameters } from "../../nodes/runs.ts";
import { requireModel } from "../../optimizers/ask.ts";
import type { Objective } from "../../optimizers/pure/pareto.ts";
import type { Outcome } from "../../optimizers/search/outcome.ts";
import type {
  Added,
  AddRequest,
  EvaluateRequest,
  Program,
  Proposed,
  ProposeRequest,
  Rollout,
  RunRequest,
  SearchWorld,
} from "../../optimizers/search/search.ts";
import { TracegradError } from "../../util/errors.ts";
import { mapLimited } from "../../util/limit.ts";
import { atPath, inSegment } from "../../util/outside.ts";
import type { Rng } from "../../util/rng.ts";
import type { Desk } from "../desk.ts";
import { summarize } from "../outcomes.ts";
import type { Example, Split } from "../types.ts";
import type { Duels } from "./duels.ts";
import { entered } from "./entered.ts";
import { namedParameters } from "./names.ts";
import type { Pool } from "./pool.ts";
import { Proposals } from "./proposals.ts";

/** What a round works with. */
export interface RoundParts {
  readonly desk: Desk;
  readonly pool: Pool;
  readonly duels: Duels;
  /** From 1. */
  readonly round: number;
  readonly rng: Rng;
}

/** See {@link SearchWorld}. */
export class RoundWorld implements SearchWorld {
  readonly round: number;
  readonly rng: Rng;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly #parts: RoundParts;
  readonly #proposals: Proposals;
  #batches = 0;
  #busy = false;

  constructor(parts: RoundParts) {
    this.#parts = parts;
    this.round = parts.round;
    this.rng = parts.rng;
    this.parameters = namedParameters(parts.desk.parts.options.optimizer.parameters);
    this.#proposals = new Proposals(parts, this.parameters);
  }

  get train(): readonly string[] {
    return this.#data.train.map(({ id }) => id);
  }

  get validation(): readonly string[] {
    return this.#data.validation.map(({ id }) => id);
  }

  get names(): readonly string[] {
    return [...this.parameters.keys()];
  }

  get objectives(): readonly Objective[] {
    return this.#parts.desk.parts.options.objectives ?? [];
  }

  get llm(): LanguageModel | undefined {
    return this.#parts.desk.parts.options.optimizer.llm;
  }

  get metricCallsLeft(): number {
    const most = this.#parts.desk.parts.options.budget?.metricCalls;
    return most === undefined ? Number.POSITIVE_INFINITY : Math.max(0, most - this.#parts.desk.metricCalls);
  }

  get #data() {
    return this.#parts.desk.parts.options.data;
  }

  example(id: string): { readonly input: unknown; readonly target: unknown } {
    const [{ input, target }] = this.#examples("train", [id]) as [Example];
    return { input, target };
  }

  programs(): readonly Program[] {
    return this.#parts.pool.candidates;
  }

  program(id: string): Program {
    return this.#parts.pool.get(id);
  }

  known(program: string, split: "train" | "validation"): readonly Outcome[] {
    const { evaluator } = this.#parts.desk;
    return this.#data[split]
      .map(({ id }) => evaluator.known(program, split, id).outcome)
      .filter((outcome) => outcome !== undefined);
  }

  visits(program: string, split: "train" | "validation"): number {
    const { evaluator } = this.#parts.desk;
    return this.#data[split].reduce((sum, { id }) => sum + evaluator.known(program, split, id).visits, 0);
  }

  run(requests: readonly RunRequest[]): Promise<readonly (readonly Rollout[])[]> {
    return this.#batch(async (place) => {
      const runs = requests.map(({ program, examples }) =>
        this.#examples("train", examples).map((example) => ({ program, example })),
      );
      const distinct = new Map(runs.flat().map((run) => [`${run.program} ${run.example.id}`, run]));
      this.#parts.desk.requireMetricCalls(distinct.size);
      const rollouts = await this.#play(place, distinct);
      return runs.map((several) =>
        several.map(({ program, example }) => rollouts.get(`${program} ${example.id}`) as Rollout),
      );
    });
  }

  async #play(
    place: string,
    runs: ReadonlyMap<string, { readonly program: string; readonly example: Example }>,
  ): Promise<ReadonlyMap<string, Rollout>> {
    const { desk, pool, round } = this.#parts;
    const keys = [...runs.values()].map(({ program, example }) => `${program} ${inSegment(example.id)}`);
    const played = await mapLimited([...runs.values()], desk.concurrency, async ({ program, example }, index) => {
      const { validation } = pool.get(program);
      const { outcome, experiences } = await atPath(`${place}/run ${keys[index]}`, () =>
        withParameters(pool.stateOf(program), () => desk.player.rollout(example, validation)),
      );
      return { program, outcome, experiences };
    });
    const rollouts = new Map<string, Rollout>();
    const names = [...runs.keys()];
    for (const [index, rollout] of played.entries()) {
      const { program: candidate, outcome } = rollout;
      await desk.evaluator.enter(candidate, place.slice("round ".length), outcome);
      await desk.parts.tell(`${place}/run ${keys[index]}`, { type: "rollout", step: round, outcome, candidate });
      rollouts.set(names[index] as string, rollout);
    }
    return rollouts;
  }

  evaluate(requests: readonly EvaluateRequest[]): Promise<readonly (readonly Outcome[])[]> {
    return this.#batch(async () => {
      const { desk, pool } = this.#parts;
      const visits = requests.map(({ program, split = "validation", examples, visit = 0 }) => {
        const state = pool.stateOf(program);
        return this.#examples(split, examples).map((example) => ({ id: program, state, split, example, visit }));
      });
      desk.requireMetricCalls(desk.evaluator.missing(visits.flat()));
      const outcomes = await desk.evaluator.judge(visits.flat());
      for (const id of new Set(requests.map(({ program }) => program))) await this.#note(id);
      let at = 0;
      return visits.map(({ length }) => outcomes.slice(at, (at += length)));
    });
  }

  /** Notes and tells the validation score of a program, once its first visits cover all validation examples. */
  async #note(id: string): Promise<void> {
    const { desk, pool, round: step } = this.#parts;
    const split = "validation";
    const firsts = this.#data.validation.map((example) => ({ id, split, example, visit: 0 }) as const);
    // Minibatches that happen to cover all examples are no judgement of the whole: who wants one asks for it.
    if (desk.evaluator.missing(firsts) > 0) return;
    const outcomes = this.known(id, split);
    const visits = this.visits(id, "validation");
    if (pool.get(id).validation !== undefined && visits === outcomes.length) return;
    const result = summarize(outcomes);
    pool.note(id, result);
    const key = `evaluation/${id}/${visits}`;
    await desk.parts.tell(key, { type: "evaluation", step, split, candidate: id, result });
  }

  propose(requests: readonly ProposeRequest[]): Promise<readonly Proposed[]> {
    return this.#batch((place) => this.#proposals.propose(place, requests));
  }

  add(requests: readonly AddRequest[]): Promise<readonly Added[]> {
    return this.#batch((place) => entered(this.#parts, this.parameters, { place, requests }));
  }

  ask(requests: readonly ModelRequest[]): Promise<readonly ModelReply[]> {
    return this.#batch((place) => {
      const { desk } = this.#parts;
      const { search, signal } = desk.parts.options;
      const llm = requireModel(this.llm, search?.name ?? "This search");
      return mapLimited(requests, desk.concurrency, (request, index) =>
        atPath(`${place}/proposal ${index + 1}`, () => llm.generate(request, signal === undefined ? {} : { signal })),
      );
    });
  }

  accepts(challenger: string, incumbent: string): Promise<boolean> {
    return this.#batch(async () => {
      const accepted = await this.#parts.duels.settle(challenger, incumbent);
      for (const id of [challenger, incumbent]) await this.#note(id);
      return accepted;
    });
  }

  async warn(message: string): Promise<void> {
    await this.#parts.desk.parts.tell(`warning/${message}`, { type: "warning", message });
  }

  #examples(split: Split & ("train" | "validation"), ids: readonly string[] | undefined): readonly Example[] {
    const all = this.#data[split];
    if (ids === undefined) return all;
    const byId = new Map(all.map((example) => [example.id, example]));
    return ids.map((id) => {
      const example = byId.get(id);
      if (example !== undefined) return example;
      throw new TracegradError("unknown-example", `There is no ${split} example "${id}".`);
    });
  }

  /** Numbers the batches, and refuses one while another is under way: their order must not depend on timing. */
  async #batch<T>(work: (place: string) => Promise<T>): Promise<T> {
    if (this.#busy) {
      throw new TracegradError(
        "search-overlap",
        "A search gave a batch of work while another was under way. Await the first one, or give both in one batch.",
      );
    }
    this.#busy = true;
    this.#batches += 1;
    try {
      return await work(`round ${this.round}/batch ${this.#batches}`);
    } finally {
      this.#busy = false;
    }
  }
}
