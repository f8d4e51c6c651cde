/**
 * The `redact` option of a run: takes secrets out where data enter the journal, the prompts of the optimizer and the
 * judge, and what listeners are told. What a process keeps is what it goes on with itself, so that a resumed run is the
 * same run.
 */

import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import type { ExternalCall, Intercept } from "../../util/external-call.ts";
import { type Redact, redactData, redactorOf } from "../../util/redact.ts";
import type { Runner } from "../evaluation/runner.ts";
import type { TrainEvent } from "../events.ts";
import type { TrainOptions } from "../options.ts";
import type { Example, Outcome, ScoredCandidate } from "../types.ts";

/** What takes secrets out of the parts of one run. */
export class Redaction {
  /** Takes them out of a text. */
  readonly text: Redact;
  readonly #first: Readonly<Record<string, unknown>>;
  readonly #values = new WeakMap<object, ScoredCandidate["values"]>();
  /**
   * Hashes that name the run and its programs. A form of a secret, such as that of a phone number, may find itself in
   * one.
   */
  readonly #names = new Set<string>();

  private constructor(text: Redact, first: Readonly<Record<string, unknown>>) {
    this.text = text;
    this.#first = first;
  }

  /**
   * Undefined when the run keeps everything as it is. Throws TracegradError `bad-option` for an id that holds a secret.
   */
  static of({ redact, optimizer, data }: TrainOptions): Redaction | undefined {
    const { first } = optimizer.toJSON().parameters;
    const values = Object.fromEntries(Object.entries(first).map(([name, { value }]) => [name, value]));
    return Redaction.over({ redact }, [...data.train, ...data.validation], values);
  }

  /** The same for a run on `examples` that begins with the parameter values `first`. */
  static over(
    { redact }: Pick<TrainOptions, "redact">,
    examples: readonly Pick<Example, "id">[],
    first: Readonly<Record<string, unknown>>,
  ): Redaction | undefined {
    const text = redactorOf(redact);
    if (text === undefined) return undefined;
    const secret = examples.find(({ id }) => text(id) !== id);
    if (secret !== undefined) {
      throw new TracegradError(
        "bad-option",
        `The id of an example holds what \`redact\` takes out: ${text(secret.id)}. Ids name records: give it another one.`,
      );
    }
    return new Redaction(text, first);
  }

  /** Plain data without secrets. */
  data<T>(value: T): T {
    return redactData(value, (text) => (this.#names.has(text) ? text : this.text(text)));
  }

  /** An outcome without secrets. */
  outcome(outcome: Outcome): Outcome {
    const { feedback, failure } = outcome;
    return {
      ...outcome,
      feedback: this.text(feedback),
      failure: failure && { ...failure, message: this.text(failure.message) },
    };
  }

  /** An event without secrets. Its outcomes have none, and are left as the objects that the journal refers to. */
  event<E extends TrainEvent>(event: E): E {
    if (event.type === "rollout" || event.type === "evaluation") return event;
    if (event.type === "candidate") this.#names.add(event.candidate.id);
    if (event.type === "start") {
      this.#names.add(event.runId);
      const { earlier, ...rest } = event;
      return { ...this.data(rest), ...(earlier === undefined ? {} : { earlier }) } as E;
    }
    return this.data(event);
  }

  /**
   * A program to run. Values that are as they were at the start, but for secrets, are those of the start: the journal
   * does not have them.
   */
  candidate(kept: ScoredCandidate): ScoredCandidate {
    this.#names.add(kept.id);
    const known = this.#values.get(kept.values);
    if (known !== undefined) return { ...kept, values: known };
    const entries = Object.entries(kept.values).map(([name, value]) => {
      const first = this.#first[name];
      return [name, isDeepStrictEqual(value, this.data(first)) ? first : value] as const;
    });
    const values = Object.fromEntries(entries);
    this.#values.set(kept.values, values);
    return { ...kept, values };
  }

  /** A player whose outcomes have no secrets. */
  player({ rollout, score }: Runner): Runner {
    return {
      rollout: async (...play) => {
        const played = await rollout(...play);
        return { ...played, outcome: this.outcome(played.outcome) };
      },
      score: async (...play) => {
        const played = await score(...play);
        return { ...played, outcome: this.outcome(played.outcome) };
      },
    };
  }

  /**
   * The calls of a run, with secrets taken out of what is kept of requests, and out of replies before anybody sees
   * them.
   */
  calls(intercept: Intercept): Intercept {
    const without = <T>(call: ExternalCall<T>, path: string): Promise<T> => {
      // Nothing is kept of it, and its reply may be an object of somebody's class.
      if (call.request === undefined) return intercept(call, path);
      const perform: ExternalCall<T>["perform"] = async (...given) => this.data(await call.perform(...given));
      return intercept({ ...call, request: this.data(call.request), perform }, path);
    };
    return Object.assign(without, intercept, { change: (request: unknown) => this.data(request) });
  }

  /** An error whose message has no secrets: the same one, so that its class and code stay. */
  error(thrown: unknown): unknown {
    if (!(thrown instanceof Error)) return typeof thrown === "string" ? this.text(thrown) : thrown;
    for (const field of ["message", "stack"] as const) {
      const text = thrown[field];
      if (typeof text !== "string" || this.text(text) === text) continue;
      Reflect.defineProperty(thrown, field, { value: this.text(text), configurable: true, writable: true });
    }
    return thrown;
  }

  /** JSON without secrets. */
  readonly json = (json: Json): Json => this.data(json);
}
