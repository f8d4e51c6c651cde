/** The whole loop in one call: train a program on data, and watch it. */

import { AsyncResource } from "node:async_hooks";
import { apart, noteWork } from "../nodes/runs.ts";
import { isIntercepted, warn } from "../util/external-call.ts";
import { type Redact, redactorOf } from "../util/redact.ts";
import type { TrainArguments } from "./arguments.ts";
import type { TrainEvent } from "./events.ts";
import { offersTraining } from "./execution/programs.ts";
import { never } from "./execution/serving.ts";
import { checkTrainOptions } from "./loop/check-options.ts";
import { startRun } from "./loop/start-run.ts";
import type { TrainOptions } from "./options.ts";
import type { TrainResult } from "./result.ts";

/**
 * A run of `train`. Iterate it to watch its events, await `result`, or both. The run starts with the first of these, so
 * no event is missed.
 */
export class Run implements AsyncIterable<TrainEvent> {
  /** The run folder, as given; undefined for a run in memory. */
  readonly folder: string | undefined;
  /**
   * Removes secrets from a text, by the run's `redact` option: for displaying its result. Undefined without the option.
   */
  readonly redact: Redact | undefined;
  readonly #start: (listener: (event: TrainEvent) => void) => Promise<TrainResult>;
  readonly #listeners = new Set<(event: TrainEvent) => void>();
  #result: Promise<TrainResult> | undefined;

  /** @internal Use `train`. */
  constructor(
    start: (listener: (event: TrainEvent) => void) => Promise<TrainResult>,
    { folder, redact }: Pick<TrainOptions, "folder" | "redact">,
  ) {
    this.folder = folder;
    this.redact = redactorOf(redact);
    this.#start = start;
  }

  /**
   * The result of the run. Rejects when an error ends the run, for example a damaged run folder or an outage. A spent
   * budget is not an error.
   */
  get result(): Promise<TrainResult> {
    noteWork();
    if (this.#result === undefined) {
      this.#result = this.#start((event) => {
        for (const listener of this.#listeners) listener(event);
      });
      // A consumer of the iterator sees the error there, so it must not be reported as unhandled too.
      this.#result.catch(() => undefined);
    }
    return this.#result;
  }

  /** Calls `listener` with each event from now on, until the returned function is called. */
  on(listener: (event: TrainEvent) => void): () => void {
    // Calls that a listener makes belong to its owner, not to the run.
    const bound = AsyncResource.bind(listener);
    this.#listeners.add(bound);
    return () => this.#listeners.delete(bound);
  }

  /** The events of the run as they happen. Throws when an error ends the run. */
  async *[Symbol.asyncIterator](): AsyncIterator<TrainEvent> {
    const waiting: TrainEvent[] = [];
    let wake: () => void = () => undefined;
    const off = this.on((event) => {
      waiting.push(event);
      wake();
    });
    let over = false;
    const end = () => {
      over = true;
      wake();
    };
    this.result.then(end, end);
    try {
      while (true) {
        const event = waiting.shift();
        if (event !== undefined) yield event;
        else if (over) break;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
      await this.result;
    } finally {
      off();
    }
  }
}

const nestedRun =
  "train() was called by the program of a run. It makes a run of its own, whose model calls this run neither counts " +
  "nor holds to its budget. Those of an inner loop of trace(), backward() and step() it does.";

/**
 * Trains a program: runs it on training examples, judges the outputs, lets the optimizer rewrite its parameters, and
 * evaluates each candidate on validation examples. At the end it ships the best candidate or the baseline, by its
 * `acceptance`: by default the best candidate ships when it is likely better than the baseline; `acceptance: "proven"`
 * requires a proof.
 *
 * Called by the program of another run it makes a run of its own; the other run does not count its calls, and warns.
 *
 * With a `folder` the run is durable: kill it at any time, run the same command again, and it continues to the same
 * result, paying again at most for the model calls that were in flight.
 * @throws TracegradError `bad-option` at once for invalid options; ExternalCallError `no-price` at once when there is a
 * budget in dollars and the optimizer or the guide calls a model without a price.
 * @example
 * const data = split(rows, { train: 15, validation: 10 });
 * const budget = { steps: 15, usd: 2 };
 * const run = train({ agent: solver.solve, optimizer, template: batch(3), data, guide: exactMatch(), budget });
 * for await (const event of run) if (event.type === "evaluation") console.log(event.step, event.result.mean);
 * const { best } = await run.result;
 */
export function train<I, K, O = never, A = I, D = unknown>(options: TrainArguments<I, O, K, A, D>): Run {
  const given = options as unknown as TrainOptions;
  checkTrainOptions(given);
  const serves = offersTraining(given);
  if (isIntercepted()) warn(nestedRun);
  // Whoever first asks for the result starts the run, but the run does not belong to their context.
  return new Run(
    AsyncResource.bind((listener) => (serves ? never() : apart(() => startRun(given, listener)))),
    given,
  );
}
