/**
 * Scores a program on data in one call, by the parts that `train` scores with: a table of evaluations, and no training.
 */

import { ParameterState } from "../nodes/state.ts";
import { groupBy } from "../util/collections.ts";
import type { Json } from "../util/decode.ts";
import { TracegradError } from "../util/errors.ts";
import { intercepted } from "../util/external-call.ts";
import { requirePositive } from "../util/require.ts";
import type { EvaluateArguments, Known, RowOf } from "./arguments.ts";
import { datasetHash } from "./data/hash.ts";
import { examplesOf, type InputOf, type TargetOf } from "./data/rows.ts";
import type { EvaluateOptions, EvaluationRow, EvaluationTable } from "./evaluate-types.ts";
import type { Evaluation } from "./evaluation/evaluation-journal.ts";
import { EvaluationFold, type EvaluationRecord } from "./evaluation/evaluation-record.ts";
import { type EvaluationTask, Evaluator } from "./evaluation/evaluator.ts";
import { pooled, summarize } from "./evaluation/outcomes.ts";
import { runnerOf } from "./evaluation/runner.ts";
import { type Judged, programOf } from "./identity/program.ts";
import { type Calls, journaledCalls } from "./journal/calls.ts";
import { openRun, type RunStore } from "./journal/folder.ts";
import { Redaction } from "./journal/redaction.ts";
import { readJournal } from "./journal/repair.ts";
import { requirePrices } from "./journal/require-prices.ts";
import { checkEvaluateNames } from "./known-options.ts";
import { JournalFold } from "./loop/journal-fold.ts";
import { candidateId } from "./loop/progress.ts";
import { RunLog } from "./loop/run-log.ts";
import { defaultConcurrency } from "./options.ts";
import type { Example, Spent } from "./types.ts";

/** The data are no part of a training run: nothing in them is sealed. */
const split = "validation";

/**
 * Runs a program on each row and has it judged; gives a table with a row a run. The program runs on its live values,
 * and never changes them. Trainable code runs in the sandbox, as in `train`, so that scores compare.
 *
 * With a `folder` the evaluation is durable: kill it at any point, run the same command again, and it goes on, paying
 * again at most for the model calls that were under way. A folder belongs to the values of the program, its text, the
 * judge and the data.
 * @throws TracegradError `bad-option` and `bad-row` for options and rows that cannot be; ExternalCallError `no-price`
 * under a budget of dollars when the guide asks a model without a price, and ExternalCallError when the world outside
 * fails, such as a provider. A spent budget and a cancelled `signal` end the table early instead: see `reason`.
 * @example
 * const table = await evaluate({ agent: solver.solve, data: await loadJsonl("gsm8k.jsonl"), guide: exactMatch() });
 * console.log(evaluationText(table));
 */
export async function evaluate<D, O = never, I = Known<InputOf<RowOf<D>>>, K = Known<TargetOf<RowOf<D>>>, A = I>(
  options: EvaluateArguments<D, I, O, K, A>,
): Promise<EvaluationTable<NoInfer<I>, O, NoInfer<K>>> {
  const given = options as unknown as EvaluateOptions<unknown>;
  const { folder, acceptChanges = false } = given;
  check(given);
  const shared = new Set<string>();
  const examples = distinct(examplesOf(given.data, given, shared));
  const { text, parameters } = programOf(given as Judged);
  const state = ParameterState.of(parameters);
  const redaction = Redaction.over(given, examples, state.values);
  const fold = new EvaluationFold();
  const store = await openRun(folder, courseOf(given, { state, examples }), {
    program: text,
    acceptChanges,
    redact: redaction?.json,
    onRecord: (record) => fold.add(record),
  });
  try {
    const run = await EvaluationRun.begin({ options: given, redaction, store, fold, state, examples }, [...shared]);
    return (await run.table()) as EvaluationTable<NoInfer<I>, O, NoInfer<K>>;
  } catch (thrown) {
    throw redaction === undefined ? thrown : redaction.error(thrown);
  } finally {
    await store.close();
  }
}

