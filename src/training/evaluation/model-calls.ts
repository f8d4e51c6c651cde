/** The model calls of each evaluation: folded from a journal, or from records as they are written. */

import { append, getOrSet } from "../../util/collections.ts";
import { pathOf, roleOf } from "../journal/call-key.ts";
import { evaluationPathOf } from "../journal/call-path.ts";
import type { CallDone, CallFail, CallStart } from "../journal/history.ts";
import type { JournalRecord } from "../journal/lines.ts";
import { type Called, type CallUsage, costOf, type Prices, priceOf } from "../journal/tally.ts";
import type { Role } from "../types.ts";

/** One model call of an evaluation. */
export interface ModelCall {
  /** The name by which the model was called. */
  readonly to: string;
  /** The model that answered, if the reply says so. */
  readonly model: string | undefined;
  /** The caller: the program, or the guide that judged it. */
  readonly role: Role;
  /** Undefined when unknown. */
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  /** US dollars; undefined for a model without a price, and when the tokens are unknown. */
  readonly usd: number | undefined;
  readonly seconds: number | undefined;
  /** Why there is no answer. */
  readonly error: string | undefined;
}

const unknown = { model: undefined, inputTokens: undefined, outputTokens: undefined, usd: undefined };
const noAnswer = "The process ended while the call was in flight.";

/** Folds the records of calls, each with the prices of its time. */
export class ModelCalls {
  readonly #byRun = new Map<string, ModelCall[]>();
  /** The calls without an answer so far, by evaluation and key. */
  readonly #open = new Map<string, Map<string, CallStart>>();
  #prices: Prices = {};

  /** Adds the next record. */
  add({ type, data }: Pick<JournalRecord, "type" | "data">): void {
    if (type === "prices") this.#prices = data as unknown as Prices;
    if (!type.startsWith("call.")) return;
    const { key } = data as unknown as CallStart;
    const run = evaluationPathOf(pathOf(key));
    if (run === undefined) return;
    if (type === "call.start") this.#openOf(run).set(key, data as unknown as CallStart);
    else if (type === "call.done") this.#done(run, data as unknown as CallDone);
    else if (type === "call.fail") this.#failed(run, data as unknown as CallFail);
  }

  /** The calls of an evaluation in the order in which they ended; those without an answer last. */
  of(runPath: string): readonly ModelCall[] {
    const lost = [...(this.#open.get(runPath)?.values() ?? [])].map(
      ({ key, to }): ModelCall => ({ ...unknown, to, role: roleOf(key), seconds: undefined, error: noAnswer }),
    );
    return [...(this.#byRun.get(runPath) ?? []), ...lost];
  }

  /** Forgets the calls of an evaluation. */
  drop(runPath: string): void {
    this.#byRun.delete(runPath);
    this.#open.delete(runPath);
  }

  #done(run: string, { key, usage, model, seconds }: CallDone): void {
    const called = this.#close(run, key);
    const used = this.#used(called, usage);
    append(this.#byRun, run, {
      to: called.to,
      model: model ?? undefined,
      role: roleOf(key),
      ...used,
      seconds,
      error: undefined,
    });
  }

  #failed(run: string, { key, message }: CallFail): void {
    const { to } = this.#close(run, key);
    append(this.#byRun, run, { ...unknown, to, role: roleOf(key), seconds: undefined, error: message });
  }

  #used(called: Called, usage: CallUsage | null): Pick<ModelCall, "inputTokens" | "outputTokens" | "usd"> {
    if (usage === null) return unknown;
    const { inputTokens, outputTokens } = usage;
    return { inputTokens, outputTokens, usd: costOf(usage, priceOf(this.#prices, called)) };
  }

  #openOf(run: string): Map<string, CallStart> {
    return getOrSet(this.#open, run, () => new Map<string, CallStart>());
  }

  /** The callee. */
  #close(run: string, key: string): Called {
    const open = this.#open.get(run);
    const start = open?.get(key);
    open?.delete(key);
    if (open?.size === 0) this.#open.delete(run);
    return start ?? { to: "" };
  }
}
