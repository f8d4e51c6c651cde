/** An episode that is under way: each step is a graph of its own, made from the one before. */

import type { Feedback } from "../graph/feedback.ts";
import type { WorkflowGraph } from "../graph/graph.ts";
import { trace } from "../graph/trace.ts";
import { failureIn } from "../nodes/failures.ts";
import { node } from "../nodes/input-node.ts";
import { derive, type ExecutionError, isCarrier, lift, type Node } from "../nodes/node.ts";
import { input, operator } from "../nodes/operation.ts";
import type { Experience } from "../templates/template.ts";
import { TracegradError } from "../util/errors.ts";
import { numberText } from "../util/number-text.ts";
import { preview } from "../util/preview.ts";
import { requireWholeNumber } from "../util/require.ts";
import type {
  Agent,
  Environment,
  EpisodeJudge,
  EpisodeOptions,
  EpisodeStep,
  EpisodeSummary,
  Transition,
} from "./environment.ts";

/** What an episode gives for a step that it has played. */
export interface EpisodeAdvance<O = unknown, A = unknown> {
  readonly step: EpisodeStep<O, A>;
  /** Undefined when the episode is not traced. */
  readonly experience: Experience<O> | undefined;
}

/** An episode under way: it is played step by step. */
export interface RunningEpisode<O = unknown, A = unknown> {
  /** What was played so far. */
  readonly summary: EpisodeSummary;
  readonly isOver: boolean;
  /** Plays the next step, on the parameter values that the caller reads. Only while it is not over. */
  advance(): Promise<EpisodeAdvance<O, A>>;
}

/**
 * Begins an episode. Throws what `reset` throws.
 * @throws TracegradError `bad-option` when `maxSteps` is not a positive integer.
 */
export async function beginEpisode<O, A>(
  agent: Agent<O, A>,
  environment: Environment<O, A>,
  options: EpisodeOptions<O, A>,
): Promise<RunningEpisode<O, A>> {
  requireWholeNumber("maxSteps", options.maxSteps);
  const first = node(await environment.reset(options.seed), { name: "observation" });
  return new AgentEpisode(turnsOf(agent, environment, options.traced !== false), options, first);
}

class AgentEpisode<O, A> implements RunningEpisode<O, A> {
  readonly #turn: (seen: Node<O>) => Promise<Turn<O, A>>;
  readonly #options: EpisodeOptions<O, A>;
  readonly #judge: EpisodeJudge<O, A>;
  /** What the agent sees now. */
  #seen: Node<O>;
  #summary: EpisodeSummary;
  #isOver = false;

  constructor(turn: (seen: Node<O>) => Promise<Turn<O, A>>, options: EpisodeOptions<O, A>, first: Node<O>) {
    this.#turn = turn;
    this.#options = options;
    this.#judge = options.judge ?? inWords;
    this.#seen = first;
    this.#summary = { seed: options.seed, steps: 0, total: 0, error: undefined };
  }

  get summary(): EpisodeSummary {
    return this.#summary;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async advance(): Promise<EpisodeAdvance<O, A>> {
    const { seed, maxSteps, signal } = this.#options;
    signal?.throwIfAborted();
    const { steps: index, total: before } = this.#summary;
    const observation = this.#seen.data;
    const { graph, action, next, result, error } = await this.#turn(this.#seen);
    const { reward, done } =
      error === undefined ? checkTransition(result, { seed, index }) : { reward: 0, done: false };
    const total = before + reward;
    const end = error !== undefined || done || index + 1 === maxSteps;
    this.#summary = { seed, steps: index + 1, total, error };
    this.#isOver = end;
    if (next !== undefined) this.#seen = next;
    const step: EpisodeStep<O, A> = { index, observation, action, reward, total, done, end, error };
    return { step, experience: graph && (await this.#judged(graph, step)) };
  }

  async #judged(graph: WorkflowGraph<O>, step: EpisodeStep<O, A>): Promise<Experience<O>> {
    const { reward, end } = step;
    return { graph, feedback: await this.#judge(step, this.#summary), reward, end };
  }
}

/** The agent's choice and the environment's answer. */
interface Turn<O, A> {
  readonly graph: WorkflowGraph<O> | undefined;
  readonly action: A | undefined;
  /** What the agent sees next, as a node made from its action. */
  readonly next: Node<O> | undefined;
  /** What the environment returned, not checked. */
  readonly result: unknown;
  readonly error: ExecutionError | undefined;
}

const chosen = input("action");
const observed = operator("observation", ["step"], "What is seen after the step.");

/** Makes turns, each as one run. */
function turnsOf<O, A>(agent: Agent<O, A>, environment: Environment<O, A>, traced: boolean) {
  const { doc = "Carries out the action; gives the reward of the step, and leads to what is seen then." } = environment;
  const operation = operator("environment_step", ["action"], doc);
  return async (seen: Node<O>): Promise<Turn<O, A>> => {
    const parts: { action?: Node; next?: Node<O>; result?: unknown } = {};
    const run = async (): Promise<Node<O>> => {
      parts.action = lift(await agent(seen), chosen, isCarrier);
      // Two nodes, so that a prompt shows each reward and each observation once.
      const step = await derive(
        operation,
        async (value: A) => {
          parts.result = await environment.step(value);
          return { reward: fieldsOf(parts.result).reward };
        },
        [parts.action],
      );
      parts.next = (await derive(observed, () => fieldsOf(parts.result).observation, [step])) as Node<O>;
      return parts.next;
    };
    const { graph, error } = traced ? await runTraced(run) : await runUntraced(run);
    return { graph, action: parts.action?.data as A | undefined, next: parts.next, result: parts.result, error };
  };
}

type TracedTurn<O> = Pick<Turn<O, unknown>, "graph" | "error">;

async function runTraced<O>(run: () => Promise<Node<O>>): Promise<TracedTurn<O>> {
  const graph = (await trace(run)) as unknown as WorkflowGraph<O>;
  return { graph, error: graph.error };
}

async function runUntraced<O>(run: () => Promise<Node<O>>): Promise<TracedTurn<O>> {
  try {
    await run();
  } catch (thrown) {
    const error = failureIn(undefined, thrown);
    if (error === undefined) throw thrown;
    return { graph: undefined, error };
  }
  return { graph: undefined, error: undefined };
}

/** The fields of what an environment returned, which may be anything. */
function fieldsOf(result: unknown): { readonly [field in keyof Transition]?: unknown } {
  return (result ?? {}) as { readonly [field in keyof Transition]?: unknown };
}

function checkTransition(
  result: unknown,
  { seed, index }: { readonly seed: number; readonly index: number },
): Pick<Transition, "reward" | "done"> {
  const { reward, done } = fieldsOf(result);
  if (typeof reward === "number" && Number.isFinite(reward) && typeof done === "boolean") return { reward, done };
  throw new TracegradError(
    "bad-environment",
    "The step of an environment returns { observation, reward: a finite number, done: true or false }; at step " +
      `${index} of the episode with seed ${seed} it returned ${preview(result, 120)}. Fix the environment.`,
  );
}

/** The default judge. The sentence on a whole episode is that of the paper's Atari studies. */
function inWords({ index, reward, total, end, error }: EpisodeStep): Feedback {
  if (!end) {
    const text = `Step ${index + 1}: reward ${numberText(reward)}, total score so far ${numberText(total)}.`;
    return { text, score: reward };
  }
  const text = `Episode ends after ${index + 1} steps with total score: ${total.toFixed(1)}`;
  if (error === undefined) return { text, score: total };
  return { text: `${text}\nThe program failed: ${error.message}\nFix this error first.`, score: total };
}
