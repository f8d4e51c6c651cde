/**
 * A simulated model with a rulebook: its prompt must hold eight rules that nobody tells in advance, each example needs
 * two of them, and the feedback names one that was broken.
 */

import { bundle, parameter } from "tracegrad";
import { type Rng, seeded } from "../../../src/util/rng.ts";
import { type Family, pick, taskOf, type Values } from "../problem.ts";
import { type Prompt, shownText } from "../prompt.ts";
import { brokenIn, followed, heard, hiddenRules, judged, opposite, parts, sentences } from "./rules.ts";

/** Puts the broken rule near the top, without its opposite; when the prompt gets too long, the last line goes. */
function told(prompt: Prompt, rng: Rng): Values | undefined {
  const broken = brokenIn(prompt.feedback);
  if (broken.length === 0) return undefined;
  const sentence = pick(broken, rng);
  const [first = "", ...others] = shownText(prompt, "prompt").split("\n");
  const kept = others.filter((line) => line !== sentence && line !== opposite(sentence));
  return { prompt: [first, sentence, ...kept].slice(0, heard).join("\n") };
}

/** Puts in a sentence from the book of all sentences, takes a line out, or both. */
function random(prompt: Prompt, rng: Rng): Values {
  const lines = shownText(prompt, "prompt").split("\n");
  const kind = rng.integer(3);
  const kept = kind !== 0 && lines.length > 1 ? lines.toSpliced(1 + rng.integer(lines.length - 1), 1) : lines;
  const next = kind === 1 ? kept : kept.toSpliced(1 + rng.integer(kept.length), 0, pick(sentences, rng));
  return { prompt: next.join("\n") };
}

export const rulebook: Family = {
  name: "rulebook",
  about: "A simulated model that needs eight hidden rules in its prompt and hears ten lines; words name a broken rule.",
  moves: { told, random },
  problem(seed, { noise = 0 } = {}) {
    const { rules, rows, misleading } = hiddenRules(seeded(`rulebook/${seed}`));
    const first = "You answer questions.";
    const start = [first, ...misleading].join("\n");
    return {
      name: `rulebook/${seed}`,
      family: "rulebook",
      optimum: 1,
      best: { prompt: [first, ...rules].join("\n") },
      make() {
        const prompt = parameter(start, { name: "prompt", doc: "What the model is told before each question." });
        const answer = bundle(
          (prompt: string, question: string) => ({ question, rules: followed(prompt.split("\n")) }),
          {
            name: "answer",
            doc: `Has a model answer by the prompt, of which it hears ${heard} lines.`,
          },
        );
        return taskOf({
          agent: (question: string) => answer(prompt, question),
          parameters: prompt,
          guide: (_question: string, { rules }: { rules: readonly string[] }, needs: readonly string[]) =>
            judged(rules, needs),
          rows,
          parts,
          noise: { seed: `rulebook/${seed}`, size: noise },
        });
      },
    };
  },
};
