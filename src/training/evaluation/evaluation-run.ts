/** One run of `evaluate`: makes the evaluations that its folder does not have, and gives them as a table. */

import type { ParameterState } from "../../nodes/state.ts";
import type { Json } from "../../util/decode.ts";
import { intercepted } from "../../util/external-call.ts";
import { observed } from "../../util/observe.ts";
import type { EvaluateOptions, EvaluationRow, EvaluationTable } from "../evaluate-types.ts";
import type { Execution } from "../execution/execution.ts";
import { repeatSuffix } from "../journal/call-path.ts";
import { type Calls, journaledCalls } from "../journal/calls.ts";
import type { RunStore } from "../journal/folder.ts";
import type { Redaction } from "../journal/redaction.ts";
import { readJournal } from "../journal/repair.ts";
import { JournalFold } from "../loop/journal-fold.ts";
import { candidateId } from "../loop/progress.ts";
import { RunLog } from "../loop/run-log.ts";
import { concurrencyOf } from "../options.ts";
import type { Example, Spent } from "../types.ts";
import type { Evaluation } from "./evaluation-journal.ts";
import type { EvaluationFold, EvaluationRecord } from "./evaluation-record.ts";
import { type EvaluationTask, Evaluator } from "./evaluator.ts";
import { poolByExample, summarize } from "./outcomes.ts";
import { runnerOf } from "./runner.ts";

/** The data do not belong to a training run: nothing in them is sealed. */
const split = "validation";

/** What is evaluated. */
export interface EvaluationSubject {
  readonly state: ParameterState;
  readonly examples: readonly Example[];
}

/** What a run works with. */
export interface EvaluationRunParts extends EvaluationSubject {
  readonly options: EvaluateOptions<unknown>;
  readonly redaction: Redaction | undefined;
  readonly store: RunStore;
  readonly execution: Execution;
  /** Receives each record of the run. */
  readonly fold: EvaluationFold;
}

/** See the head of the file. */
export class EvaluationRun {
  readonly #parts: EvaluationRunParts;
  readonly #id: string;
  readonly #tasks: readonly EvaluationTask[];
  readonly #calls: Calls;
  readonly #evaluator: Evaluator;
  readonly #log: RunLog;
  readonly #warnings: string[];
  /** The evaluations of this process, and those of earlier ones. */
  readonly #current = new Map<EvaluationTask, Evaluation>();
  readonly #earlier: ReadonlyMap<string, EvaluationRecord>;

  /** `warnings` are what people should know already; more may be added while it runs. */
  static async begin(parts: EvaluationRunParts, warnings: string[]): Promise<EvaluationRun> {
    const { store, fold, options, state } = parts;
    const past = new JournalFold();
    for (const record of store.takePast()) past.add(record);
    if (store.resumed) for await (const record of readJournal(store.folder as string)) fold.add(record);
    const { prices } = options;
    if (prices !== undefined) await store.append("prices", { ...prices } as unknown as Json);
    // Before the first run, so that all of them run in the sandbox.
    for (const { code } of state.parameters) await code?.load();
    warnings.unshift(...store.notes);
    return new EvaluationRun(parts, past, warnings);
  }

  private constructor(parts: EvaluationRunParts, past: JournalFold, warnings: string[]) {
    const { options, redaction, store, fold, state, examples, execution } = parts;
    const { budget = {}, prices, repeats = 1 } = options;
    const concurrency = concurrencyOf(options);
    this.#parts = parts;
    this.#warnings = warnings;
    this.#id = candidateId(state.values);
    const onWarning = (message: string): void => void this.#warnings.push(message);
    const priced = prices === undefined ? {} : { prices };
    this.#calls = journaledCalls(store, { concurrency, budget, onWarning, ...priced });
    const runner = execution.runner(runnerOf({ ...options, optimizer: state }));
    const { outcomes, examples: contents, texts } = past;
    this.#evaluator = new Evaluator({
      runner: redaction?.runner(runner) ?? runner,
      store,
      concurrency,
      earlier: { outcomes, examples: contents, texts, known: outcomes.length, unused: [] },
      maxEvaluations: budget.evaluations,
      onEvaluation: (task, evaluation) => this.#current.set(task, evaluation),
    });
    this.#earlier = new Map(fold.list().map((record) => [`${record.repeat} ${record.example}`, record]));
    const refOf = (outcome: Parameters<Evaluator["refOf"]>[0]) => this.#evaluator.refOf(outcome);
    this.#log = new RunLog({ store, listener: () => undefined, refOf, redaction, earlier: undefined });
    this.#tasks = Array.from({ length: repeats }, (_, repeat) =>
      examples.map((example) => ({ id: this.#id, state, split, example, repeat }) as const),
    ).flat();
  }

  /** Makes the evaluations, records the result, and gives the table. */
  async table(): Promise<EvaluationTable> {
    const { options, store, state, examples } = this.#parts;
    const { values } = state;
    const spec = { name: options.agent?.name, kind: "evaluation" };
    const candidate = { id: this.#id, step: 0, values, parents: [], origin: "baseline" };
    await this.#log.record(
      { type: "start", runId: this.#id, resumedAt: undefined, spec, warnings: this.#warnings },
      { type: "candidate", step: 0, candidate },
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
    const rows = this.#tasks.flatMap((task) => this.#rowOf(task) ?? []);
    const failures = rows.filter(({ error }) => error !== undefined).length;
    return { rows, ...meanOf(rows), failures, spent, reason, warnings: this.#warnings };
  }

  /** Makes the evaluations as far as the budget allows. Gives why it ended. */
  async #judge(): Promise<EvaluationTable["reason"]> {
    const open = this.#evaluator.open(this.#tasks);
    const affordable = open.slice(0, this.#evaluator.left);
    try {
      await this.#intercept(() => this.#evaluator.judge(affordable));
      return affordable.length < open.length ? "budget" : "done";
    } catch (error) {
      if (this.#parts.options.signal?.aborted === true) return "aborted";
      if ((error as { readonly code?: unknown } | null)?.code === "budget") return "budget";
      throw error;
    } finally {
      await this.#evaluator.flush();
    }
  }

  /** Runs `work` with its model calls going through the journal and the redaction. */
  #intercept<T>(work: () => Promise<T>): Promise<T> {
    const { redaction } = this.#parts;
    const { intercept } = this.#calls;
    return observed({ kind: "evaluate" }, () => intercepted(redaction?.calls(intercept) ?? intercept, work));
  }

  /** Undefined for an evaluation that was not made. */
  #rowOf(task: EvaluationTask): EvaluationRow | undefined {
    const { example, repeat } = task;
    const { id, input, target } = example;
    const current = this.#current.get(task);
    if (current === undefined) {
      const earlier = this.#earlier.get(`${repeat} ${id}`);
      if (earlier === undefined) return undefined;
      const { output, score, text, objectives, error, calls, seconds } = earlier;
      return { id, repeat, input, output, target, score, text, objectives, error, calls, seconds };
    }
    const { score, feedback: text, objectives, failure: error } = current.outcome;
    const calls = this.#parts.fold.callsOf({ id: this.#id, split, exampleId: id, suffix: repeatSuffix(repeat) });
    const outcome = { score, text, objectives, error, calls, seconds: current.seconds };
    return { id, repeat, input, output: current.output, target, ...outcome };
  }
}

/** By example, since repeats of an example are not independent. Failed programs count as in the scores of `train`. */
function meanOf(rows: readonly EvaluationRow[]): Pick<EvaluationTable, "mean" | "standardError" | "interval"> {
  const { mean, standardError, interval } = summarize(poolByExample(rows));
  return { mean, standardError, interval };
}
