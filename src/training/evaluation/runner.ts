/** Runs one example for the loop: a program on an input, judged by a guide, or an episode in an environment. */

import type { Feedback } from "../../graph/feedback.ts";
import { trace } from "../../graph/trace.ts";
import { failureIn } from "../../nodes/failures.ts";
import { isCarrier, nodesIn, unwrap } from "../../nodes/node.ts";
import { untracedWith } from "../../nodes/runs.ts";
import type { ParameterState } from "../../nodes/state.ts";
import type { Experience } from "../../templates/template.ts";
import { faultOf, toExternalCallError, withOutages } from "../../util/fault.ts";
import { withRunSignal } from "../../util/run-signal.ts";
import { judgeInFull } from "../guides/judge.ts";
import { highestScoreOf } from "../guides/max-score.ts";
import type { TrainOptions } from "../options.ts";
import type { EvaluationResult, Example, Judgement, Outcome } from "../types.ts";
import { episodeRunner, type RunGuard, type RunningRollout } from "./episode-runner.ts";
import { scoreFailure, scoreMisuse } from "./failed-run.ts";
import { lostCredit } from "./lost-credit.ts";
import type { RunnerResult, TracedResult } from "./runner-result.ts";

/** What decides how examples run. */
export interface RunnerOptions
  extends Pick<
    TrainOptions,
    "guide" | "environment" | "signal" | "outages" | "failureScore" | "showTarget" | "objectives" | "maxScore"
  > {
  readonly agent?: ((input: unknown) => unknown) | undefined;
  readonly optimizer: Pick<TrainOptions["optimizer"], "parameters">;
}

/** Runs examples. */
export interface Runner {
  /**
   * Runs with a trace, on the live values. `validation` is the last score of those values, for feedback that uses it.
   */
  rollout(example: Example, validation: EvaluationResult | undefined): Promise<TracedResult>;
  /** Runs without a trace, on the values of a candidate. */
  score(example: Example, state: ParameterState): Promise<RunnerResult>;
  /** Begins an episode with a trace, to be continued step by step. Only of an environment. */
  begin?(example: Example): RunningRollout;
}

/**
 * The runner for the given options. A run gives an outcome whatever the program does. It rejects when the run is
 * cancelled, and with an ExternalCallError for an outage.
 */
export function runnerOf(options: RunnerOptions): Runner {
  const guarded: RunGuard = (example, play, orElse) =>
    runExample(options, play, (error) => orElse(scoreMisuse(options, example, error)));
  if (options.environment !== undefined) return episodeRunner(options, options.environment, guarded);
  const { rollout, score } = inputRunner(options);
  return {
    rollout: (example, validation) =>
      guarded(
        example,
        () => rollout(example, validation),
        (outcome) => ({ outcome, experiences: [] }),
      ),
    score: (example, state) =>
      guarded(
        example,
        () => score(example, state),
        (outcome) => ({ outcome }),
      ),
  };
}

/**
 * Runs an example with the user's `outages` rules. Incorrect use of tracegrad fails this example and is reported; it
 * does not end the run.
 */
export async function runExample<R>(
  { signal, outages, optimizer }: Pick<RunnerOptions, "signal" | "outages" | "optimizer">,
  play: () => Promise<R>,
  onMistake: (error: unknown) => R,
): Promise<R> {
  // Code that broke its engine must not affect the next example.
  for (const { code } of optimizer.parameters) if (code !== undefined) await code.load();
  try {
    return await withRunSignal(signal, () => withOutages(outages, play));
  } catch (error) {
    // After a cancel, any error is a consequence of it.
    signal?.throwIfAborted();
    const fault = faultOf(error, outages);
    if (fault === "use") return onMistake(error);
    // An abort that the run did not request comes from a client that gave up waiting.
    throw fault === "program" ? error : toExternalCallError(error, outages);
  }
}

function inputRunner(options: RunnerOptions): Runner {
  const { agent = missing, guide = missing, signal, objectives } = options;
  const maxScore = highestScoreOf(options);
  const scale = { maxScore, hasObjectives: (objectives ?? []).length > 0 };
  // Not async: a result that is available at once then certainly belongs to the run.
  const run = (input: unknown) => agent(input);
  return {
    async rollout(example) {
      const graph = await trace(() => run(example.input));
      const notes = lostCredit([graph]);
      if (graph.error !== undefined) {
        const outcome = scoreFailure(options, example, graph.error);
        return { outcome, experiences: learnable({ graph, feedback: feedbackOn(outcome, maxScore) }), notes };
      }
      const { outcome, judgement } = await judgeInFull(guide, example, graph.value, { signal, objectives });
      const experiences = judgement === undefined ? [] : learnable({ graph, feedback: feedbackOf(judgement, scale) });
      return { outcome, output: graph.value, experiences, notes };
    },
    async score(example, state) {
      let output: unknown;
      try {
        output = await untracedWith(state, () => run(example.input));
      } catch (thrown) {
        const error = failureIn(undefined, thrown);
        if (error === undefined) throw thrown;
        return { outcome: scoreFailure(options, example, error) };
      }
      // Refuses the same outputs as a trace does.
      nodesIn(output, isCarrier);
      const value = unwrap(output);
      const { outcome } = await judgeInFull(guide, example, value, { signal, objectives });
      return { outcome, output: value };
    },
  };
}

/** What can be learned from an experience: nothing when no trainable parameter took part in its output. */
function learnable(experience: Experience): readonly Experience[] {
  return experience.graph.parameters.some(({ trainable }) => trainable) ? [experience] : [];
}

/** Only for the types: `train` refuses options without an agent and a guide, or an environment. */
function missing(): never {
  throw new TypeError("There is nothing to run, or nothing that judges it.");
}

interface JudgementScale {
  readonly maxScore: number | undefined;
  readonly hasObjectives: boolean;
}

/** The text of a judgement, with its other measurements on lines below. */
export function textWithObjectives(text: string, objectives: Judgement["objectives"] = {}): string {
  const measured = Object.entries(objectives).map(([name, value]) => `${name}: ${value}`);
  return [text, ...measured].filter((line) => line !== "").join("\n");
}

/**
 * A judgement as feedback: other measurements become text. Where the run has objectives, a best score leaves something
 * to improve all the same, so nothing says that it is the best.
 */
function feedbackOf({ objectives, text, ...rest }: Judgement, { maxScore, hasObjectives }: JudgementScale): Feedback {
  const isBest = maxScore !== undefined && rest.score >= maxScore;
  const scaled = { ...rest, ...(isBest && hasObjectives ? {} : scaleOf(maxScore)) };
  return { text: textWithObjectives(text, objectives), ...scaled };
}

function feedbackOn({ feedback, score }: Outcome, maxScore: number | undefined): Feedback {
  if (score === undefined) return feedback;
  return { text: feedback, score, ...scaleOf(maxScore) };
}

function scaleOf(maxScore: number | undefined): { readonly maxScore?: number } {
  return maxScore === undefined ? {} : { maxScore };
}
