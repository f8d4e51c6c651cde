/** Plays the simulator with an agent: traced step by step for learning, untraced for evaluation. */

import { bundle, ExecutionError, type Node, type Traced, trace, untraced, type WorkflowGraph } from "tracegrad";
import { type PongAgent, seedChance } from "./agent.ts";
import { type Action, type Observation, PongSimulator } from "./simulator.ts";

/** A traced piece of a game: one graph a step, each made from the observation that the step before led to. */
export interface Rollout {
  readonly graphs: readonly WorkflowGraph<Action>[];
  /** The sum of the rewards. */
  readonly total: number;
  /** What the agent's code threw, if it failed; the rollout ends there. */
  readonly error: ExecutionError | undefined;
}

/** Plays up to `steps` steps of a fresh game. The environment's step is part of the graph: it links each move to the next. */
export function rollout(agent: Traced<PongAgent>, seed: number, steps: number): Rollout {
  const game = new PongSimulator(seed);
  seedChance(seed);
  let observation = game.reset();
  let total = 0;
  const environment = bundle(
    function environment_step(action: Action): Observation {
      ({ observation } = game.step(action));
      return observation;
    },
    { doc: "Plays four frames of Pong with the action; gives what is seen then, with the reward of the step." },
  );
  const graphs: WorkflowGraph<Action>[] = [];
  let obs: Observation | Node<Observation> = observation;
  while (graphs.length < steps) {
    const seen: Observation | Node<Observation> = obs;
    const graph = trace(() => agent.act(seen));
    graphs.push(graph);
    if (graph.error !== undefined) return { graphs, total, error: graph.error };
    obs = environment(graph.output);
    total += observation.reward ?? 0;
  }
  return { graphs, total, error: undefined };
}

/** Scores of whole games, without a trace. */
export interface Evaluation {
  readonly scores: readonly number[];
  readonly mean: number;
  readonly std: number;
  /** How many of the games ended because the agent's code failed: those count as lost. */
  readonly failed: number;
}

/** The longest game, in steps of four frames. */
const longestGame = 4_000;
const lostGame = -21;

/** Plays one game for each seed, to 21 points or 4,000 steps. */
export async function evaluate(agent: Traced<PongAgent>, seeds: readonly number[]): Promise<Evaluation> {
  const scores: number[] = [];
  let failed = 0;
  for (const seed of seeds) {
    const score = untraced(() => playOnce(agent, seed));
    if (score === undefined) failed += 1;
    scores.push(score ?? lostGame);
    // Lets timers and progress run between games.
    await new Promise(setImmediate);
  }
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
  return { scores, mean, std: Math.sqrt(variance), failed };
}

function playOnce(agent: Traced<PongAgent>, seed: number): number | undefined {
  const game = new PongSimulator(seed);
  seedChance(seed);
  let observation = game.reset();
  let score = 0;
  try {
    for (let step = 0; step < longestGame; step++) {
      const result = game.step(agent.act(observation).data);
      observation = result.observation;
      score += result.reward;
      if (result.done) break;
    }
    return score;
  } catch (error) {
    // An action that the simulator does not know is the agent's failure too.
    if (error instanceof ExecutionError || error instanceof RangeError) return undefined;
    throw error;
  }
}
