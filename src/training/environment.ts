/**
 * Environments that an agent acts in step by step, and episodes in them: one graph per step, each made from the one
 * before.
 */

import type { Feedback } from "../graph/feedback.ts";
import type { WorkflowGraph } from "../graph/graph.ts";
import { trace } from "../graph/trace.ts";
import { failureIn } from "../nodes/failures.ts";
import { node } from "../nodes/input-node.ts";
import { derive, type ExecutionError, isCarrier, lift, type Node } from "../nodes/node.ts";
import { input, operator } from "../nodes/operation.ts";
import { untraced } from "../nodes/runs.ts";
import type { Experience } from "../templates/template.ts";
import { TracegradError } from "../util/errors.ts";
import { atPath } from "../util/external-call.ts";
import { mapLimited } from "../util/limit.ts";
import { preview } from "../util/preview.ts";
import { requireWholeNumber } from "../util/require.ts";

/** The result of an action. */
export interface Transition<O = unknown> {
  /** What the agent sees next. */
  readonly observation: O;
  /** How good the step was: a finite number. */
  readonly reward: number;
  /** True when the episode is over. */
  readonly done: boolean;
}

/** An environment that an agent acts in. One instance runs one episode at a time. */
export interface Environment<O = unknown, A = unknown> {
  /** What a step does, for the optimizer to read. Default: a general sentence. */
  readonly doc?: string;
  /** Begins the episode of the seed, and returns what the agent sees first. */
  reset(seed: number): O | Promise<O>;
  /**
   * Carries out an action. An error that it throws counts as caused by the action, so it ends the episode as a failure
   * of the agent.
   */
  step(action: A): Transition<O> | Promise<Transition<O>>;
}

/** A program that chooses an action from what it sees. */
export type Agent<O = unknown, A = unknown> = (observation: Node<O>) => Node<A> | A | Promise<Node<A> | A>;

/** One step of an episode. */
export interface EpisodeStep<O = unknown, A = unknown> {
  /** From 0. */
  readonly index: number;
  /** What the agent saw. */
  readonly observation: O;
  /** What it did; undefined when it failed before. */
  readonly action: A | undefined;
  /** The reward; 0 for a failed step. */
  readonly reward: number;
  /** The sum of the rewards up to this step. */
  readonly total: number;
  /** Whether the environment ended the episode. */
  readonly done: boolean;
  /** Set when the agent failed in this step, or the environment refused its action. */
  readonly error: ExecutionError | undefined;
}

/** Summary of an episode. */
export interface EpisodeSummary {
  readonly seed: number;
  /** The number of steps that began. */
  readonly steps: number;
  /** The sum of the rewards. */
  readonly total: number;
  /** The error that ended it, if the agent failed. */
  readonly error: ExecutionError | undefined;
}

/** An episode that was run. */
export interface Episode<A = unknown> extends EpisodeSummary {
  /** One per step, the last with `end: true`; none when it was not traced. */
  readonly experiences: readonly Experience<A>[];
}

/** Feedback on a step, given when the episode is over. On the last step it is feedback on the episode. */
export type EpisodeJudge<O = unknown, A = unknown> = (
  step: EpisodeStep<O, A>,
  episode: EpisodeSummary,
) => Feedback | Promise<Feedback>;

