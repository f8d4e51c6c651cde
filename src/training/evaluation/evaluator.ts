/** Judges programs on examples, each once a repeat: what the journal has of an earlier process is not run again. */

import type { ParameterState } from "../../nodes/state.ts";
import { ExternalCallError } from "../../util/errors.ts";
import { atPath } from "../../util/external-call.ts";
import { mapLimited } from "../../util/limit.ts";
import type { RoundEvent } from "../events.ts";
import { keyAt, pathAt, placeOf } from "../journal/call-path.ts";
import type { RunStore } from "../journal/folder.ts";
import type { OutcomeRef } from "../loop/event-json.ts";
import type { EvaluationResult, Example, Outcome, SplitName } from "../types.ts";
import type { EvaluationCache, EvaluationKey } from "./evaluation-cache.ts";
import type { OutcomeRecord } from "./evaluation-journal.ts";
import { type Evaluation, EvaluationJournal, type KeptContents } from "./evaluation-journal.ts";
import { failureTexts, maxUnjudged, UnjudgedError, withFailures } from "./failures.ts";
import { OutcomeTable } from "./outcome-table.ts";
import { summarize, withoutTarget } from "./outcomes.ts";
import type { Runner } from "./runner.ts";

/** One run to judge: which program, on what, and which repeat of it (0 for the first). */
export interface EvaluationTask extends EvaluationKey {
  /** The values of the candidate. */
  readonly state: ParameterState;
}

/** What an evaluator works with. */
export interface EvaluatorParts {
  readonly player: Runner;
  readonly store: RunStore;
  readonly concurrency: number;
  /** What the journal holds, how many of its outcomes were known when the last round ended, and which before them were not. */
  readonly earlier: KeptContents & {
    readonly outcomes: readonly OutcomeRecord[];
    readonly known: number;
    readonly unused: NonNullable<RoundEvent["unused"]>;
  };
  /** What other runs have judged. */
  readonly shared?: EvaluationCache | undefined;
  /** The most runs to judge, those of earlier processes included. Default: no limit. */
  readonly maxRuns?: number | undefined;
  /** Called with each run that is judged, as soon as it is. */
  readonly onJudged?: ((visit: EvaluationTask, evaluation: Evaluation) => void) | undefined;
}

/** Judges programs, with a cache by content: (program, split, example, repeat). */
export class Evaluator {
  readonly #parts: EvaluatorParts;
  /** What earlier processes judged and no round has asked for. It counts as judged once it is asked for. */
  readonly #answers = new Map<string, OutcomeRecord>();
  readonly #known = new Map<string, Outcome>();
  readonly #table = new OutcomeTable();
  readonly #refs = new WeakMap<Outcome, number>();
  readonly #journal: EvaluationJournal;
  readonly #writing = new Set<Promise<void>>();
  #writeError: { readonly thrown: unknown } | undefined;
  /** How many records of outcomes the journal has. */
  #count: number;
  /** How many of those known were judged by other runs. */
  #taken = 0;
  /** How many runs were judged for a decision. */
  #deciding = 0;
  #lowest = Number.POSITIVE_INFINITY;
  /** The first runs that the judge failed on. */
  readonly #unjudged: Outcome[] = [];

