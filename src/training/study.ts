/** A study: a learning loop run on a grid of choices, several trials a cell, compared by sealed test data. */

import { join } from "node:path";
import type { Parameter } from "../nodes/parameter.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import { mapLimited } from "../util/limit.ts";
import { requirePositive } from "../util/require.ts";
import type { TrainArguments } from "./arguments.ts";
import { programTextOf } from "./identity/program.ts";
import { checkBudget } from "./journal/budget.ts";
import { checkStudyNames } from "./known-options.ts";
import type { TrainOptions } from "./options.ts";
import { type Cell, cellsOf } from "./study/grid.ts";
import { rowOf } from "./study/rows.ts";
import { SharedBudget } from "./study/shared-budget.ts";
import { checkSharing, SharedEvaluations } from "./study/sharing.ts";
import { TestSets } from "./study/test-set.ts";
import { fitted, type ReadyTrial, runTrial, trialSpec } from "./study/trial.ts";
import { checkSameLoop, checkTrialProgram, goesFurther, readTrial, writeTrial } from "./study/trial-file.ts";
import type {
  Choice,
  Grid,
  StudyEvent,
  StudyLoop,
  StudyOptions,
  StudyResult,
  StudyTrial,
  TrialContext,
} from "./study/types.ts";

/** A study. It starts when its result is asked for, so that no event is missed. */
export class StudyRun<C extends Choice = Choice> {
  /** Where the trials are kept; undefined when they are not. */
  readonly folder: string | undefined;
  readonly #start: (listener: (event: StudyEvent) => void) => Promise<StudyResult>;
  readonly #listeners = new Set<(event: StudyEvent) => void>();
  #result: Promise<StudyResult> | undefined;

  /** @internal Use `study`. */
  constructor(start: (listener: (event: StudyEvent) => void) => Promise<StudyResult>, folder: string | undefined) {
    this.#start = start;
    this.folder = folder;
  }