/** Options of {@link playEpisode}. */
export interface EpisodeOptions<O = unknown, A = unknown> {
  /** Determines the episode. */
  readonly seed: number;
  /** The maximum number of steps, at least 1. */
  readonly maxSteps: number;
  /** Judges each step. Default: the rewards in words, with the total so far as the score. */
  readonly judge?: EpisodeJudge<O, A>;
  /** False to make no graphs and no experiences, as for evaluation. Default: true. */
  readonly traced?: boolean;
  /** Ends the episode between two steps, with the error of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs one episode. Each step is a separate trace; a node of the environment's step links its output to what the next
 * step sees, so that `chain` and `episodic` can follow it. An agent that fails, or whose action the environment
 * refuses, ends the episode as data: the last graph holds the error. Any other error, such as one of `reset`, is
 * thrown.
 * @throws TracegradError `bad-environment` for an invalid transition, `bad-option` when `maxSteps` is not a positive
 * integer.
 * @example
 * const { experiences, total } = await playEpisode(player.act, new Pong(), { seed: 7, maxSteps: 400 });
 */
export async function playEpisode<O, A>(
  agent: Agent<O, A>,
  environment: Environment<O, A>,
  options: EpisodeOptions<O, A>,
): Promise<Episode<A>> {
  requireWholeNumber("maxSteps", options.maxSteps);
  // An episode that is only scored is one run: its code parameters share one VM, as the steps of a game do.
  return options.traced === false
    ? untraced(() => play(agent, environment, options))
    : play(agent, environment, options);
}

async function play<O, A>(
  agent: Agent<O, A>,
  environment: Environment<O, A>,
  { seed, maxSteps, judge = inWords, traced = true, signal }: EpisodeOptions<O, A>,
): Promise<Episode<A>> {
  const turn = turnsOf(agent, environment, traced);
  const steps: StepTrace<O, A>[] = [];
  let total = 0;
  let seen: Node<O> = node(await environment.reset(seed), { name: "observation" });
  for (let index = 0; index < maxSteps; index++) {
    signal?.throwIfAborted();
    const { graph, action, next, result, error } = await turn(seen);
    const { reward, done } =
      error === undefined ? checkTransition(result, { seed, index }) : { reward: 0, done: false };
    total += reward;
    // Without a trace only the last step matters, and an episode may be long.
    if (!traced) steps.length = 0;
    steps.push({ graph, step: { index, observation: seen.data, action, reward, total, done, error } });
    if (error !== undefined || done) break;
    seen = next as Node<O>;
  }
  const { index, error } = (steps.at(-1) as StepTrace<O, A>).step;
  const summary: EpisodeSummary = { seed, steps: index + 1, total, error };
  return { ...summary, experiences: traced ? await judgeSteps(steps, summary, judge) : [] };
}

/** Options of {@link playEpisodes}. */
export interface EpisodesOptions<O = unknown, A = unknown> extends Omit<EpisodeOptions<O, A>, "seed"> {
  /** One episode for each, in this order. */
  readonly seeds: readonly number[];
  /** The maximum number of episodes at the same time, at least 1. Default: 8. */
  readonly concurrency?: number;
}

/**
 * Runs several episodes at the same time, each in its own environment, and gives them in the order of the seeds. After
 * an error no further episode begins; running ones finish before it is thrown.
 */
export async function playEpisodes<O, A>(
  agent: Agent<O, A>,
  makeEnvironment: () => Environment<O, A> | Promise<Environment<O, A>>,
  { seeds, concurrency = 8, ...options }: EpisodesOptions<O, A>,
): Promise<readonly Episode<A>[]> {
  requireWholeNumber("concurrency", concurrency);
  // Each has its own path in a recorded run, since their calls come in any order.
  return mapLimited(seeds, concurrency, (seed, index) =>
    atPath(`episode ${index}`, async () => playEpisode(agent, await makeEnvironment(), { ...options, seed })),
  );
}

interface StepTrace<O, A> {
  readonly graph: WorkflowGraph<A> | undefined;
  readonly step: EpisodeStep<O, A>;
}

interface Turn<O, A> {
  readonly graph: WorkflowGraph<A> | undefined;
  readonly action: A | undefined;
  /** What the agent sees next, as a node made from its action. */
  readonly next: Node<O> | undefined;
  /** What the environment returned, not checked. */
  readonly result: unknown;
  readonly error: ExecutionError | undefined;
}

const chosen = input("action");

/** The agent's choice and the environment's answer, as one run. */
function turnsOf<O, A>(agent: Agent<O, A>, environment: Environment<O, A>, traced: boolean) {
  const { doc = "Carries out the action; gives what is seen then." } = environment;
  const operation = operator("environment_step", ["action"], doc);
  return async (seen: Node<O>): Promise<Turn<O, A>> => {
    const parts: { action?: Node; next?: Node; result?: unknown } = {};
    const run = async (): Promise<Node<A>> => {
      parts.action = lift(await agent(seen), chosen, isCarrier);
      const step = async (value: A) => {
        parts.result = await environment.step(value);
        return (parts.result as Partial<Transition> | null | undefined)?.observation;
      };
      parts.next = await derive(operation, step, [parts.action]);
      return parts.action as Node<A>;
    };
    const { graph, error } = traced ? await runTraced(run) : await runUntraced(run);
    const action = parts.action?.data as A | undefined;
    return { graph, action, next: parts.next as Node<O> | undefined, result: parts.result, error };
  };
}

type TracedTurn<A> = Pick<Turn<unknown, A>, "graph" | "error">;

async function runTraced<A>(run: () => Promise<Node<A>>): Promise<TracedTurn<A>> {
  const graph = (await trace(run)) as unknown as WorkflowGraph<A>;
  return { graph, error: graph.error };
}

async function runUntraced<A>(run: () => Promise<Node<A>>): Promise<TracedTurn<A>> {
  try {
    await run();
  } catch (thrown) {
    const error = failureIn(undefined, thrown);
    if (error === undefined) throw thrown;
    return { graph: undefined, error };
  }
  return { graph: undefined, error: undefined };
}

function checkTransition(
  result: unknown,
  { seed, index }: { readonly seed: number; readonly index: number },
): Transition {
  const { reward, done } = (result ?? {}) as Partial<Transition>;
  if (Number.isFinite(reward) && typeof done === "boolean") return result as Transition;
  throw new TracegradError(
    "bad-environment",
    "The step of an environment returns { observation, reward: a finite number, done: true or false }; at step " +
      `${index} ` +
      `of the episode with seed ${seed} it returned ${preview(result, 120)}. Fix the environment.`,
  );
}

async function judgeSteps<O, A>(
  steps: readonly StepTrace<O, A>[],
  summary: EpisodeSummary,
  judge: EpisodeJudge<O, A>,
): Promise<readonly Experience<A>[]> {
  const experiences: Experience<A>[] = [];
  for (const { graph, step } of steps) {
    const feedback = await judge(step, summary);
    experiences.push({ graph: graph as WorkflowGraph<A>, feedback, end: experiences.length === steps.length - 1 });
  }
  return experiences;
}

/** The default judge. The sentence on a whole episode is that of the paper's Atari studies. */
function inWords({ index, reward, total, error }: EpisodeStep, { steps }: EpisodeSummary): Feedback {
  if (index < steps - 1) {
    return { text: `Step ${index + 1} of ${steps}: reward ${reward}, total score so far ${total}.`, score: total };
  }
  const text = `Episode ends after ${steps} steps with total score: ${total.toFixed(1)}`;
  if (error === undefined) return { text, score: total };
  return { text: `${text}\nThe program failed: ${error.message}\nFix this error first.`, score: total };
}
