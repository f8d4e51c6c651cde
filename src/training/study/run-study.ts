/** Runs the trials of a study within its budget, and sums them up. */

import { join } from "node:path";
import type { Parameter } from "../../nodes/parameter.ts";
import { messageOf, TracegradError } from "../../util/errors.ts";
import { mapLimited } from "../../util/limit.ts";
import { programTextOf } from "../identity/program.ts";
import type { TrainOptions } from "../options.ts";
import type { GridCell } from "./grid.ts";
import { rowOf } from "./rows.ts";
import { SharedBudget } from "./shared-budget.ts";
import { SharedEvaluations } from "./sharing.ts";
import { TestSets } from "./test-set.ts";
import { fitTrial, loopOfTrial, type ReadyTrial, runTrial, trialSpec } from "./trial.ts";
import { checkSameLoop, checkTrialProgram, goesFurther, readTrial, writeTrial } from "./trial-file.ts";
import type { Grid, StudyEvent, StudyLoop, StudyOptions, StudyResult, StudyTrial, TrialContext } from "./types.ts";

/** What a study works with: its options, with defaults. */
export interface StudyParts extends StudyOptions {
  readonly trials: number;
  readonly concurrency: number;
  readonly seed: number;
  readonly grid: Grid;
  readonly cells: readonly GridCell[];
  readonly loop: StudyLoop;
  readonly listener: (event: StudyEvent) => void;
}

/** One trial of one cell that has to be run or read. */
interface TrialPlan {
  readonly cell: GridCell;
  readonly context: TrialContext;
  /** Unique in the study. */
  readonly key: string;
  readonly folder: string | undefined;
}

/** See the head of the file. */
export class Study {
  readonly #parts: StudyParts;
  readonly #plans: readonly TrialPlan[];
  readonly #budget: SharedBudget;
  readonly #shared: SharedEvaluations;
  readonly #tests = new TestSets();
  readonly #stop = new AbortController();
  readonly #optimizers = new WeakSet<object>();
  readonly #inUse = new Set<Parameter>();
  /** The number of trials that are not over. */
  #left: number;

