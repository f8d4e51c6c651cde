/** Plays one example for the loop: a run on an input judged by a guide, or an episode in an environment. */

import type { Feedback } from "../graph/feedback.ts";
import { trace } from "../graph/trace.ts";
import { ExecutionError, type Node } from "../nodes/node.ts";
import { untraced, withParameters } from "../nodes/runs.ts";
import type { ParameterState } from "../nodes/state.ts";
import type { Experience } from "../templates/template.ts";
import type { EpisodeSummary } from "./environment.ts";
import type { EnvironmentTask } from "./environment-task.ts";
import { judge, judgeInFull } from "./guides/judge.ts";
import type { TrainOptions } from "./options.ts";
import type { EvaluationResult, Example, Judgement, Outcome } from "./types.ts";

/** A traced play: how it went, and what there is to learn from it. */
export interface Rollout {
  readonly outcome: Outcome;
  /** None when the judge failed; one for an input; one a step for an episode. */
  readonly experiences: readonly Experience[];
}

/** How examples are played. */
export interface Player {
  /** Plays with a trace, on the live values. `validation` is the last score of those values, for feedback that tells it. */
  rollout(example: Example, validation: EvaluationResult | undefined): Promise<Rollout>;
  /** Plays without a trace, on the values of a candidate. */
  score(example: Example, state: ParameterState): Promise<Outcome>;
}

/** The player for the given options. */
export function playerOf(options: TrainOptions): Player {
  return options.environment === undefined ? inputPlayer(options) : episodePlayer(options, options.environment);
}

function inputPlayer(options: TrainOptions): Player {
  const { agent = unjudged, guide = unjudged, signal } = options;
  const run = async (input: unknown): Promise<Node> => agent(input);
  return {
    async rollout(example) {
      const graph = await trace(() => run(example.input));
      if (graph.error !== undefined) {
        const outcome = agentFailure(options, example, graph.error);
        return { outcome, experiences: [{ graph, feedback: feedbackOn(outcome) }] };
      }
      const { outcome, judgement } = await judgeInFull(guide, example, graph.value, { signal });
      return { outcome, experiences: judgement === undefined ? [] : [{ graph, feedback: toldOf(judgement) }] };
    },
    async score(example, state) {
      try {
        const output = await withParameters(state, () => untraced(() => run(example.input)));
        return await judge(guide, example, output.data, { signal });
      } catch (error) {
        if (error instanceof ExecutionError) return agentFailure(options, example, error);
        throw error;
      }
    },
  };
}

/** Only there for the types: `train` refuses options without an agent and a guide, or an environment. */
function unjudged(): never {
  throw new TypeError("There is nothing to run, or nothing that judges it.");
}

/** A judgement as feedback: what was measured beside the score is told in words. */
function toldOf({ objectives, text, ...rest }: Judgement): Feedback {
  if (objectives === undefined) return { text, ...rest };
  const measured = Object.entries(objectives).map(([name, value]) => `${name}: ${value}`);
  return { text: [text, ...measured].filter((line) => line !== "").join("\n"), ...rest };
}

function feedbackOn({ feedback, score }: Outcome): Feedback {
  return score === undefined ? feedback : { text: feedback, score };
}

function agentFailure({ failureScore = 0 }: TrainOptions, example: Example, error: ExecutionError): Outcome {
  const feedback = `The program failed: ${error.message}\nFix this error.`;
  return { exampleId: example.id, score: failureScore, feedback, failure: { of: "agent", message: error.message } };
}

function episodePlayer(options: TrainOptions, task: EnvironmentTask): Player {
  const { signal } = options;
  const outcomeOf = (example: Example, { total, steps, error }: EpisodeSummary): Outcome => {
    const feedback = `The episode of ${steps} steps ended with a total reward of ${total}.`;
    if (error !== undefined) return agentFailure(options, example, error);
    return { exampleId: example.id, score: total, feedback, failure: undefined };
  };
  return {
    async rollout(example, validation) {
      const played = await task.play({ seed: example.input as number, traced: true, signal });
      const outcome = outcomeOf(example, played);
      const given = task.feedback?.(played, validation);
      const experiences = played.experiences.map((experience) =>
        experience.end === true && given !== undefined ? { ...experience, feedback: given } : experience,
      );
      return { outcome, experiences };
    },
    score: async (example, state) =>
      outcomeOf(
        example,
        await withParameters(state, () => task.play({ seed: example.input as number, traced: false, signal })),
      ),
  };
}
