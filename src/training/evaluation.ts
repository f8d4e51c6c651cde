/** Scores of candidates on examples, each judged once a visit: what the journal has of an earlier process is not run again. */

import type { ParameterState } from "../nodes/state.ts";
import type { Json } from "../util/decode.ts";
import { mapLimited } from "../util/limit.ts";
import { atPath, inSegment } from "../util/outside.ts";
import { mean } from "../util/statistics.ts";
import type { EvaluationCache } from "./evaluation-cache.ts";
import type { RunStore } from "./journal/folder.ts";
import { summarize } from "./outcomes.ts";
import type { Player } from "./player.ts";
import type { EvaluationResult, Example, Outcome, Split } from "./types.ts";

/** A candidate to score: its values, and the hash of them. */
export interface Scored {
  readonly id: string;
  readonly state: ParameterState;
}

/** One run to judge: which program, on what, and for the how-manieth time (0 for the first). */
export interface Visit extends Scored {
  readonly split: Split;
  readonly example: Example;
  readonly visit: number;
}

/** What an evaluator works with. */
export interface EvaluatorParts {
  readonly player: Player;
  readonly store: RunStore;
  readonly concurrency: number;
  /** How many outcomes of the journal are known from the start: those before the checkpoint. */
  readonly known: number;
  /** What other runs have judged. */
  readonly shared?: EvaluationCache | undefined;
}

/** An outcome as the journal keeps it. */
interface Entry {
  readonly key: string;
  readonly outcome: Outcome;
  /** Whether another run has judged it. */
  readonly shared?: boolean;
}

/** Scores candidates, with a cache by content: (candidate, split, example, visit). */
export class Evaluator {
  readonly #parts: EvaluatorParts;
  /** What earlier processes judged after the last checkpoint. It counts as judged once it is asked for again. */
  readonly #answers = new Map<string, Entry>();
  readonly #known = new Map<string, Outcome>();
  /** The visits by (candidate, split, example), then by visit. */
  readonly #visits = new Map<string, Map<string, Outcome>>();
  /** How many of those known were judged by other runs. */
  #taken = 0;

  constructor(parts: EvaluatorParts) {
    this.#parts = parts;
    for (const record of parts.store.records()) {
      if (record.type !== "outcome") continue;
      const entry = record.data as unknown as Entry;
      if (this.#known.size < parts.known) this.#learn(entry);
      else this.#answers.set(entry.key, entry);
    }
  }

  /** How many outcomes are known so far. */
  get size(): number {
    return this.#known.size;
  }

  /** How many runs were judged so far, in all processes of this run: the known ones, without those that others have judged. */
  get judged(): number {
    return this.#known.size - this.#taken;
  }

  /** How many of these runs are still to be judged. */
  missing(visits: readonly Omit<Visit, "state">[]): number {
    const { shared } = this.#parts;
    const open = visits.filter((visit) => !this.#known.has(keyOf(visit)) && shared?.has(visit) !== true);
    return new Set(open.map(keyOf)).size;
  }

  /** The scores of a candidate on all examples, in their order. */
  async evaluate({ id, state }: Scored, split: Split, examples: readonly Example[]): Promise<EvaluationResult> {
    return summarize(await this.judge(examples.map((example) => ({ id, state, split, example, visit: 0 }))));
  }

  /** Judges runs, of several candidates at once, in their order. */
  async judge(visits: readonly Visit[]): Promise<readonly Outcome[]> {
    const { concurrency } = this.#parts;
    const underWay = new Map<string, Promise<Outcome>>();
    return mapLimited(visits, concurrency, async (visit) => {
      const key = keyOf(visit);
      const outcome = this.#known.get(key) ?? underWay.get(key) ?? this.#judge(key, visit);
      if (outcome instanceof Promise) underWay.set(key, outcome);
      return outcome;
    });
  }

  async #judge(key: string, visit: Visit): Promise<Outcome> {
    const { player, shared } = this.#parts;
    const { example, state } = visit;
    const path = keyOf({ ...visit, example: { ...example, id: inSegment(example.id) } });
    const play = () => atPath(`candidate ${path}`, () => player.score(example, state));
    const answer = this.#answers.get(key);
    if (answer !== undefined) return this.#learn(answer);
    const { outcome, own } =
      shared === undefined ? { outcome: await play(), own: true } : await shared.outcome(visit, play);
    return this.#keep({ key, outcome, ...(own ? {} : { shared: true }) });
  }

  /** Enters the outcome of a run that was made with a trace, at the given place of a search. */
  async enter(id: string, place: string, outcome: Outcome): Promise<void> {
    const key = `${baseOf(id, "train", outcome.exampleId)}@${place}`;
    if (this.#known.has(key)) return;
    if (this.#answers.has(key)) this.#learn({ key, outcome });
    else await this.#keep({ key, outcome });
  }

  /** How many times the run of a candidate on an example was judged, and what is known of it: the mean over its visits. */
  known(
    id: string,
    split: Split,
    exampleId: string,
  ): { readonly visits: number; readonly outcome: Outcome | undefined } {
    const visits = this.#visits.get(baseOf(id, split, exampleId));
    if (visits === undefined) return { visits: 0, outcome: undefined };
    // By name, so that the sum does not depend on which run was over first.
    const outcomes = [...visits].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, outcome]) => outcome);
    return { visits: outcomes.length, outcome: pooled(outcomes) };
  }

  async #keep(entry: Entry): Promise<Outcome> {
    await this.#parts.store.append("outcome", entry as unknown as Json);
    return this.#learn(entry);
  }

  #learn({ key, outcome, shared }: Entry): Outcome {
    this.#known.set(key, outcome);
    if (shared === true) this.#taken += 1;
    const at = Math.max(key.lastIndexOf("#"), key.lastIndexOf("@"));
    const [base, visit] = [key.slice(0, at), key.slice(at)];
    const visits = this.#visits.get(base);
    if (visits === undefined) this.#visits.set(base, new Map([[visit, outcome]]));
    else visits.set(visit, outcome);
    return outcome;
  }
}

function pooled(outcomes: readonly Outcome[]): Outcome | undefined {
  const [first, ...others] = outcomes;
  if (first === undefined || others.length === 0) return first;
  const scored = outcomes.filter((outcome) => outcome.score !== undefined);
  const best = scored[0] ?? first;
  if (scored.length === 0) return best;
  const names = Object.keys(best.objectives ?? {});
  const meanOf = (of: (outcome: Outcome) => number | undefined) =>
    mean(scored.map(of).filter((value) => value !== undefined));
  const objectives = Object.fromEntries(names.map((name) => [name, meanOf((outcome) => outcome.objectives?.[name])]));
  return { ...best, score: meanOf(({ score }) => score), ...(names.length === 0 ? {} : { objectives }) };
}

function baseOf(id: string, split: Split, exampleId: string): string {
  return `${id}/${split}/${exampleId}`;
}

function keyOf({ id, split, example, visit }: Omit<Visit, "state">): string {
  return `${baseOf(id, split, example.id)}#${visit}`;
}
