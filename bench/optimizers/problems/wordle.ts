/** A hidden string with hints for each place, as in Wordle: right, elsewhere, or not there at all. */

import { bundle, parameter } from "tracegrad";
import { type Rng, seeded } from "../../../src/util/rng.ts";
import { type Family, instance, pick, taskOf } from "../problem.ts";
import { type Prompt, shownText } from "../prompt.ts";
import { letters } from "../spaces.ts";

const alphabet = "abcdefgh";
const length = 6;

function random(rng: Rng): string {
  return Array.from({ length }, () => pick([...alphabet], rng)).join("");
}

type Mark = "right" | "elsewhere" | "absent";

/** One mark for each place; a letter counts as elsewhere only as often as the secret has it besides. */
function marksOf(guess: string, secret: string): readonly Mark[] {
  const left = [...secret].filter((letter, index) => guess[index] !== letter);
  return [...guess].map((letter, index) => {
    if (secret[index] === letter) return "right";
    const at = left.indexOf(letter);
    if (at < 0) return "absent";
    left.splice(at, 1);
    return "elsewhere";
  });
}

const words: Readonly<Record<Mark, string>> = {
  right: "is right",
  elsewhere: "belongs elsewhere",
  absent: "is not needed",
};

/** Keeps what is right, moves what belongs elsewhere, and tries new letters for what is not needed. */
function told(prompt: Prompt, rng: Rng): Readonly<Record<string, string>> | undefined {
  const guess = shownText(prompt, "guess");
  const marks = [...prompt.feedback.matchAll(/Place (\d+): "(\w)" (is right|belongs elsewhere|is not needed)/g)];
  if (guess === "" || marks.length !== guess.length) return undefined;
  const next: (string | undefined)[] = marks.map(([, , letter, mark]) => (mark === words.right ? letter : undefined));
  const free = () => [...next.keys()].filter((place) => next[place] === undefined);
  for (const [, , letter, mark] of marks) {
    if (mark !== words.elsewhere) continue;
    const places = free().filter((place) => guess[place] !== letter);
    if (places.length > 0) next[pick(places, rng)] = letter;
  }
  const absent = new Set(marks.filter(([, , , mark]) => mark === words.absent).map(([, , letter]) => letter));
  for (const place of free()) {
    const left = [...alphabet].filter((letter) => !absent.has(letter) && letter !== guess[place]);
    next[place] = pick(left.length > 0 ? left : [...alphabet], rng);
  }
  return { guess: next.join("") };
}

export const wordle: Family = {
  name: "wordle",
  about: "A hidden string of 6 letters of 8, with hints for each place.",
  moves: { told },
  problem(seed, { noise = 0 } = {}) {
    const rng = seeded(`wordle/${seed}`);
    const secret = random(rng);
    let start = random(rng);
    while (start === secret) start = random(rng);
    return {
      name: `wordle/${seed}`,
      family: "wordle",
      optimum: 1,
      best: { guess: secret },
      make() {
        const guess = parameter(start, { name: "guess", ...letters(length, alphabet) });
        const submit = bundle((guess: string) => guess, { name: "submit", doc: "Hands in a guess of the secret." });
        return taskOf({
          agent: () => submit(guess),
          parameters: guess,
          guide: (_input, output: string, target: string) => {
            const marks = marksOf(output, target);
            const points = { right: 1, elsewhere: 0.5, absent: 0 };
            const text = marks
              .map((mark, index) => `Place ${index + 1}: "${output[index]}" ${words[mark]}.`)
              .join("\n");
            return { score: marks.reduce((sum, mark) => sum + points[mark], 0) / length, text };
          },
          rows: instance(secret, noise),
          noise: { seed: `wordle/${seed}`, size: noise },
        });
      },
    };
  },
};
