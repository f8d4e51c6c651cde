/** One experience, one update: the interactive template. */

import { feedbackOnStep } from "./return.ts";
import { type LearningTemplate, placeOf } from "./template.ts";

/**
 * The interactive template, G = g: each run, or each step of an episode, is a separate learning graph. The score of a
 * step is its reward. Source: the paper's appendix D.3.
 */
export function interactive(): LearningTemplate {
  return {
    spec: { kind: "interactive" },
    wants: 1,
    episodes: false,
    async *stream(experiences) {
      for await (const step of experiences) {
        yield { graph: step.graph, feedback: feedbackOnStep(step), size: 1, ...placeOf(step) };
      }
    },
  };
}
