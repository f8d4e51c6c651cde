/** The whole loop in one call: train a program on data, and watch it. */

import { AsyncResource } from "node:async_hooks";
import { apart, noteWork } from "../nodes/runs.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import type { Json } from "../util/decode.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import { type Intercept, intercepted, seeded } from "../util/external-call.ts";
import { preview } from "../util/preview.ts";
import { type Redact, redactorOf } from "../util/redact.ts";
import { requirePositive } from "../util/require.ts";
import type { TrainArguments } from "./arguments.ts";
import type { TrainEvent } from "./events.ts";
import { programTextOf } from "./identity/program.ts";
import { identitySpecOf, loopSpec } from "./identity/spec.ts";
import { checkBudget } from "./journal/budget.ts";
import { journaledCalls } from "./journal/calls.ts";
import { openRun } from "./journal/folder.ts";
import { Redaction } from "./journal/redaction.ts";
import { requirePrices } from "./journal/require-prices.ts";
import { checkPrices } from "./journal/tally.ts";
import { checkTrainNames } from "./known-options.ts";
import { askedOnce } from "./loop/answer-once.ts";
import { type LoopParts, runLoop } from "./loop/loop.ts";
import type { RunLog } from "./loop/run-log.ts";
import { setUpLoop } from "./loop/set-up.ts";
import { defaultConcurrency, type TrainOptions } from "./options.ts";
import type { TrainResult } from "./result.ts";
import { checkSearch } from "./search/check-search.ts";

/**
 * A run of `train`. Iterate it to watch its events, await `result` for what it led to, or both. It starts with the
 * first of these, so no event is missed.
 */
export class Run implements AsyncIterable<TrainEvent> {
  /** The run folder, as it was given; undefined when nothing is kept. */
  readonly folder: string | undefined;
  /**
   * Takes secrets out of a text, by the run's `redact` option: for whoever shows its result. Undefined without the
   * option.
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
   * What the run led to. Rejects when the run could not go on, such as for a broken run folder; not for a spent budget.
   */
  get result(): Promise<TrainResult> {
    noteWork();
    if (this.#result === undefined) {
      this.#result = this.#start((event) => {
        for (const listener of this.#listeners) listener(event);
      });
      // Whoever iterates learns of a failure there; this keeps it from being reported as unhandled as well.
      this.#result.catch(() => undefined);
    }
    return this.#result;
  }

  /** Calls `listener` with each event from now on, until the function that it gives is called. */
  on(listener: (event: TrainEvent) => void): () => void {
    // What a listener does is its owner's: its calls are not the run's.
    const kept = AsyncResource.bind(listener);
    this.#listeners.add(kept);
    return () => this.#listeners.delete(kept);
  }

  /** The events of the run, as they come. Throws when the run fails. */
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

/**
 * Trains a program: runs it on training examples, judges the outputs, has the optimizer rewrite its parameters, scores
 * each program on validation examples, and ends with the best of them or with the starting artifact, by its
 * `acceptance`. By default the best ships when it is likely better than the start; `acceptance: "proven"` wants a
 * proof.
 *
 * With a `folder` the run is durable: kill it at any point, run the same command again, and it goes on to the same
 * result, paying again at most for the model calls that were under way.
 * @throws TracegradError `bad-option` at once for options that cannot be; ExternalCallError `no-price` at once under a
 * budget of dollars, when the optimizer or the guide asks a model without a price.
 * @example
 * const run = train({ agent: solver.solve, optimizer, template: batch(3), data: split(rows, { train: 15, validation: 10 }),
 *   guide: exactMatch(), budget: { steps: 15, usd: 2 }, folder: "runs/solver" });
 * for await (const event of run) if (event.type === "evaluation") console.log(event.step, event.result.mean);
 * const { best } = await run.result;
 */
export function train<I, K, O = never, A = I, D = unknown>(options: TrainArguments<I, O, K, A, D>): Run {
  const given = options as unknown as TrainOptions;
  check(given);
  // Whoever asks for the result first starts the run, which is no part of what that one is in.
  return new Run(
    AsyncResource.bind((listener) => apart(() => start(given, listener))),
    given,
  );
}

