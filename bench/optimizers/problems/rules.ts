/**
 * A simulated model that follows rules which it reads in its prompt: the words of the families in which such rules are
 * to be found. It is a simulator: no language model would obey so well.
 */

import { type Rng, shuffled } from "../../../src/util/rng.ts";
import { pick } from "../problem.ts";

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
/** How many rules are needed, by how many examples each; and how many rules the model hears. */
const needed = 8;
export const heard = 10;
export const parts = { train: 12, validation: 8 };
const examples = 36;

const always = (topic: string) => `Always ${topic}.`;
const never = (topic: string) => `Never ${topic}.`;
/** The book of all rules. */
export const sentences: readonly string[] = topics.flatMap((topic) => [always(topic), never(topic)]);

/** The rule that demands the contrary. */
export function opposite(sentence: string): string {
  return sentence.startsWith("Always") ? sentence.replace("Always", "Never") : sentence.replace("Never", "Always");
}

/** The rules that the model follows: of those that it hears, the later of two opposites. */
export function followed(lines: readonly string[]): readonly string[] {
  const loud = lines.slice(0, heard);
  return loud.filter((line, index) => sentences.includes(line) && !loud.slice(index + 1).includes(opposite(line)));
}

/** How well an answer by these rules does, where some are needed; and the first that it breaks. */
export function judged(
  rules: readonly string[],
  needs: readonly string[],
): { readonly score: number; readonly text: string } {
  const broken = needs.filter((need) => !rules.includes(need));
  const text = broken.length === 0 ? "The answer is right." : `The answer breaks a rule: "${broken[0]}"`;
  return { score: 1 - broken.length / needs.length, text };
}

/** The broken rules that a feedback names. */
export function brokenIn(feedback: string): readonly string[] {
  return [...feedback.matchAll(/The answer breaks a rule: "([^"]*)"/g)].map(([, sentence = ""]) => sentence);
}

/** What a problem hides: the rules, the examples that need two of them each, and two rules that do not help. */
export function hiddenRules(rng: Rng): {
  readonly rules: readonly string[];
  readonly rows: readonly { readonly input: string; readonly target: string[] }[];
  readonly misleading: readonly [string, string];
} {
  const rules = shuffled(topics, rng)
    .slice(0, needed)
    .map((topic) => (rng.float() < 0.8 ? always(topic) : never(topic)));
  const rows = Array.from({ length: examples }, (_, index) => ({
    input: `Question ${index + 1}`,
    // Each rule is needed equally often, in training as elsewhere.
    target: [rules[index % needed], rules[(index * 3 + 1) % needed]] as string[],
  }));
  const useless = sentences.filter((one) => !rules.includes(one));
  return { rules, rows, misleading: [opposite(rules[0] as string), pick(useless, rng)] };
}
