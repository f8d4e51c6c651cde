/**
 * The `redact` option of a run: removes secrets where data enter the journal, the prompts of the optimizer and the
 * judge, and what listeners receive. A process continues with the redacted data itself, so that a resumed run is the
 * same run.
 */

import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import type { ExternalCall, Intercept } from "../../util/external-call.ts";
import { type Redact, redactData, redactorOf } from "../../util/redact.ts";
import type { RunningRollout } from "../evaluation/episode-runner.ts";
import type { Runner } from "../evaluation/runner.ts";
import type { TrainEvent } from "../events.ts";
import type { TrainOptions } from "../options.ts";
import type { Example, Outcome, ScoredCandidate } from "../types.ts";

/** Removes secrets from the parts of one run. */
export class Redaction {
  /** Removes secrets from a text. */
  readonly text: Redact;
  readonly #first: Readonly<Record<string, unknown>>;
  readonly #values = new WeakMap<object, ScoredCandidate["values"]>();
  /** Hashes that name the run and its candidates. A hash may look like a secret, for example like a phone number. */
  readonly #names = new Set<string>();

  private constructor(text: Redact, first: Readonly<Record<string, unknown>>) {
    this.text = text;
    this.#first = first;
  }

  /** Undefined when the run removes nothing. Throws TracegradError `bad-option` for an id that holds a secret. */
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
        `The id of an example holds what \`redact\` removes: \
${text(secret.id)}. Ids name records, so give it another ` + "one.",
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

  /** An event without secrets. Its outcomes have none already, and stay the objects that the journal refers to. */
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
   * A candidate to run. Values that differ from those of the baseline only in secrets are replaced by those of the
   * baseline, since the journal does not have them.
   */
  candidate(stored: ScoredCandidate): ScoredCandidate {
    this.#names.add(stored.id);
    const known = this.#values.get(stored.values);
    if (known !== undefined) return { ...stored, values: known };
    const entries = Object.entries(stored.values).map(([name, value]) => {
      const first = this.#first[name];
      return [name, isDeepStrictEqual(value, this.data(first)) ? first : value] as const;
    });
    const values = Object.fromEntries(entries);
    this.#values.set(stored.values, values);
    return { ...stored, values };
  }

  /** A runner whose outcomes have no secrets. */
  runner({ rollout, score, begin }: Runner): Runner {
    return {
      ...(begin === undefined ? {} : { begin: (example: Example) => this.#rollout(begin(example)) }),
      rollout: async (...play) => {
        const result = await rollout(...play);
        return { ...result, outcome: this.outcome(result.outcome) };
      },
      score: async (...play) => {
        const result = await score(...play);
        return { ...result, outcome: this.outcome(result.outcome) };
      },
    };
  }

  #rollout(episode: RunningRollout): RunningRollout {
    const outcome = (given: Outcome): Outcome => this.outcome(given);
    return {
      example: episode.example,
      get result() {
        const { result } = episode;
        return result && { ...result, outcome: outcome(result.outcome) };
      },
      advance: (validation) => episode.advance(validation),
    };
  }

  /** The calls of a run, without secrets in recorded requests and in the replies that the program sees. */
  calls(intercept: Intercept): Intercept {
    const without = <T>(call: ExternalCall<T>, path: string): Promise<T> => {
      // Nothing of it is recorded, and its reply may be an instance of a class.
      if (call.request === undefined) return intercept(call, path);
      const perform: ExternalCall<T>["perform"] = async (...given) => this.data(await call.perform(...given));
      return intercept({ ...call, request: this.data(call.request), perform }, path);
    };
    return Object.assign(without, intercept, { change: (request: unknown) => this.data(request) });
  }

  /** An error whose message has no secrets: the same object, so that its class and code stay. */
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