  constructor(parts: EvaluatorParts) {
    this.#parts = parts;
    this.#journal = new EvaluationJournal(parts.store, parts.earlier);
    const { outcomes, known, unused } = parts.earlier;
    this.#count = outcomes.length;
    const skipped = new Set(unused.flatMap(([first, last]) => range(first, last)));
    for (const record of outcomes) {
      // What decided at an earlier end was paid for, and no round will ask for it.
      const isKnown = isOfDecision(record) || (this.#known.size < known && !skipped.has(record.n));
      if (isKnown) this.#learn(record);
      else this.#answers.set(record.key, record);
    }
  }

  /** The outcomes of earlier processes that nobody has asked for so far, by their numbers. */
  get unused(): NonNullable<RoundEvent["unused"]> {
    const ranges: [number, number][] = [];
    // In the order of the journal, as they were put in.
    for (const { n } of this.#answers.values()) {
      const last = ranges.at(-1);
      if (last?.[1] === n - 1) last[1] = n;
      else ranges.push([n, n]);
    }
    return ranges;
  }

  /** How many outcomes are known so far. */
  get size(): number {
    return this.#known.size;
  }

  /** How many runs were judged so far, in all processes of this run: the known ones, without those that others have judged. */
  get evaluations(): number {
    return this.#known.size - this.#taken;
  }

  /** Evaluations that the budget keeps for the decision at the end, those included that are judged for it already. */
  reserve = 0;

  /** How many runs were judged so far, without those for a decision. */
  get judgedInRounds(): number {
    return this.evaluations - this.#deciding;
  }

  /** How many runs of the budget are used or reserved. */
  get used(): number {
    return this.judgedInRounds + Math.max(this.reserve, this.#deciding);
  }

  /** How many runs the budget leaves, without the reserve; Infinity without a limit. */
  get left(): number {
    return Math.max(0, (this.#parts.maxRuns ?? Number.POSITIVE_INFINITY) - this.used);
  }

  /** Throws ExternalCallError `budget` when so many evaluations more would be too many. */
  requireRoom(needed: number): void {
    if (needed <= this.left) return;
    const kept = this.reserve === 0 ? "" : ` beside the ${this.reserve} that are kept for the decision at the end`;
    throw new ExternalCallError(
      "budget",
      `Scoring needs ${needed} evaluations, and ${this.left} of budget.evaluations: ${this.#parts.maxRuns} are left${kept}. Raise it.`,
    );
  }

  /** How many of these runs are still to be judged. */
  missing(visits: readonly Omit<EvaluationTask, "state">[]): number {
    const { shared } = this.#parts;
    const open = this.#openAmong(visits, visits.map(keyOf));
    return shared === undefined ? open.size : [...open.values()].filter((visit) => !shared.has(visit)).length;
  }

  /** The scores of a program on all examples, in their order. Throws ExternalCallError `budget` when that would be too many runs. */
  async evaluate(
    program: Pick<EvaluationTask, "id" | "state">,
    split: SplitName,
    examples: readonly Example[],
  ): Promise<EvaluationResult> {
    const visits = examples.map((example) => ({ ...program, split, example, repeat: 0 }));
    this.requireRoom(this.missing(visits));
    return summarize(await this.judge(visits));
  }

  /** Judges runs, of several programs at once, in their order. */
  async judge(visits: readonly EvaluationTask[]): Promise<readonly Outcome[]> {
    const keys = visits.map(keyOf);
    const open = this.#openAmong(visits, keys);
    if (open.size > 0) await mapLimited([...open], this.#parts.concurrency, ([key, visit]) => this.#judge(key, visit));
    await this.flush();
    return keys.map((key) => this.#known.get(key) as Outcome);
  }

  /** Those that are not known yet, each once. */
  #openAmong<V extends Omit<EvaluationTask, "state">>(
    visits: readonly V[],
    keys: readonly string[],
  ): ReadonlyMap<string, V> {
    const open = new Map<string, V>();
    for (const [at, visit] of visits.entries()) {
      const key = keys[at] as string;
      if (!this.#known.has(key)) open.set(key, visit);
    }
    return open;
  }

  /** The lowest score that a judge has given so far; Infinity before the first. */
  get lowest(): number {
    return this.#lowest;
  }

  /** A judge that has failed from the beginning is not worth more runs. */
  #requireJudge(): void {
    if (this.#lowest !== Number.POSITIVE_INFINITY || this.#unjudged.length < maxUnjudged) return;
    throw new UnjudgedError(failureTexts(withFailures({}, this.#unjudged))[0] ?? "");
  }

  async #judge(key: string, visit: EvaluationTask): Promise<Outcome> {
    this.#requireJudge();
    const { shared, onJudged } = this.#parts;
    const answer = this.#answers.get(key);
    if (answer !== undefined) return this.#learnAnswer(answer);
    const { evaluation, own } =
      shared === undefined ? { evaluation: await this.#play(visit), own: true } : await this.#share(visit, shared);
    onJudged?.(visit, evaluation);
    return this.#keep(key, evaluation, !own);
  }

  async #share(visit: EvaluationTask, shared: EvaluationCache): Promise<{ evaluation: Evaluation; own: boolean }> {
    let played: Evaluation | undefined;
    const { outcome, own } = await shared.outcome(visit, async () => {
      played = await this.#play(visit);
      return played.outcome;
    });
    return { evaluation: played ?? { example: visit.example, outcome, seconds: 0 }, own };
  }

  async #play({ id, split, example, state, repeat }: EvaluationTask): Promise<Evaluation> {
    const { player } = this.#parts;
    const path = pathAt({ id, split, exampleId: example.id, visit: `#${repeat}` });
    const began = performance.now();
    const { outcome, ...played } = await atPath(path, () => player.score(example, state));
    const seconds = (performance.now() - began) / 1000;
    return { example, ...played, seconds, outcome: split === "test" ? withoutTarget(outcome) : outcome };
  }

  /** Enters a training run, which was made with a trace at the given place of the loop. */
  enter(id: string, place: string, evaluation: Evaluation): void {
    const { outcome, example } = evaluation;
    const key = keyAt({ id, split: "train", exampleId: example.id, visit: `@${place}` });
    if (this.#known.has(key)) return;
    const answer = this.#answers.get(key);
    if (answer === undefined) this.#keep(key, evaluation);
    else this.#learnAnswer({ ...answer, outcome });
  }

  /** Resolves when all outcomes are durable. Throws as `RunStore.append` does when one could not be kept. */
  async flush(): Promise<void> {
    if (this.#writing.size > 0) await Promise.all(this.#writing);
    if (this.#writeError === undefined) return;
    const { thrown } = this.#writeError;
    this.#writeError = undefined;
    throw thrown;
  }

  /** What is known of a program on examples of a split: one outcome an example, the mean over its repeats. */
  known(id: string, split: SplitName, exampleIds: readonly string[]): readonly Outcome[] {
    return this.#table.known(id, split, exampleIds);
  }

  /** How many evaluations are behind `known`. */
  visits(id: string, split: SplitName): number {
    return this.#table.visits(id, split);
  }

  /** How many examples of a split a program was judged on by a first visit. */
  firsts(id: string, split: SplitName): number {
    return this.#table.firsts(id, split);
  }

  /** Where the journal holds an outcome that this evaluator has given. */
  refOf(outcome: Outcome): OutcomeRef | undefined {
    const own = this.#refs.get(outcome);
    if (own !== undefined) return own;
    const parts = this.#table.partsOf(outcome)?.map((part) => this.#refs.get(part));
    return parts === undefined || parts.includes(undefined) ? undefined : (parts as readonly number[]);
  }

  /** Writing does not hold up the next run: `flush` waits for it, and a crash loses no more than what was being written. */
  #keep(key: string, evaluation: Evaluation, isShared = false): Outcome {
    if (this.#writeError !== undefined) throw this.#writeError.thrown;
    const { outcome } = evaluation;
    const record: OutcomeRecord = { n: this.#count, key, outcome, ...(isShared ? { shared: true } : {}) };
    this.#count += 1;
    if (this.#parts.store.folder !== undefined) this.#write(record, evaluation);
    return this.#learn(record);
  }

  #write(record: OutcomeRecord, evaluation: Evaluation): void {
    const writing = this.#journal
      .append(record, evaluation)
      .catch((thrown: unknown) => {
        this.#writeError ??= { thrown };
      })
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  #learnAnswer(answer: OutcomeRecord): Outcome {
    this.#answers.delete(answer.key);
    return this.#learn(answer);
  }

  #learn({ n, key, outcome, shared }: OutcomeRecord): Outcome {
    this.#known.set(key, outcome);
    this.#refs.set(outcome, n);
    if (shared === true) this.#taken += 1;
    else if (placeOf(key).split === "decision") this.#deciding += 1;
    this.#table.add(placeOf(key), outcome);
    if (outcome.failure === undefined) this.#lowest = Math.min(this.#lowest, outcome.score ?? this.#lowest);
    if (outcome.failure?.of === "guide" && this.#unjudged.length < maxUnjudged) this.#unjudged.push(outcome);
    return outcome;
  }
}

function isOfDecision({ key }: OutcomeRecord): boolean {
  return placeOf(key).split === "decision";
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function keyOf({ id, split, example, repeat }: Omit<EvaluationTask, "state">): string {
  return keyAt({ id, split, exampleId: example.id, visit: `#${repeat}` });
}