  /**
   * What the study led to. Rejects only when nothing can be kept in its folder: a trial that fails is told in its row.
   */
  get result(): Promise<StudyResult<C>> {
    this.#result ??= this.#start((event) => {
      for (const listener of this.#listeners) listener(event);
    });
    return this.#result as Promise<StudyResult<C>>;
  }

  /** Calls `listener` with each event from now on, until the function that it gives is called. */
  on(listener: (event: StudyEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/**
 * Compares the choices of a learning loop: runs `loop` on every cell of the grid, `trials` times each, and reports the
 * mean and its interval of 95 % on the sealed test set, of the starting artifact and of the chosen program. The trials
 * of a cell differ in their seeds only, which decide the order of the examples.
 *
 * With a `folder` the study is durable: run it again, and it goes on. Finished trials are read, the one that was cut
 * short is resumed. What fails in one trial is told in its row and does not stop the others.
 * @throws TracegradError `bad-grid` or `bad-option` at once for what cannot be.
 * @example
 * const compared = study(
 *   ({ batch: size }, { seed }) => {
 *     const solver = model(Solver);
 *     return { agent: solver.solve, optimizer: optoPrime(solver, { llm }), template: batch(size), guide, data, seed };
 *   },
 *   { batch: [1, 3, 5] },
 *   { trials: 5, folder: "runs/batch-size", budget: { usd: 20 } },
 * );
 * for (const { choice, start, best } of (await compared.result).rows) console.log(choice.batch, start?.mean, best?.mean);
 */
export function study<G extends Grid, I, K, O = never, A = I, D = unknown>(
  loop: (
    choice: Choice<G>,
    trial: TrialContext,
  ) => TrainArguments<I, O, K, A, D> | Promise<TrainArguments<I, O, K, A, D>>,
  grid: G,
  options: StudyOptions = {},
): StudyRun<Choice<G>> {
  checkStudyNames(options);
  const { trials = 3, concurrency = 1, seed = 0, budget = {}, folder } = options;
  requirePositive("trials", trials);
  requirePositive("concurrency", concurrency);
  if (!Number.isFinite(seed)) throw new TracegradError("bad-option", `\`seed\` is a number; got ${String(seed)}.`);
  checkBudget(budget);
  const cells = cellsOf(grid);
  checkSharing(options.shareEvaluations, Object.keys(grid));
  const given = loop as unknown as StudyLoop;
  const start = (listener: (event: StudyEvent) => void): Promise<StudyResult> =>
    new Study({ ...options, trials, concurrency, seed, budget, grid, cells, loop: given, listener }).run();
  return new StudyRun(start, folder);
}

interface Parts extends StudyOptions {
  readonly trials: number;
  readonly concurrency: number;
  readonly seed: number;
  readonly grid: Grid;
  readonly cells: readonly Cell[];
  readonly loop: StudyLoop;
  readonly listener: (event: StudyEvent) => void;
}

/** One trial of one cell that is to be done. */
interface Plan {
  readonly cell: Cell;
  readonly context: TrialContext;
  /** Tells it from all others of the study. */
  readonly key: string;
  readonly folder: string | undefined;
}

class Study {
  readonly #parts: Parts;
  readonly #plans: readonly Plan[];
  readonly #purse: SharedBudget;
  readonly #shared: SharedEvaluations;
  readonly #tests = new TestSets();
  readonly #stop = new AbortController();
  readonly #optimizers = new WeakSet<object>();
  readonly #inUse = new Set<Parameter>();
  /** How many trials are not over. */
  #left: number;

  constructor(parts: Parts) {
    const { cells, trials, seed, folder, budget = {} } = parts;
    this.#parts = parts;
    // All first trials come first, so that a study that is cut short has something of every cell.
    this.#plans = Array.from({ length: trials }, (_, at) => ({ index: at + 1, seed: seed + at })).flatMap((context) =>
      cells.map((cell) => {
        const key = join(cell.name, `trial-${context.index}`);
        return { cell, context, key, folder: folder === undefined ? undefined : join(folder, key) };
      }),
    );
    this.#left = this.#plans.length;
    this.#purse = new SharedBudget(budget);
    this.#shared = new SharedEvaluations(parts.shareEvaluations ?? true, folder);
  }

  async run(): Promise<StudyResult> {
    const { signal, budget = {}, concurrency, cells, trials, seed, grid } = this.#parts;
    const stop = (): void => this.#stop.abort();
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    const timer =
      budget.seconds === undefined ? undefined : setTimeout(stop, Math.min(budget.seconds * 1000, 2 ** 31 - 1));
    try {
      for (const { key, folder } of this.#plans) {
        this.#purse.close(key, (await this.#kept(folder).catch(() => undefined))?.spent);
      }
      const done = await mapLimited(this.#plans, concurrency, (plan) => this.#trial(plan));
      const rows = cells.map((cell) =>
        rowOf(
          cell,
          done.filter((_, at) => this.#plans[at]?.cell === cell),
        ),
      );
      const complete = done.every(({ status }) => status === "finished");
      return { axes: Object.keys(grid), rows, trials, seed, complete, spent: this.#purse.total };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      await this.#shared.close();
    }
  }

  async #kept(folder: string | undefined): Promise<StudyTrial | undefined> {
    return folder === undefined ? undefined : readTrial(folder);
  }

  /** Does one trial, keeps it, and tells of it. */
  async #trial(plan: Plan): Promise<StudyTrial> {
    const { cell, folder, key } = plan;
    let trial: StudyTrial;
    try {
      trial = await this.#attempt(plan);
    } catch (thrown) {
      trial = withoutRun(plan, "failed", messageOf(thrown));
    }
    this.#left -= 1;
    this.#purse.close(key, trial.spent);
    if (folder !== undefined && trial.spec !== undefined && !trial.reused) await writeTrial(folder, trial);
    this.#tell({ type: "trial-end", cell: cell.name, choice: cell.choice, trial });
    return trial;
  }

  async #attempt(plan: Plan): Promise<StudyTrial> {
    const { cell, context, folder, key } = plan;
    const { choice } = cell;
    if (this.#stop.signal.aborted) return withoutRun(plan, "skipped", "The study was stopped before it began.");
    const given = await this.#parts.loop(choice, context);
    const { acceptChanges, redact } = this.#parts;
    const fitting = { context, folder, signal: this.#stop.signal, acceptChanges, redact };
    const options = fitted({ ...given, data: { ...given.data, test: this.#tests.forTrial(given.data.test) } }, fitting);
    const spec = trialSpec(options);
    const kept = await this.#kept(folder);
    const program = folder === undefined ? {} : programTextOf(options);
    if (kept !== undefined) checkSameLoop(kept, spec);
    if (kept?.status === "finished" && !goesFurther(kept, spec)) {
      if (folder !== undefined) await checkTrialProgram(folder, program, options.acceptChanges === true);
      return kept;
    }
    const places = Math.min(this.#parts.concurrency, this.#left);
    const allowance = this.#purse.open(key, options, places);
    if (typeof allowance === "string") {
      return withoutRun(plan, "skipped", `The study's budget has not enough ${allowance} left for it.`);
    }
    const listener: ReadyTrial["listener"] = (event) =>
      this.#tell({ type: "trial-event", cell: cell.name, trial: context, event });
    const { length: of } = this.#plans;
    const done = of - this.#left;
    this.#tell({ type: "trial-start", cell: cell.name, choice, trial: context, done, of });
    const shared = await this.#shared.for({ key, choice, spec, program });
    const sharing = shared === undefined ? options : { ...options, shared };
    return this.#alone(options, () => runTrial({ ...fitting, options: sharing, spec, allowance, listener }));
  }

  /** Runs a trial whose optimizer and parameters are no other trial's. */
  async #alone({ optimizer }: TrainOptions, run: () => Promise<StudyTrial>): Promise<StudyTrial> {
    const { parameters } = optimizer;
    if (this.#optimizers.has(optimizer)) throw shared("the optimizer", "it would remember what others have learnt");
    const taken = parameters.find((parameter) => this.#inUse.has(parameter));
    if (taken !== undefined) throw shared(`the parameter "${taken.name}"`, "another one is changing it");
    this.#optimizers.add(optimizer);
    for (const parameter of parameters) this.#inUse.add(parameter);
    try {
      return await run();
    } finally {
      for (const parameter of parameters) this.#inUse.delete(parameter);
    }
  }

  #tell(event: StudyEvent): void {
    this.#parts.onEvent?.(event);
    this.#parts.listener(event);
  }
}

function shared(what: string, why: string): TracegradError {
  return new TracegradError(
    "shared-trial",
    `A trial was given ${what} of another trial, and ${why}. Make the agent and the optimizer inside the loop function, anew at each call.`,
  );
}

function withoutRun({ context, folder }: Plan, status: StudyTrial["status"], error: string): StudyTrial {
  const nothing = { spec: undefined, reason: undefined, scores: undefined, values: undefined, spent: undefined };
  return { ...context, status, reused: false, folder, ...nothing, error };
}
