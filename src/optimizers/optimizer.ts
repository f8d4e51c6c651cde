/**
 * Binds an algorithm to the parameters of a program: collects their signals, has new values proposed, and makes them
 * live.
 */

import type { Credit } from "../graph/credit.ts";
import { type CollectedCredit, collectCredits, putBack, waitingCredits, withdrawCredit } from "../graph/delivery.ts";
import { joinCredits } from "../graph/join.ts";
import type { LanguageModel } from "../llm/llm.ts";
import { commit, restore, StaleUpdateError } from "../nodes/commit.ts";
import type { Parameter } from "../nodes/parameter.ts";
import { parametersOf } from "../nodes/parameters-of.ts";
import { type Change, ParameterState, type StateJson } from "../nodes/state.ts";
import { counted } from "../util/answering.ts";
import type { Json } from "../util/decode.ts";
import { TracegradError } from "../util/errors.ts";
import type { Algorithm, Proposal } from "./algorithm.ts";
import { Others } from "./others.ts";
import { unusedText } from "./unused.ts";

/** Options of one `step`. */
export interface StepOptions {
  readonly signal?: AbortSignal;
}

/** Options of `propose`. */
export interface ProposeOptions extends StepOptions {
  /** Which of the optimizer's parameters may change; the others are shown as fixed. Default: all. */
  readonly parameters?: readonly Parameter[];
  /** What else the model should know. */
  readonly note?: string;
  /** Sampling temperature, instead of the algorithm's own. */
  readonly temperature?: number;
  /** Makes this proposal differ from others by the same credit and memory, in algorithms that choose at random. */
  readonly sampleKey?: string;
}

/** What a step did. */
export interface StepResult extends Proposal {
  /** The values that changed, before and after. */
  readonly changes: readonly Change[];
  /** Parameters of this optimizer that got no signal, and so could not change. */
  readonly unreached: readonly Parameter[];
  /**
   * Trainable parameters that the feedback reached but that are not this optimizer's, so they do not change.
   */
  readonly others: readonly Parameter[];
  /** What was not used and why, in sentences: parameters that were passed over, feedback that still waits. */
  readonly unused: readonly string[];
  /** The parameter values after the step, with their history. */
  readonly state: ParameterState;
}

/** An optimizer as JSON: enough to continue in another process. */
export interface OptimizerJson {
  readonly format: "tracegrad-optimizer";
  readonly version: 1;
  readonly algorithm: string;
  readonly memory: Json;
  readonly parameters: StateJson;
}

/**
 * An algorithm bound to parameters. `optoPrime` and its siblings return one; use the class for your own algorithm.
 */
export class Optimizer<S extends Json = Json> {
  /** The trainable parameters it may change. */
  readonly parameters: readonly Parameter[];
  readonly #algorithm: Algorithm<S>;
  readonly #llm: LanguageModel | undefined;
  readonly #others: Others;
  #memory: S;
  #state: ParameterState;

  /**
   * @param target What holds the parameters: a model, a parameter, a traced function, an array or record of these.
   * @param llm The model of the algorithm, if it needs one.
   * @throws TracegradError `no-parameter` when there is no trainable parameter in `target`.
   */
  constructor(target: unknown, algorithm: Algorithm<S>, llm?: LanguageModel) {
    this.parameters = parametersOf(target).filter((parameter) => parameter.trainable);
    if (this.parameters.length === 0) {
      throw new TracegradError(
        "no-parameter",
        `${algorithm.name} has nothing to change: no trainable parameter was found. ` +
          "Make one with parameter(…) or bundle(fn, { trainable: true })." +
          (typeof target === "function"
            ? " The parameters that a function uses cannot be found in it: list them, for instance [prompt, parse]."
            : ""),
      );
    }
    this.#algorithm = algorithm;
    // So that a run counts its calls, even those of a model of the user.
    this.#llm = llm && counted(llm);
    this.#others = new Others(target, this.parameters);
    this.#memory = algorithm.init(this.parameters);
    this.#state = ParameterState.of(this.parameters);
  }

  /**
   * Trainable parameters that feedback has reached but that are not this optimizer's: a private field or a closure
   * holds them, or they were not in its target.
   */
  get others(): readonly Parameter[] {
    return this.#others.met;
  }

  /** What decides its steps beside its memory, as its algorithm records it. */
  get settings(): Json | undefined {
    return this.#algorithm.settings;
  }

  /** The model that the algorithm asks. */
  get llm(): LanguageModel | undefined {
    return this.#llm;
  }

  /** All models that it may ask: its own, and those of its algorithm. */
  get models(): readonly LanguageModel[] {
    const { models = [] } = this.#algorithm;
    return this.#llm === undefined ? models : [this.#llm, ...models];
  }

  /** The algorithm's memory, as JSON. */
  get memory(): S {
    return this.#memory;
  }

  /**
   * Asks the algorithm for new values by `credit` and the given memory, and returns the proposal with the memory after
   * it. Nothing becomes live and the optimizer does not change, so a search can work on many candidates at once.
   */
  async propose(credit: Credit, memory: S, options: ProposeOptions = {}): Promise<readonly [Proposal, S]> {
    const { parameters = this.parameters, signal, ...rest } = options;
    signal?.throwIfAborted();
    this.#others.among(credit.signals.keys());
    const proposed = await this.#algorithm.propose(credit, memory, { parameters, llm: this.#llm, signal, ...rest });
    signal?.throwIfAborted();
    return proposed;
  }