function check(options: EvaluateOptions<unknown>): void {
  checkEvaluateNames(options);
  const { agent, guide, environment, data, concurrency = defaultConcurrency, repeats = 1 } = options;
  if ((agent !== undefined && guide !== undefined) === (environment !== undefined)) {
    throw new TracegradError("bad-option", "Give either an `agent` and a `guide`, or an `environment`.");
  }
  requirePositive("concurrency", concurrency);
  requirePositive("repeats", repeats);
  requirePrices(options);
  if (Array.isArray(data) && data.length > 0) return;
  throw new TracegradError(
    "bad-option",
    "`data` is an array of rows, at least one. Of a split give a part, such as `data.validation` or `data.test.read()`.",
  );
}

function distinct(examples: readonly Example[]): readonly Example[] {
  const seen = new Set<string>();
  for (const { id } of examples) {
    if (seen.has(id)) {
      const advice = "Fix the rows, or give `id: (row, index) => …` with ids of their own.";
      throw new TracegradError("bad-row", `Two rows have the id ${JSON.stringify(id)}. ${advice}`);
    }
    seen.add(id);
  }
  return examples;
}

/** What is evaluated. */
interface Subject {
  readonly state: ParameterState;
  readonly examples: readonly Example[];
}

/** All that decides the scores beside the text of the program: a folder belongs to it. More repeats may be added. */
function courseOf(options: EvaluateOptions<unknown>, { state, examples }: Subject): Json {
  const { environment, failureScore = 0 } = options;
  const { maxSteps, scoredSteps } = environment ?? {};
  return {
    kind: "evaluation",
    version: 1,
    program: candidateId(state.values),
    data: datasetHash(examples).slice(0, 16),
    failureScore,
    ...(environment === undefined ? {} : { environment: { maxSteps, scoredSteps } as Json }),
  };
}

interface RunParts extends Subject {
  readonly options: EvaluateOptions<unknown>;
  readonly redaction: Redaction | undefined;
  readonly store: RunStore;
  /** Given each record of the run. */
  readonly fold: EvaluationFold;
}

class EvaluationRun {
  readonly #parts: RunParts;
  readonly #id: string;
  readonly #visits: readonly EvaluationTask[];
  readonly #calls: Calls;
  readonly #evaluator: Evaluator;
  readonly #log: RunLog;
  readonly #warnings: string[];
  /** What this process has judged, and what earlier ones have. */
  readonly #judged = new Map<EvaluationTask, Evaluation>();
  readonly #earlier: ReadonlyMap<string, EvaluationRecord>;

  /** `shared` are the types of objects in the data that a program could change. */
  static async begin(parts: RunParts, shared: readonly string[]): Promise<EvaluationRun> {
    const { store, fold, options, state } = parts;
    const past = new JournalFold();
    for (const record of store.takePast()) past.add(record);
    if (store.resumed) for await (const record of readJournal(store.folder as string)) fold.add(record);
    const { prices } = options;
    if (prices !== undefined) await store.append("prices", { ...prices } as unknown as Json);
    // Before the first run, so that all of them run in the sandbox.
    for (const { code } of state.parameters) await code?.load();
    const warnings = shared.map((type) => `The data hold objects of ${type}, which a program could change.`);
    return new EvaluationRun(parts, past, [...store.notes, ...warnings]);
  }

