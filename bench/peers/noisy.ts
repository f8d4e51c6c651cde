/**
 * A list of words, some of which help and some of which hurt; right or wrong by chance, and feedback that often
 * misleads.
 */

import { seeded, shuffled } from "../../src/util/rng.ts";
import { type PeerFamily, pick } from "./problem.ts";

const words = Array.from({ length: 24 }, (_, at) => `word${at + 1}`);
/** How often the feedback names a word that hurts. */
const misleading = 0.4;

const wordsOf = (prompt: string): readonly string[] => prompt.split(" ").slice(1);
const promptOf = (own: readonly string[]): string => ["Use:", ...own].join(" ");

export const noisy: PeerFamily = {
  name: "noisy",
  about: "A list of words; the score is 1 or 0 by chance, and 40 % of the words that the feedback names do harm.",
  random(prompt, rng) {
    const own = wordsOf(prompt);
    if (own.length > 0 && rng.integer(2) === 0) return promptOf(own.toSpliced(rng.integer(own.length), 1));
    const others = words.filter((word) => !own.includes(word));
    return others.length === 0 ? prompt : promptOf([...own, pick(others, rng)]);
  },
  told(prompt, feedback, rng) {
    const own = wordsOf(prompt);
    const said = [...feedback.matchAll(/Add the word (\w+)/g)].map(([, word = ""]) => word);
    const fresh = said.filter((word) => !own.includes(word));
    return fresh.length === 0 ? undefined : promptOf([...own, pick(fresh, rng)]);
  },
  problem(seed) {
    const rng = seeded(`noisy/${seed}`);
    const mixed = shuffled(words, rng);
    const [good, bad] = [mixed.slice(0, 12), mixed.slice(12)];
    const weights = new Map([
      ...good.map((word) => [word, 0.15 + 0.2 * rng.float()] as const),
      ...bad.map((word) => [word, -0.05 - 0.2 * rng.float()] as const),
    ]);
    const chanceOf = (prompt: string) => {
      const sum = [...new Set(wordsOf(prompt))].reduce((total, word) => total + (weights.get(word) ?? 0), -0.94);
      return 1 / (1 + Math.exp(-sum));
    };
    return {
      start: { prompt: promptOf([]) },
      train: 20,
      validation: 20,
      judge({ prompt = "" }, _, luck) {
        if (luck.float() < chanceOf(prompt)) return { score: 1, text: "Right." };
        const pool = luck.float() < misleading ? bad : good;
        const missing = pool.filter((word) => !wordsOf(prompt).includes(word));
        const advice = missing.length === 0 ? "" : ` Add the word ${pick(missing, luck)}.`;
        return { score: 0, text: `Wrong.${advice}` };
      },
      truth: ({ prompt = "" }) => chanceOf(prompt),
    };
  },
};