  /** The parameter values after the last step, with their history: `state.diff()`, `state.history()`. */
  get state(): ParameterState {
    return this.#state;
  }

  /**
   * Proposes new values for the parameters that got feedback, and makes them live: all changes of a proposal or none.
   * Without `credit` it takes the signals that `backward` left with its parameters; those of several graphs become one
   * batch. When the step fails, the signals stay where they were; only those of a stale update are dropped, since what
   * was learned about values that have been replaced can never become live.
   * @throws TracegradError `no-feedback` when no parameter has a signal.
   * @throws StaleUpdateError when another value became live since the feedback's run.
   */
  async step(credit?: Credit, { signal }: StepOptions = {}): Promise<StepResult> {
    // A given credit of a graph that went backward waits at the parameters too; no later step may take it again.
    const collected = credit === undefined ? collectCredits(this.parameters) : withdrawCredit(credit, this.parameters);
    const taken = credit ?? joinCredits(collected.map((one) => this.#narrowed(one)));
    try {
      const result = await this.#stepOn(taken, signal);
      return { ...result, unused: this.#unusedBy(result) };
    } catch (error) {
      if (!(error instanceof StaleUpdateError)) putBack(collected);
      throw error;
    }
  }

  /** A credit without its signals for those of these parameters that another optimizer has stepped on it already. */
  #narrowed({ credit, parameters }: CollectedCredit): Credit {
    const isTaken = (parameter: Parameter) => this.parameters.includes(parameter) && !parameters.includes(parameter);
    const signals = [...credit.signals].filter(([parameter]) => !isTaken(parameter));
    return signals.length === credit.signals.size ? credit : { ...credit, signals: new Map(signals) };
  }

  #unusedBy({ others, unreached }: Pick<StepResult, "others" | "unreached">): readonly string[] {
    const waiting = this.parameters.filter((parameter) => waitingCredits(parameter).length > 0);
    return unusedText({ others, unreached, waiting });
  }

  async #stepOn(credit: Credit | undefined, signal: AbortSignal | undefined): Promise<Omit<StepResult, "unused">> {
    const reached = this.parameters.filter((parameter) => credit?.signals.has(parameter));
    if (credit === undefined || reached.length === 0) {
      const names = this.parameters.map((parameter) => parameter.name).join(", ");
      throw new TracegradError(
        "no-feedback",
        `No feedback has reached ${names}. Call graph.backward(feedback) before the step.`,
      );
    }
    const context = { parameters: this.parameters, llm: this.#llm, signal };
    signal?.throwIfAborted();
    const [proposal, memory] = await this.#algorithm.propose(credit, this.#memory, context);
    // Rewritten code runs in its sandbox from the next call on, so that must be loaded by then.
    await Promise.all(proposal.updates.map(({ parameter }) => parameter.code?.load()));
    // A step that was cancelled while it waited changes nothing, whether or not the model heeded the signal.
    signal?.throwIfAborted();
    const before = this.#current();
    this.#state = proposal.updates.length === 0 ? before : commit(proposal.updates, before);
    this.#memory = memory;
    return {
      ...proposal,
      changes: this.#state === before ? [] : this.#state.diff(before),
      unreached: this.parameters.filter((parameter) => !reached.includes(parameter)),
      others: this.#others.among(credit.signals.keys()),
      state: this.#state,
    };
  }

  /** The last state, with the values that others have made live since. */
  #current(): ParameterState {
    return this.#state.set(this.parameters.map((parameter) => [parameter, parameter.entry.value]));
  }

  /**
   * @internal Makes values live that a loop has reached, without a step, and continues with `memory`. They follow the
   * last state, so its history includes them.
   */
  follow(values: Readonly<Record<string, unknown>>, memory: S = this.#memory): void {
    const before = this.#current();
    this.#state = before.set(this.parameters.map((parameter) => [parameter, values[before.nameOf(parameter)]]));
    this.#memory = memory;
    restore(this.#state);
  }

  /** Makes the values before the last step live again, and returns them. */
  undo(): ParameterState {
    this.#state = this.#state.undo();
    restore(this.#state);
    return this.#state;
  }

  /** The optimizer's memory and all parameter values, with their history. */
  toJSON(): OptimizerJson {
    return {
      format: "tracegrad-optimizer",
      version: 1,
      algorithm: this.#algorithm.name,
      memory: this.#memory,
      parameters: this.#state.toJSON(),
    };
  }

  /**
   * Restores the memory and the values of a saved optimizer, and makes the values live.
   * @throws TracegradError `bad-state` when it was saved by another algorithm, for other parameters, or in a newer
   * format.
   */
  load(json: OptimizerJson): void {
    if (json?.format !== "tracegrad-optimizer" || json.version !== 1 || json.algorithm !== this.#algorithm.name) {
      const got = `${String(json?.format)} ${String(json?.version)} of ${String(json?.algorithm)}`;
      throw new TracegradError(
        "bad-state",
        `Expected a saved ${this.#algorithm.name} (tracegrad-optimizer 1); got ${got}.`,
      );
    }
    this.#state = ParameterState.fromJSON(this.parameters, json.parameters);
    this.#memory = json.memory as S;
    restore(this.#state);
  }
}