  private constructor(parts: RunParts, past: JournalFold, warnings: string[]) {
    const { options, redaction, store, fold, state, examples } = parts;
    const { concurrency = defaultConcurrency, budget = {}, prices, repeats = 1 } = options;
    this.#parts = parts;
    this.#warnings = warnings;
    this.#id = candidateId(state.values);
    const onWarning = (message: string): void => void this.#warnings.push(message);
    this.#calls = journaledCalls(store, {
      concurrency,
      budget,
      onWarning,
      ...(prices === undefined ? {} : { prices }),
    });
    const player = runnerOf({ ...options, optimizer: state });
    this.#evaluator = new Evaluator({
      player: redaction?.player(player) ?? player,
      store,
      concurrency,
      earlier: {
        outcomes: past.outcomes,
        examples: past.examples,
        texts: past.texts,
        known: past.outcomes.length,
        unused: [],
      },
      maxRuns: budget.evaluations,
      onJudged: (visit, evaluation) => this.#judged.set(visit, evaluation),
    });
    this.#earlier = new Map(fold.list().map((record) => [`${record.repeat} ${record.example}`, record]));
    const refOf = (outcome: Parameters<Evaluator["refOf"]>[0]) => this.#evaluator.refOf(outcome);
    this.#log = new RunLog({ store, listener: () => undefined, refOf, redaction, earlier: undefined });
    this.#visits = Array.from({ length: repeats }, (_, repeat) =>
      examples.map((example) => ({ id: this.#id, state, split, example, repeat }) as const),
    ).flat();
  }

  async table(): Promise<EvaluationTable> {
    const { options, store, state, examples } = this.#parts;
    const values = state.values;
    const spec = { name: options.agent?.name, kind: "evaluation" };
    await this.#log.record(
      { type: "start", runId: this.#id, resumedAt: undefined, spec, warnings: this.#warnings },
      { type: "candidate", step: 0, candidate: { id: this.#id, step: 0, values, parents: [], origin: "start" } },
    );
    const reason = await this.#judge();
    const ids = examples.map(({ id }) => id);
    const result = summarize(this.#evaluator.known(this.#id, split, ids));
    const spent: Spent = { ...this.#calls.spent(), evaluations: this.#evaluator.evaluations };
    await this.#log.record(
      { type: "evaluation", step: 0, split, candidate: this.#id, result },
      { type: "end", reason, spent },
    );
    await store.flush();
    const rows = this.#visits.flatMap((visit) => this.#rowOf(visit) ?? []);
    const failures = rows.filter(({ error }) => error !== undefined).length;
    return { rows, ...meanOf(rows), failures, spent, reason, warnings: this.#warnings };
  }

  /** Makes the runs; says whether that was all of them. */
  async #judge(): Promise<EvaluationTable["reason"]> {
    const open = this.#visits.filter((visit) => this.#evaluator.missing([visit]) > 0);
    const affordable = open.slice(0, this.#evaluator.left);
    try {
      await this.#within(() => this.#evaluator.judge(affordable));
      return affordable.length < open.length ? "budget" : "done";
    } catch (error) {
      if (this.#parts.options.signal?.aborted === true) return "aborted";
      if ((error as { readonly code?: unknown } | null)?.code === "budget") return "budget";
      throw error;
    } finally {
      await this.#evaluator.flush();
    }
  }

  /** With what stands between the runs and the world: the journal, and who sees no secrets. */
  #within<T>(work: () => Promise<T>): Promise<T> {
    const { redaction } = this.#parts;
    const { intercept } = this.#calls;
    return intercepted(redaction?.calls(intercept) ?? intercept, work);
  }

  /** Undefined for a run that was not made. */
  #rowOf(visit: EvaluationTask): EvaluationRow | undefined {
    const { example, repeat } = visit;
    const { id, input, target } = example;
    const now = this.#judged.get(visit);
    if (now === undefined) {
      const earlier = this.#earlier.get(`${repeat} ${id}`);
      if (earlier === undefined) return undefined;
      const { output, score, text, objectives, error, calls, seconds } = earlier;
      return { id, repeat, input, output, target, score, text, objectives, error, calls, seconds };
    }
    const { score, feedback: text, objectives, failure: error } = now.outcome;
    const calls = this.#parts.fold.callsOf({ id: this.#id, split, exampleId: id, visit: `#${repeat}` });
    const judged = { score, text, objectives, error, calls, seconds: now.seconds };
    return { id, repeat, input, output: now.output, target, ...judged };
  }
}

/** By example: repeats of one are no further evidence. Failed runs count as in the scores of `train`. */
function meanOf(rows: readonly EvaluationRow[]): Pick<EvaluationTable, "mean" | "standardError" | "interval"> {
  const outcomes = rows.map(({ id, score, text, error }) => ({ exampleId: id, score, feedback: text, failure: error }));
  const byExample = groupBy(outcomes, ({ exampleId }) => exampleId);
  const {
    outcomes: _,
    failures: __,
    ...rest
  } = summarize([...byExample.values()].flatMap((repeats) => pooled(repeats) ?? []));
  return rest;
}
