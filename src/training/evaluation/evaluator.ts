/**
 * Evaluates candidates on examples, each repeat once: what the journal has from an earlier process is not run again.
 */

import type { ParameterState } from "../../nodes/state.ts";
import { ExternalCallError } from "../../util/errors.ts";
import { atPath } from "../../util/external-call.ts";
import { mapLimited } from "../../util/limit.ts";
import { observed } from "../../util/observe.ts";
import type { RoundEvent } from "../events.ts";
import { evaluationKey, evaluationPath, parseEvaluationKey, repeatSuffix } from "../journal/call-path.ts";
import type { RunStore } from "../journal/folder.ts";
import type { OutcomeRef } from "../loop/event-json.ts";
import type { EvaluationResult, Example, Outcome, SplitName } from "../types.ts";
import type { EvaluationCache, EvaluationKey } from "./evaluation-cache.ts";
import { type Evaluation, EvaluationJournal, type OutcomeRecord, type StoredContents } from "./evaluation-journal.ts";
import { failureTexts, maxUnjudged, UnjudgedError, withFailures } from "./failures.ts";
import { OutcomeTable } from "./outcome-table.ts";
import { summarize, withoutTarget } from "./outcomes.ts";
import type { Runner } from "./runner.ts";
import { type EarlierOutcomes, sortEarlier, type UnusedOutcomes } from "./unused-outcomes.ts";

/** An evaluation to make. */
export interface EvaluationTask extends EvaluationKey {
  /** The values of the candidate. */
  readonly state: ParameterState;
}

/** What an evaluator works with. */
export interface EvaluatorParts {
  readonly runner: Runner;
  readonly store: RunStore;
  readonly concurrency: number;
  /** What the journal holds. */
  readonly earlier: StoredContents & EarlierOutcomes;
  /** What other runs have evaluated. */
  readonly shared?: EvaluationCache | undefined;
  /** The maximum number of evaluations, including those of earlier processes. Default: no limit. */
  readonly maxEvaluations?: number | undefined;
  /** Called with each new evaluation as soon as it is made. */
  readonly onEvaluation?: ((task: EvaluationTask, evaluation: Evaluation) => void) | undefined;
}

/** Evaluates candidates, with a cache by content: (candidate, split, example, repeat). */
export class Evaluator {
  readonly #parts: EvaluatorParts;
  /** What earlier processes evaluated and no round has used. It counts as an evaluation once it is used. */
  readonly #unused: UnusedOutcomes;
  readonly #known = new Map<string, Outcome>();
  readonly #table = new OutcomeTable();
  readonly #refs = new WeakMap<Outcome, number>();
  readonly #journal: EvaluationJournal;
  readonly #writing = new Set<Promise<void>>();
  #writeError: { readonly thrown: unknown } | undefined;
  /** The number of outcome records in the journal. */
  #count: number;
  /** The number of known outcomes that other runs made. */
  #fromOthers = 0;
  /** The number of evaluations for a decision. */
  #deciding = 0;
  #lowest = Number.POSITIVE_INFINITY;
  /** The first outcomes that the judge failed on. */
  readonly #unjudged: Outcome[] = [];

  constructor(parts: EvaluatorParts) {
    this.#parts = parts;
    this.#journal = new EvaluationJournal(parts.store, parts.earlier);
    this.#count = parts.earlier.outcomes.length;
    const { known, unused } = sortEarlier(parts.earlier);
    this.#unused = unused;
    for (const record of known) this.#learn(record);
  }

  /** The outcomes of earlier processes that no round has used, by their numbers. */
  get unused(): NonNullable<RoundEvent["unused"]> {
    return this.#unused.ranges();
  }

  /** The number of known outcomes. */
  get size(): number {
    return this.#known.size;
  }

  /** Episodes that have begun and go on in a later round: evaluations without an outcome so far. */
  underWay = 0;

  /** The number of evaluations so far, in all processes of this run, without those that other runs made. */
  get evaluations(): number {
    return this.#known.size - this.#fromOthers + this.underWay;
  }

