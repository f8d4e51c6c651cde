/** A prompt that must hold twelve hidden rules, of which the program hears ten: one text, exact scores. */

import { type Rng, seeded, shuffled } from "../../src/util/rng.ts";
import { type PeerFamily, pick } from "./problem.ts";

const topics = [
  ...["units", "sources", "language", "layout", "doubt", "dates", "rounding", "assumptions", "wording", "greeting"],
  ...["steps", "sums", "length", "names", "quotes", "readings", "lists", "tables", "links", "examples"],
];
const needed = 12;
const heard = 10;
const title = "You answer questions.";
const book = topics.flatMap((topic) => [`Always mind ${topic}.`, `Never mind ${topic}.`]);

function opposite(rule: string): string {
  return rule.startsWith("Always") ? rule.replace("Always", "Never") : rule.replace("Never", "Always");
}

/** The rules that are followed: those among the first lines, without those that a later line forbids. */
function followed(prompt: string): ReadonlySet<string> {
  const lines = prompt.split("\n").slice(1, 1 + heard);
  return new Set(lines.filter((line, at) => book.includes(line) && !lines.slice(at + 1).includes(opposite(line))));
}

function random(prompt: string, rng: Rng): string {
  const [first = "", ...rules] = prompt.split("\n");
  const kind = rng.integer(3);
  const kept = kind === 0 || rules.length === 0 ? rules : rules.toSpliced(rng.integer(rules.length), 1);
  return [first, ...(kind === 1 ? kept : kept.toSpliced(rng.integer(kept.length + 1), 0, pick(book, rng)))].join("\n");
}

export const rulebook: PeerFamily = {
  name: "rulebook",
  about:
    "One prompt that needs twelve hidden rules and is heard for ten lines; each example needs two rules; no noise.",
  random,
  told(prompt, feedback, rng) {
    const broken = [...feedback.matchAll(/breaks a rule: "([^"]*)"/g)].map(([, rule = ""]) => rule);
    if (broken.length === 0) return undefined;
    const rule = pick(broken, rng);
    const [first = "", ...rules] = prompt.split("\n");
    const kept = rules.filter((line) => line !== rule && line !== opposite(rule));
    return [first, rule, ...kept].slice(0, 1 + heard).join("\n");
  },
  problem(seed) {
    const rng = seeded(`rulebook/${seed}`);
    const rules = shuffled(topics, rng)
      .slice(0, needed)
      .map((topic) => `${rng.float() < 0.8 ? "Always" : "Never"} mind ${topic}.`);
    const needs = Array.from({ length: 40 }, () => shuffled(rules, rng).slice(0, 2));
    const useless = book.filter((rule) => !rules.includes(rule));
    return {
      start: { prompt: [title, opposite(rules[0] as string), pick(useless, rng)].join("\n") },
      train: 20,
      validation: 20,
      judge({ prompt = "" }, example) {
        const known = followed(prompt);
        const broken = (needs[example] as readonly string[]).filter((rule) => !known.has(rule));
        const text = broken.length === 0 ? "The answer is right." : `The answer breaks a rule: "${broken[0]}"`;
        return { score: 1 - broken.length / 2, text };
      },
      truth({ prompt = "" }) {
        const known = followed(prompt);
        return rules.filter((rule) => known.has(rule)).length / needed;
      },
    };
  },
};
