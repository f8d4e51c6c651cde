/** Starts a run of `train`: opens its folder, sets up the loop, and runs it to its end. */

import type { Json } from "../../util/decode.ts";
import { messageOf, TracegradError } from "../../util/errors.ts";
import { type Intercept, intercepted, seeded } from "../../util/external-call.ts";
import { observed } from "../../util/observe.ts";
import { type Execution, type ExecutionSettings, openExecution } from "../execution/execution.ts";
import { trainedProgram } from "../execution/programs.ts";
import { programTextOf } from "../identity/program.ts";
import { identitySpecOf, loopSpec } from "../identity/spec.ts";
import { journaledCalls } from "../journal/calls.ts";
import { openRun } from "../journal/folder.ts";
import { Redaction } from "../journal/redaction.ts";
import { concurrencyOf, type TrainOptions } from "../options.ts";
import type { TrainResult } from "../result.ts";
import { answerOnce } from "./answer-once.ts";
import { type LoopParts, runLoop } from "./loop.ts";
import type { Listener, RunLog } from "./run-log.ts";
import { setUpLoop } from "./set-up.ts";

/** Runs `train` with checked options. Rejects as `Run.result` does. */
export async function startRun(options: TrainOptions, listener: Listener): Promise<TrainResult> {
  const { folder, optimizer, prices, budget = {}, signal } = options;
  const concurrency = concurrencyOf(options);
  const spec = loopSpec(options);
  const program = folder === undefined ? {} : programTextOf(options);
  const redaction = Redaction.of(options);
  const redact = redaction?.json;
  const acceptChanges = options.acceptChanges === true;
  const store = await openRun(folder, identitySpecOf(spec), { program, acceptChanges, redact });
  const running: { log?: RunLog; execution?: Execution } = {};
  try {
    // What cannot be written stays in the journal's memory, and its next record fails as well.
    const onWarning = (message: string): void => {
      running.log?.record({ type: "warning", message }).catch(() => undefined);
    };
    const priced = prices === undefined ? {} : { prices };
    const calls = journaledCalls(store, { concurrency, budget, onWarning, ...priced });
    for (const parameter of optimizer.parameters) await parameter.code?.load();
    signal?.throwIfAborted();
    if (prices !== undefined) await store.append("prices", { ...prices } as unknown as Json);
    const execution = await openExecution(() => trainedProgram(options), {
      ...executionOf(options),
      warn: onWarning,
      ...{ id: store.id, folder: store.folder },
    });
    running.execution = execution;
    const loop = setUpLoop(options, { spec, store, calls, listener, redaction, execution });
    running.log = loop.log;
    return await runIntercepted(loop, calls.intercept, redaction);
  } catch (thrown) {
    const error = endingError(thrown, signal);
    const { code, message } = error as { readonly code?: unknown; readonly message: string };
    // If the journal itself failed, nothing more can be written.
    if (typeof code === "string") await running.log?.record({ type: "crash", code, message }).catch(() => undefined);
    throw redaction === undefined ? error : redaction.error(error);
  } finally {
    await running.execution?.close();
    await store.close();
  }
}

function executionOf({
  executor,
  trial,
  signal,
}: TrainOptions): Pick<ExecutionSettings, "executor" | "trial" | "signal"> {
  return { executor, trial, signal };
}

/** Runs the loop with its external calls going through the journal, the redaction and the notices to listeners. */
function runIntercepted(loop: LoopParts, calls: Intercept, redaction: Redaction | undefined): Promise<TrainResult> {
  const notice = (message: string): void => loop.log.notify({ type: "waiting", message });
  const intercept = Object.assign(answerOnce(redaction?.calls(calls) ?? calls), { notice });
  const run = () => intercepted(intercept, () => runLoop(loop));
  return observed({ kind: "train" }, () => seeded(loop.options.seed ?? 0, run));
}

/**
 * What `Run.result` rejects with: an error that is not an outage, a cancel or one of tracegrad says where to report it.
 */
function endingError(thrown: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true || thrown instanceof TracegradError) return thrown;
  return new TracegradError(
    "internal",
    `The run was ended by an error that neither the program nor the judge threw: ${messageOf(thrown)}. Unless a ` +
      "search, " +
      "template or optimizer of your own threw it, it is a bug in tracegrad: please report it with its stack, which " +
      "is " +
      "in `cause`.",
    { cause: thrown },
  );
}