  /** Evaluations that the budget reserves for the decision at the end, including those made for it already. */
  reserve = 0;

  /** The number of evaluations so far, without those for a decision. */
  get evaluationsInRounds(): number {
    return this.evaluations - this.#deciding;
  }

  /** The number of evaluations of the budget that are used or reserved. */
  get used(): number {
    return this.evaluationsInRounds + Math.max(this.reserve, this.#deciding);
  }

  /** The number of evaluations that the budget leaves, without the reserve; Infinity without a limit. */
  get left(): number {
    return Math.max(0, (this.#parts.maxEvaluations ?? Number.POSITIVE_INFINITY) - this.used);
  }

  /** Throws ExternalCallError `budget` when the budget does not leave this many evaluations. */
  requireRoom(needed: number): void {
    if (needed <= this.left) return;
    const reserved = this.reserve === 0 ? "" : `, besides the ${this.reserve} reserved for the decision at the end`;
    throw new ExternalCallError(
      "budget",
      `${needed} more evaluations are needed, but budget.evaluations: ${this.#parts.maxEvaluations} leaves ` +
        `${this.left}${reserved}. Raise it.`,
    );
  }

  /** How many of these evaluations have not been made. */
  missing(tasks: readonly EvaluationKey[]): number {
    return this.open(tasks).length;
  }

  /** Those of these evaluations that have not been made, each once. */
  open<T extends EvaluationKey>(tasks: readonly T[]): readonly T[] {
    const { shared } = this.#parts;
    const open = [...this.#openAmong(tasks, tasks.map(keyOf)).values()];
    return shared === undefined ? open : open.filter((task) => !shared.has(task));
  }

  /** The scores of a candidate on all examples, in their order. Throws ExternalCallError `budget` without any run. */
  async evaluate(
    candidate: Pick<EvaluationTask, "id" | "state">,
    split: SplitName,
    examples: readonly Example[],
  ): Promise<EvaluationResult> {
    const tasks = examples.map((example) => ({ ...candidate, split, example, repeat: 0 }));
    this.requireRoom(this.missing(tasks));
    return summarize(await this.judge(tasks));
  }

  /** Makes evaluations, of several candidates at once, and gives the outcomes in their order. */
  async judge(tasks: readonly EvaluationTask[]): Promise<readonly Outcome[]> {
    const keys = tasks.map(keyOf);
    const open = this.#openAmong(tasks, keys);
    if (open.size > 0) await mapLimited([...open], this.#parts.concurrency, ([key, task]) => this.#judge(key, task));
    await this.flush();
    return keys.map((key) => this.#known.get(key) as Outcome);
  }

  /** The tasks whose outcomes are not known, each once. */
  #openAmong<T extends EvaluationKey>(tasks: readonly T[], keys: readonly string[]): ReadonlyMap<string, T> {
    const open = new Map<string, T>();
    for (const [index, task] of tasks.entries()) {
      const key = keys[index] as string;
      if (!this.#known.has(key)) open.set(key, task);
    }
    return open;
  }

  /** The lowest score that the judge has given; Infinity before the first. */
  get lowest(): number {
    return this.#lowest;
  }

  /** A judge that has failed on everything is not worth more runs. */
  #requireJudge(): void {
    if (this.#lowest !== Number.POSITIVE_INFINITY || this.#unjudged.length < maxUnjudged) return;
    throw new UnjudgedError(failureTexts(withFailures({}, this.#unjudged))[0] ?? "");
  }

  async #judge(key: string, task: EvaluationTask): Promise<Outcome> {
    this.#requireJudge();
    const { shared, onEvaluation } = this.#parts;
    const earlier = this.#unused.take(key);
    if (earlier !== undefined) return this.#learn(earlier);
    const { evaluation, own } =
      shared === undefined ? { evaluation: await this.#run(task), own: true } : await this.#share(task, shared);
    onEvaluation?.(task, evaluation);
    return this.#store(key, evaluation, !own);
  }

  async #share(task: EvaluationTask, shared: EvaluationCache): Promise<{ evaluation: Evaluation; own: boolean }> {
    let evaluation: Evaluation | undefined;
    const { outcome, own } = await shared.outcome(task, async () => {
      evaluation = await this.#run(task);
      return evaluation.outcome;
    });
    return { evaluation: evaluation ?? { example: task.example, outcome, seconds: 0 }, own };
  }

  async #run({ id, split, example, state, repeat }: EvaluationTask): Promise<Evaluation> {
    const { runner } = this.#parts;
    const path = evaluationPath({ id, split, exampleId: example.id, suffix: repeatSuffix(repeat) });
    const began = performance.now();
    const work = { kind: "evaluation", candidate: id, split, example } as const;
    const { outcome, ...rest } = await atPath(path, () => observed(work, () => runner.score(example, state)));
    const seconds = (performance.now() - began) / 1000;
    return { example, ...rest, seconds, outcome: split === "test" ? withoutTarget(outcome) : outcome };
  }

  /** Enters a rollout, which was made with a trace at the given place of the loop, such as `3/batch 1` or `3/pass`. */
  enter(id: string, place: string, evaluation: Evaluation): void {
    const { outcome, example } = evaluation;
    const key = evaluationKey({ id, split: "train", exampleId: example.id, suffix: `@${place}` });
    if (this.#known.has(key)) return;
    const earlier = this.#unused.take(key);
    if (earlier === undefined) this.#store(key, evaluation);
    else this.#learn({ ...earlier, outcome });
  }

  /** Resolves when all outcomes are durable. Throws as `RunStore.append` does when one could not be written. */
  async flush(): Promise<void> {
    if (this.#writing.size > 0) await Promise.all(this.#writing);
    if (this.#writeError === undefined) return;
    const { thrown } = this.#writeError;
    this.#writeError = undefined;
    throw thrown;
  }

  /** The known outcomes of a candidate on examples of a split: one per example, the mean over its repeats. */
  known(id: string, split: SplitName, exampleIds: readonly string[]): readonly Outcome[] {
    return this.#table.known(id, split, exampleIds);
  }

  /** The number of evaluations behind `known`. */
  evaluationCount(id: string, split: SplitName): number {
    return this.#table.evaluationCount(id, split);
  }

  /** The number of examples of a split on which a candidate was scored (repeat 0). */
  scoredCount(id: string, split: SplitName): number {
    return this.#table.scoredCount(id, split);
  }

  /** Where the journal holds an outcome of this evaluator. */
  refOf(outcome: Outcome): OutcomeRef | undefined {
    const own = this.#refs.get(outcome);
    if (own !== undefined) return own;
    const parts = this.#table.partsOf(outcome)?.map((part) => this.#refs.get(part));
    return parts === undefined || parts.includes(undefined) ? undefined : (parts as readonly number[]);
  }

  /** Does not wait for the disk, so that the next run can begin: `flush` waits, and a crash loses only this write. */
  #store(key: string, evaluation: Evaluation, isShared = false): Outcome {
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

  #learn({ n, key, outcome, shared }: OutcomeRecord): Outcome {
    const name = parseEvaluationKey(key);
    this.#known.set(key, outcome);
    this.#refs.set(outcome, n);
    if (shared === true) this.#fromOthers += 1;
    else if (name.split === "decision") this.#deciding += 1;
    this.#table.add(name, outcome);
    if (outcome.failure === undefined) this.#lowest = Math.min(this.#lowest, outcome.score ?? this.#lowest);
    if (outcome.failure?.of === "guide" && this.#unjudged.length < maxUnjudged) this.#unjudged.push(outcome);
    return outcome;
  }
}

function keyOf({ id, split, example, repeat }: EvaluationKey): string {
  return evaluationKey({ id, split, exampleId: example.id, suffix: repeatSuffix(repeat) });
}