function check(options: TrainOptions): void {
  checkTrainNames(options);
  const { concurrency = defaultConcurrency, evaluateEvery = 1, budget = {}, data, selection } = options;
  const judged = options.agent !== undefined && options.guide !== undefined;
  if (judged === (options.environment !== undefined)) {
    throw new TracegradError("bad-option", "Give either an `agent` and a `guide`, or an `environment`.");
  }
  if (typeof (options.optimizer as Partial<Optimizer> | undefined)?.toJSON !== "function") {
    throw new TracegradError("bad-option", "Give an `optimizer`, such as `optoPrime(agent, { llm })`.");
  }
  requirePositive("concurrency", concurrency);
  requirePositive("evaluateEvery", evaluateEvery);
  requireMaxScore(options.maxScore);
  checkBudget(budget);
  checkPrices(options.prices ?? {});
  if (data.train.length === 0) {
    throw new TracegradError("bad-option", "There are no training examples. Give split a larger `train`.");
  }
  if (selection === "bestValidation" && data.validation.length === 0) {
    throw new TracegradError(
      "bad-option",
      "Selection by validation needs validation examples. Give split a larger `validation`.",
    );
  }
  checkOutages(options.outages);
  checkSearch(options);
  requirePrices(options);
}

function requireMaxScore(maxScore: unknown): void {
  if (maxScore === undefined || (typeof maxScore === "number" && maxScore > Number.NEGATIVE_INFINITY)) return;
  throw new TracegradError(
    "bad-option",
    `\`maxScore\` is the highest score that the guide can give, or Infinity; got ${preview(maxScore)}.`,
  );
}

/**
 * What a run that could not go on rejects with: errors that are neither the program's nor the world's say whose they
 * are.
 */
function endingError(thrown: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true || thrown instanceof TracegradError) return thrown;
  return new TracegradError(
    "internal",
    `The run ended by an error that neither the program nor the judge made: ${messageOf(thrown)}. If no search, template or ` +
      "optimizer of your own threw it, it is a fault of tracegrad: please report it with its stack, which is in `cause`.",
    { cause: thrown },
  );
}

function checkOutages(outages: unknown): void {
  if (outages === undefined) return;
  const { also, except, ...rest } = (typeof outages === "object" && outages !== null ? outages : { rest: outages }) as {
    readonly [key in "also" | "except" | "rest"]?: unknown;
  };
  const isRule = (rule: unknown) => rule === undefined || typeof rule === "function";
  if (Object.keys(rest).length === 0 && isRule(also) && isRule(except)) return;
  throw new TracegradError(
    "bad-option",
    `\`outages\` is { also, except }, two functions from an error to true or false; got ${preview(outages)}.`,
  );
}

async function start(options: TrainOptions, listener: (event: TrainEvent) => void): Promise<TrainResult> {
  const { folder, optimizer, concurrency = defaultConcurrency, prices, budget = {}, signal } = options;
  const spec = loopSpec(options);
  const program = folder === undefined ? {} : programTextOf(options);
  const redaction = Redaction.of(options);
  const redact = redaction?.json;
  const store = await openRun(folder, identitySpecOf(spec), {
    program,
    acceptChanges: options.acceptChanges === true,
    redact,
  });
  const running: { log?: RunLog } = {};
  try {
    // What cannot be written stays in the journal's memory, and its next record fails as well.
    const onWarning = (message: string): void => {
      running.log?.record({ type: "warning", message }).catch(() => undefined);
    };
    const calls = journaledCalls(store, {
      concurrency,
      budget,
      onWarning,
      ...(prices === undefined ? {} : { prices }),
    });
    for (const parameter of optimizer.parameters) await parameter.code?.load();
    signal?.throwIfAborted();
    if (prices !== undefined) await store.append("prices", { ...prices } as unknown as Json);
    const loop = setUpLoop(options, { spec, store, calls, listener, redaction });
    running.log = loop.log;
    return await runWithin(loop, calls.intercept, redaction);
  } catch (thrown) {
    const error = endingError(thrown, signal);
    const { code, message } = error as { readonly code?: unknown; readonly message: string };
    // Where the journal is what failed, nothing more can be kept.
    if (typeof code === "string") await running.log?.record({ type: "crash", code, message }).catch(() => undefined);
    throw redaction === undefined ? error : redaction.error(error);
  } finally {
    await store.close();
  }
}

/**
 * Runs the loop with what stands between it and the world: its journal, who is told that it waits, and who sees no
 * secrets.
 */
function runWithin(loop: LoopParts, calls: Intercept, redaction: Redaction | undefined): Promise<TrainResult> {
  const notice = (message: string): void => loop.log.notify({ type: "waiting", message });
  const intercept = Object.assign(askedOnce(redaction?.calls(calls) ?? calls), { notice });
  return seeded(loop.options.seed ?? 0, () => intercepted(intercept, () => runLoop(loop)));
}
