/**
 * Compares learning loops: runs a loop on a grid of choices, several trials per cell, and reports sealed test scores.
 */

import { TracegradError } from "../util/errors.ts";
import { requireWholeNumber } from "../util/require.ts";
import type { TrainArguments } from "./arguments.ts";
import { offersTrials } from "./execution/programs.ts";
import { never } from "./execution/serving.ts";
import { checkBudget } from "./journal/budget.ts";
import { checkStudyNames } from "./known-options.ts";
import { cellsOf } from "./study/grid.ts";
import { Study } from "./study/run-study.ts";
import { checkSharing } from "./study/sharing.ts";
import { trialOptions } from "./study/trial.ts";
import type { Choice, Grid, StudyEvent, StudyLoop, StudyOptions, StudyResult, TrialContext } from "./study/types.ts";

/** A study. It starts when its result is first asked for, so that no event is missed. */
export class StudyRun<C extends Choice = Choice> {
  /** The folder of the study; undefined for a study in memory. */
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
   * The result of the study. Rejects only when its folder cannot be used: the error of a failed trial is in its row.
   */
  get result(): Promise<StudyResult<C>> {
    this.#result ??= this.#start((event) => {
      for (const listener of this.#listeners) listener(event);
    });
    return this.#result as Promise<StudyResult<C>>;
  }

  /** Calls `listener` with each event from now on, until the returned function is called. */
  on(listener: (event: StudyEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/**
 * Compares the choices of a learning loop: runs `loop` on every cell of the grid, `trials` times each, and reports the
 * mean score on the sealed test set with its 95% confidence interval, for the baseline and for the candidate that
 * ships. The trials of a cell differ only in their seeds, which determine the order of the examples.
 *
 * With a `folder` the study is durable: run it again, and it continues. Finished trials are read, and a trial that was
 * interrupted is resumed. An error in one trial is reported in its row and does not stop the others.
 * @throws TracegradError `bad-grid` or `bad-option` at once for an invalid grid or option.
 * @example
 * const compared = study(
 *   ({ batch: size }, { seed }) => {
 *     const solver = model(Solver);
 *     return { agent: solver.solve, optimizer: optoPrime(solver, { llm }), template: batch(size), guide, data, seed };
 *   },
 *   { batch: [1, 3, 5] },
 *   { trials: 5, folder: "runs/batch-size", budget: { usd: 20 } },
 * );
 * for (const { choice, baseline, best } of (await compared.result).rows) {
 *   console.log(choice.batch, baseline?.mean, best?.mean);
 * }
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
  requireWholeNumber("trials", trials);
  requireWholeNumber("concurrency", concurrency);
  if (!Number.isFinite(seed)) throw new TracegradError("bad-option", `\`seed\` is a number; got ${String(seed)}.`);
  checkBudget(budget);
  const cells = cellsOf(grid);
  checkSharing(options.shareEvaluations, Object.keys(grid));
  const given = loop as unknown as StudyLoop;
  const serves = offersTrials(options.executor, (trial) => trialOptions(given, options, trial));
  const start = (listener: (event: StudyEvent) => void): Promise<StudyResult> => {
    if (serves) return never();
    const parts = { ...options, trials, concurrency, seed, budget, grid, cells, loop: given, listener };
    return new Study(parts).run();
  };
  return new StudyRun(start, folder);
}
