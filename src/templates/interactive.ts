/** One experience, one update: the interactive template. */

import type { LearningTemplate } from "./template.ts";

/** The interactive template, G = g: each run is a separate learning graph. Source: the paper's appendix D.3. */
export function interactive(): LearningTemplate {
  return {
    spec: { kind: "interactive" },
    wants: 1,
    episodes: false,
    async *stream(experiences) {
      for await (const { graph, feedback } of experiences) yield { graph, feedback, size: 1 };
    },
  };
}
