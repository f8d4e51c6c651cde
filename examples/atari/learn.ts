/** A run of the study: one game, one credit horizon, one trial. */

import { type EvaluationResult, episodic, type Feedback, type Run, train } from "tracegrad";
import { seeds } from "tracegrad/data";
import { type EpisodeSummary, environmentTask } from "tracegrad/environments";
import type { LanguageModel } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import type { Bridge } from "./bridge.ts";
import type { Agent, Game } from "./game.ts";
import { AtariWorld, seedsFor } from "./world.ts";

/** The two conditions of the study. */
export const horizons = ["one-step", "multi-step"] as const;
export type HorizonName = (typeof horizons)[number];

/** What a run is. */
export interface Arm {
  readonly game: Game;
  readonly horizon: HorizonName;
  /** From 1; it decides the agent's chance. */
  readonly trial: number;
  /** Optimizer steps. */
  readonly steps: number;
  /** Whether it takes all of them, also after a score that reaches the game's goal. */
  readonly pastGoal: boolean;
}

/** The name of a run, as its files have it. */
export const nameOf = ({ game, horizon, trial }: Pick<Arm, "game" | "horizon" | "trial">): string =>
  `${game.id}-${horizon}-${trial}`;

/** Past steps that the optimizer is reminded of, as in the paper. */
const memorySize = 5;
/** So that nothing of a trace is cut or left out: it is what the conditions differ in. */
const room = { maxPromptTokens: 100_000, maxValueCharacters: 8_000 };

/** What a run works with. */
export interface RunParts {
  readonly agent: Agent;
  readonly bridge: Bridge;
  readonly llm: LanguageModel;
  /** Default: the run is in memory only. */
  readonly folder?: string;
  /** Stops the run. Default: nothing does. */
  readonly signal?: AbortSignal;
}

/** Starts the run, or goes on with the one in `folder`. The agent ends with the values of the best program. */
export function startRun(
  { game, horizon, trial, steps, pastGoal }: Arm,
  { agent, bridge, llm, folder, signal }: RunParts,
): Run {
  const { parameters, act } = agent;
  const length = horizon === "one-step" ? 1 : game.horizon;
  return train({
    optimizer: optoPrime(parameters, { llm, memorySize, ...room, problemContext: game.instruction }),
    environment: environmentTask({
      agent: act,
      make: () => new AtariWorld(game, bridge),
      maxSteps: length,
      scoredSteps: game.evaluation.steps * (game.playsOn ? game.evaluation.episodes : 1),
      feedback: (episode, validation) => feedbackOn(game, episode, validation),
    }),
    data: seeds(seedsFor(game, trial)),
    order: "given",
    template: episodic({ horizon: length }),
    budget: { steps },
    ...(!pastGoal && { stop: { goal: game.goal } }),
    ...(game.returnsToBest && { rollback: { onFailure: true, below: 0.8, after: 5 } }),
    acceptance: "best",
    failureScore: game.failureScore,
    // One game at a time: the agent's chance is seeded with the game.
    concurrency: 1,
    folder,
    signal,
  });
}

/**
 * What the optimizer is told: the episode it sees, and by how the same program was evaluated, what to try. Its score is
 * that of the evaluation, in both conditions.
 */
export function feedbackOn(game: Game, episode: EpisodeSummary, validation: EvaluationResult | undefined): Feedback {
  const { steps, total, error } = episode;
  const line = game.episodeLine?.(episode) ?? `Episode ends after ${steps} steps with total score: ${total.toFixed(1)}`;
  if (error !== undefined) {
    return { text: `${line}\nThe program failed: ${error.message}\nFix this error first.`, score: game.failureScore };
  }
  const scores = validation?.outcomes.map(({ score }) => score ?? game.failureScore) ?? [total];
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
  return { text: `${line}\n${game.stageLine({ mean, std: Math.sqrt(variance) })}`, score: mean };
}
