/** Plays one example for the loop: a run on an input judged by a guide, or an episode in an environment. */

import { cutOffText, cutsOf } from "../../graph/cut-off.ts";
import type { Feedback } from "../../graph/feedback.ts";
import type { Graph } from "../../graph/graph.ts";
import { trace } from "../../graph/trace.ts";
import { failureIn } from "../../nodes/failures.ts";
import { isCarrier, nodesIn, unwrap } from "../../nodes/node.ts";
import { untracedWith, withParameters } from "../../nodes/runs.ts";
import type { ParameterState } from "../../nodes/state.ts";
import type { Experience } from "../../templates/template.ts";
import { faultOf, toExternalCallError, withOutages } from "../../util/fault.ts";
import type { EpisodeSummary } from "../environment.ts";
import type { EnvironmentTask } from "../environment-task.ts";
import { judgeFailed, judgeInFull } from "../guides/judge.ts";
import type { TrainOptions } from "../options.ts";
import type { EvaluationResult, Example, Judgement, Outcome } from "../types.ts";
import { failedRun, misused } from "./failed-run.ts";

/** A play: how it went. */
export interface RunnerResult {
  readonly outcome: Outcome;
  /** What the program gave: of an episode its steps and its total reward. There is no such field when it failed. */
  readonly output?: unknown;
}

/** A traced play: how it went, and what there is to learn from it. */
export interface TracedResult extends RunnerResult {
  /** One for an input, one a step for an episode; none when the judge failed, or no parameter took part. */
  readonly experiences: readonly Experience[];
  /** What people should know of its graphs, in sentences. Default: nothing. */
  readonly notes?: readonly string[];
}

/** What decides how examples are played. */
export interface RunnerOptions
  extends Pick<
    TrainOptions,
    "guide" | "environment" | "signal" | "outages" | "failureScore" | "showTarget" | "objectives"
  > {
  readonly agent?: ((input: unknown) => unknown) | undefined;
  readonly optimizer: Pick<TrainOptions["optimizer"], "parameters">;
}

/** How examples are played. */
export interface Runner {
  /**
   * Plays with a trace, on the live values. `validation` is the last score of those values, for feedback that tells it.
   */
  rollout(example: Example, validation: EvaluationResult | undefined): Promise<TracedResult>;
  /** Plays without a trace, on the values of a candidate. */
  score(example: Example, state: ParameterState): Promise<RunnerResult>;
}

/**
 * The player for the given options. A play gives an outcome whatever the program does; it rejects when the run is
 * cancelled, and with an ExternalCallError when the world outside failed.
 */
export function runnerOf(options: RunnerOptions): Runner {
  const { rollout, score } =
    options.environment === undefined ? inputPlayer(options) : episodePlayer(options, options.environment);
  return {
    rollout: (example, validation) =>
      played(
        options,
        () => rollout(example, validation),
        (error) => ({
          outcome: misused(options, example, error),
          experiences: [],
        }),
      ),
    score: (example, state) =>
      played(
        options,
        () => score(example, state),
        (error) => ({ outcome: misused(options, example, error) }),
      ),
  };
}

/**
 * Plays, with the user's word on outages. A mistake in the use of tracegrad fails this example, and so is told; it ends
 * no run.
 */
async function played<R>(
  { signal, outages, optimizer }: RunnerOptions,
  play: () => Promise<R>,
  onMistake: (error: unknown) => R,
): Promise<R> {
  // Code that broke its engine must not take the engine from the next example.
  for (const { code } of optimizer.parameters) if (code !== undefined) await code.load();
  try {
    return await withOutages(outages, play);
  } catch (error) {
    // After a cancel, whatever is thrown comes of that.
    signal?.throwIfAborted();
    const fault = faultOf(error, outages);
    if (fault === "use") return onMistake(error);
    // An abort that nobody of ours has asked for comes of a client that gave up waiting.
    throw fault === "program" ? error : toExternalCallError(error, outages);
  }
}

function inputPlayer(options: RunnerOptions): Runner {
  const { agent = unjudged, guide = unjudged, signal, objectives } = options;
  // Not async: a result that is there at once is then known to be the run's own.
  const run = (input: unknown) => agent(input);
  return {
    async rollout(example) {
      const graph = await trace(() => run(example.input));
      const notes = lostCredit([graph]);
      if (graph.error !== undefined) {
        const outcome = failedRun(options, example, graph.error);
        return { outcome, experiences: learnable({ graph, feedback: feedbackOn(outcome) }), notes };
      }
      const { outcome, judgement } = await judgeInFull(guide, example, graph.value, { signal, objectives });
      const experiences = judgement === undefined ? [] : learnable({ graph, feedback: toldOf(judgement) });
      return { outcome, output: graph.value, experiences, notes };
    },
    async score(example, state) {
      let output: unknown;
      try {
        output = await untracedWith(state, () => run(example.input));
      } catch (thrown) {
        const error = failureIn(undefined, thrown);
        if (error === undefined) throw thrown;
        return { outcome: failedRun(options, example, error) };
      }
      // Refuses the same outputs as a trace does.
      nodesIn(output, isCarrier);
      const value = unwrap(output);
      const { outcome } = await judgeInFull(guide, example, value, { signal, objectives });
      return { outcome, output: value };
    },
  };
}

/** Which nodes take credit away from parameters. */
function lostCredit(graphs: readonly Graph[]): readonly string[] {
  return graphs.flatMap(cutsOf).map((cut) => `Credit is lost: ${cutOffText(cut)}`);
}

/** What a run teaches: nothing when no trainable parameter took part in its output. */
function learnable(experience: Experience): readonly Experience[] {
  return experience.graph.parameters.some(({ trainable }) => trainable) ? [experience] : [];
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

function episodePlayer(options: RunnerOptions, task: EnvironmentTask): Runner {
  const play = ({ input }: Example, traced: boolean) =>
    task.play({ seed: input as number, traced, signal: options.signal });
  const playedOf = (example: Example, { total, steps, error }: EpisodeSummary): RunnerResult => {
    const feedback = `The episode of ${steps} steps ended with a total reward of ${total}.`;
    if (error !== undefined) return { outcome: failedRun(options, example, error) };
    const outcome = { exampleId: example.id, score: total, feedback, failure: undefined };
    return { outcome, output: { steps, total } };
  };
  return {
    rollout: (example, validation) =>
      orUnjudged(
        example,
        async () => {
          const episode = await play(example, true);
          const given = task.feedback?.(episode, validation);
          const experiences = episode.experiences.map((experience) =>
            experience.end === true && given !== undefined ? { ...experience, feedback: given } : experience,
          );
          const notes = lostCredit(experiences.map(({ graph }) => graph));
          return { ...playedOf(example, episode), experiences, notes };
        },
        (outcome) => ({ outcome, experiences: [], notes: [] }),
      ),
    score: (example, state) =>
      orUnjudged(
        example,
        async () => playedOf(example, await withParameters(state, () => play(example, false))),
        (outcome) => ({ outcome }),
      ),
  };
}

/** The world that an agent acts in is its judge: what that throws by itself fails the example, without a score. */
async function orUnjudged<R>(example: Example, work: () => Promise<R>, unjudged: (outcome: Outcome) => R): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (faultOf(error) !== "program") throw error;
    return unjudged(judgeFailed(example, "environment", error));
  }
}
