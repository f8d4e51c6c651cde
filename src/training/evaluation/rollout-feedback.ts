/** The option `feedback` of `train`: each rollout gets the text that it gives, wherever the rollout was made. */

import { toFeedback } from "../../graph/feedback.ts";
import type { Experience } from "../../templates/template.ts";
import { requireText } from "../../util/as-text.ts";
import { atPath } from "../../util/external-call.ts";
import type { PastRollouts, Progress } from "../events.ts";
import { orUnjudged, outcomeOfJudgeFailure, shortenFeedback } from "../guides/judge.ts";
import { JUDGE } from "../journal/call-key.ts";
import type { TrainOptions } from "../options.ts";
import type { Outcome, RolloutOutcome } from "../types.ts";
import { type Runner, runExample, textWithObjectives } from "./runner.ts";
import type { TracedResult } from "./runner-result.ts";

/**
 * The runner with the text of the run's `feedback` on its rollouts; without that option, the runner itself. `progress`
 * is that of the run: only what finished rounds have left counts, so the text is the same at any concurrency and after a
 * resume.
 */
export function withFeedback(runner: Runner, options: TrainOptions, progress: () => Progress): Runner {
  const { feedback } = options;
  if (feedback === undefined) return runner;
  return {
    ...runner,
    async rollout(example, validation) {
      const result = await runner.rollout(example, validation);
      const { score, failure } = result.outcome;
      // Nobody learns from what the judge failed on, and from incorrect use.
      if (score === undefined || failure?.of === "use") return result;
      const { steps, past } = progress();
      const rollout = { ...result.outcome, score, step: steps + 1 };
      const write = async (): Promise<TracedResult> => {
        const given = await atPath(JUDGE, () => feedback(rollout, { earlier: inOrder(past) }));
        return withText(result, shortenFeedback(requireText(given, "What `feedback` gave")));
      };
      const orElse = (error: unknown): TracedResult => {
        // After a cancel, any error is a consequence of it.
        options.signal?.throwIfAborted();
        return { ...result, outcome: outcomeOfJudgeFailure(example, "function `feedback`", error), experiences: [] };
      };
      return runExample(options, () => orUnjudged(write, orElse), orElse);
    },
  };
}

/** In a list of its own, which the function may change. */
function inOrder(past: PastRollouts | undefined): readonly RolloutOutcome[] {
  const rounds: (readonly RolloutOutcome[])[] = [];
  for (let one = past; one !== undefined; one = one.before) rounds.push(one.outcomes);
  return rounds.reverse().flat();
}

function withText(result: TracedResult, text: string): TracedResult {
  const outcome: Outcome = { ...result.outcome, feedback: text };
  const full = textWithObjectives(text, outcome.objectives);
  const experiences = result.experiences.map(
    (one): Experience => ({ ...one, feedback: { ...toFeedback(one.feedback), text: full } }),
  );
  return { ...result, outcome, experiences };
}