  constructor(parts: StudyParts) {
    const { cells, trials, seed, folder, budget = {} } = parts;
    this.#parts = parts;
    // All first trials come first, so that an interrupted study has something of every cell.
    this.#plans = Array.from({ length: trials }, (_, at) => ({ index: at + 1, seed: seed + at })).flatMap((context) =>
      cells.map((cell) => {
        const key = join(cell.name, `trial-${context.index}`);
        return { cell, context, key, folder: folder === undefined ? undefined : join(folder, key) };
      }),
    );
    this.#left = this.#plans.length;
    this.#budget = new SharedBudget(budget);
    this.#shared = new SharedEvaluations(parts.shareEvaluations ?? true, folder);
  }

  /** Runs the study to its end. Rejects only when its folder cannot be used. */
  async run(): Promise<StudyResult> {
    const { signal, budget = {}, concurrency, cells, trials, seed, grid } = this.#parts;
    const stop = (): void => this.#stop.abort();
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    const timer =
      budget.seconds === undefined ? undefined : setTimeout(stop, Math.min(budget.seconds * 1000, 2 ** 31 - 1));
    try {
      for (const { key, folder } of this.#plans) {
        this.#budget.close(key, (await this.#storedTrial(folder).catch(() => undefined))?.spent);
      }
      const done = await mapLimited(this.#plans, concurrency, (plan) => this.#runPlan(plan));
      const rows = cells.map((cell) =>
        rowOf(
          cell,
          done.filter((_, at) => this.#plans[at]?.cell === cell),
        ),
      );
      const complete = done.every(({ status }) => status === "finished");
      return { axes: Object.keys(grid), rows, trials, seed, complete, spent: this.#budget.total };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      await this.#shared.close();
    }
  }

  async #storedTrial(folder: string | undefined): Promise<StudyTrial | undefined> {
    return folder === undefined ? undefined : readTrial(folder);
  }

  /** Runs or reads one trial, writes its file, and reports it. */
  async #runPlan(plan: TrialPlan): Promise<StudyTrial> {
    const { cell, folder, key } = plan;
    let trial: StudyTrial;
    try {
      trial = await this.#attempt(plan);
    } catch (thrown) {
      trial = trialWithoutRun(plan, "failed", messageOf(thrown));
    }
    this.#left -= 1;
    this.#budget.close(key, trial.spent);
    if (folder !== undefined && trial.spec !== undefined && !trial.reused) await writeTrial(folder, trial);
    this.#emit({ type: "trial-end", cell: cell.name, choice: cell.choice, trial });
    return trial;
  }

  async #attempt(plan: TrialPlan): Promise<StudyTrial> {
    const { cell, context, folder, key } = plan;
    const { choice } = cell;
    if (this.#stop.signal.aborted) return trialWithoutRun(plan, "skipped", "The study was stopped before it began.");
    const given = await loopOfTrial(this.#parts.loop, { choice, ...context });
    const { acceptChanges, redact, executor } = this.#parts;
    const fitting = { context, choice, folder, signal: this.#stop.signal, acceptChanges, redact, executor };
    const test = this.#tests.forTrial(given.data.test);
    const options = fitTrial({ ...given, data: { ...given.data, test } }, fitting);
    const spec = trialSpec(options);
    const stored = await this.#storedTrial(folder);
    const program = folder === undefined ? {} : programTextOf(options);
    if (stored !== undefined) checkSameLoop(stored, spec);
    if (stored?.status === "finished" && !goesFurther(stored, spec)) {
      if (folder !== undefined) await checkTrialProgram(folder, program, options.acceptChanges === true);
      return stored;
    }
    const places = Math.min(this.#parts.concurrency, this.#left);
    const allowance = this.#budget.open(key, options, places);
    if (typeof allowance === "string") {
      return trialWithoutRun(plan, "skipped", `The study's budget does not have enough ${allowance} left for it.`);
    }
    const listener: ReadyTrial["listener"] = (event) =>
      this.#emit({ type: "trial-event", cell: cell.name, trial: context, event });
    const { length: of } = this.#plans;
    this.#emit({ type: "trial-start", cell: cell.name, choice, trial: context, done: of - this.#left, of });
    const shared = await this.#shared.for({ key, choice, spec, program });
    const sharing = shared === undefined ? options : { ...options, shared };
    return this.#runAlone(options, () => runTrial({ ...fitting, options: sharing, spec, allowance, listener }));
  }

  /** Runs a trial whose optimizer and parameters belong to no other trial. */
  async #runAlone({ optimizer }: TrainOptions, run: () => Promise<StudyTrial>): Promise<StudyTrial> {
    const { parameters } = optimizer;
    if (this.#optimizers.has(optimizer))
      throw sharedError("the optimizer", "it would remember what others have learned");
    const taken = parameters.find((parameter) => this.#inUse.has(parameter));
    if (taken !== undefined) throw sharedError(`the parameter "${taken.name}"`, "another one is changing it");
    this.#optimizers.add(optimizer);
    for (const parameter of parameters) this.#inUse.add(parameter);
    try {
      return await run();
    } finally {
      for (const parameter of parameters) this.#inUse.delete(parameter);
    }
  }

  #emit(event: StudyEvent): void {
    this.#parts.onEvent?.(event);
    this.#parts.listener(event);
  }
}

function sharedError(what: string, why: string): TracegradError {
  return new TracegradError(
    "shared-trial",
    `A trial was given ${what} of another trial, and ${why}. Make the agent and the optimizer inside the loop ` +
      "function, " +
      "anew for each call.",
  );
}

function trialWithoutRun({ context, folder }: TrialPlan, status: StudyTrial["status"], error: string): StudyTrial {
  const nothing = { spec: undefined, reason: undefined, scores: undefined, values: undefined, spent: undefined };
  return { ...context, status, reused: false, folder, ...nothing, error };
}
