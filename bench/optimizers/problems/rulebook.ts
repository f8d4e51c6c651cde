/**
 * A simulated model with a rulebook: its prompt must hold eight rules that nobody tells in advance, each example needs two of
 * them, and the feedback names one that was broken. It is a simulator: no language model would obey so well.
 */

import { bundle, parameter } from "tracegrad";
import { type Rng, seeded, shuffled } from "../../../src/util/rng.ts";
import { type Family, pick, taskOf, type Values } from "../problem.ts";
import { type Prompt, shownText } from "../prompt.ts";

const topics = [
  "name the unit of a number",
  "give the source of a claim",
  "answer in the language of the question",
  "end with the answer on a line of its own",
  "say how sure the answer is",
  "write dates as year, month, day",
  "round to two digits",
  "name what was assumed",
  "use the words of the question",
  "greet the reader by name",
  "number the steps",
  "check the sum at the end",
  "keep to one sentence",
  "write names in full",
  "quote the passage that was used",
  "offer another reading",
];
/** How many rules are needed, by how many examples each; and how many lines of its prompt the model hears. */
const needed = 8;
const heard = 10;
const parts = { train: 12, validation: 8, exam: 16 };

const always = (topic: string) => `Always ${topic}.`;
const never = (topic: string) => `Never ${topic}.`;
const sentences = topics.flatMap((topic) => [always(topic), never(topic)]);

function opposite(sentence: string): string {
  return sentence.startsWith("Always") ? sentence.replace("Always", "Never") : sentence.replace("Never", "Always");
}

/** The rules that the model follows: of those that it hears, the later of two opposites. */
function followed(prompt: string): readonly string[] {
  const lines = prompt.split("\n").slice(0, heard);
  return lines.filter((line, index) => sentences.includes(line) && !lines.slice(index + 1).includes(opposite(line)));
}

function judged(rules: readonly string[], needs: readonly string[]): { readonly score: number; readonly text: string } {
  const broken = needs.filter((need) => !rules.includes(need));
  const text = broken.length === 0 ? "The answer is right." : `The answer breaks a rule: "${broken[0]}"`;
  return { score: 1 - broken.length / needs.length, text };
}

/** Puts the broken rule near the top, without its opposite; when the prompt gets too long, the last line goes. */
function told(prompt: Prompt, rng: Rng): Values | undefined {
  const broken = [...prompt.feedback.matchAll(/The answer breaks a rule: "([^"]*)"/g)].map(
    ([, sentence = ""]) => sentence,
  );
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
    const rng = seeded(`rulebook/${seed}`);
    const rules = shuffled(topics, rng)
      .slice(0, needed)
      .map((topic) => (rng.float() < 0.8 ? always(topic) : never(topic)));
    const count = parts.train + parts.validation + parts.exam;
    const rows = Array.from({ length: count }, (_, index) => ({
      input: `Question ${index + 1}`,
      // Each rule is needed equally often, in training as elsewhere.
      target: [rules[index % needed], rules[(index * 3 + 1) % needed]] as string[],
    }));
    const first = "You answer questions.";
    const start = [
      first,
      opposite(rules[0] as string),
      pick(
        sentences.filter((one) => !rules.includes(one)),
        rng,
      ),
    ].join("\n");
    return {
      name: `rulebook/${seed}`,
      family: "rulebook",
      optimum: 1,
      best: { prompt: [first, ...rules].join("\n") },
      make() {
        const prompt = parameter(start, { name: "prompt", doc: "What the model is told before each question." });
        const answer = bundle((prompt: string, question: string) => ({ question, rules: followed(prompt) }), {
          name: "answer",
          doc: `Has a model answer by the prompt, of which it hears ${heard} lines.`,
        });
        return taskOf({
          agent: (question: string) => answer(prompt, question),
          parameters: prompt,
          guide: (_question: string, { rules }: { rules: readonly string[] }, needs: readonly string[]) =>
            judged(rules, needs),
          rows,
          parts: { train: parts.train, validation: parts.validation },
          noise: { seed: `rulebook/${seed}`, size: noise },
        });
      },
    };
  },
};
