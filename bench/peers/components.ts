/** Four texts of six bits; each example hangs on two of them, and what examples want conflicts: the turns matter. */

import { seeded, shuffled } from "../../src/util/rng.ts";
import { type PeerFamily, pick } from "./problem.ts";

const names = ["alpha", "beta", "gamma", "delta"] as const;
const bits = 6;
/** How often an example wants a bit to be other than most examples do. */
const conflict = 0.15;

interface Wish {
  readonly name: string;
  readonly target: string;
}

const bitsOf = (text: string): string => text.split(" ")[1] ?? "";

function flipped(text: string, at: number): string {
  const [name = "", old = ""] = text.split(" ");
  return `${name} ${old.slice(0, at)}${old[at] === "0" ? "1" : "0"}${old.slice(at + 1)}`;
}

function wrongPlaces(text: string, target: string): readonly number[] {
  const own = bitsOf(text);
  return [...target].flatMap((bit, at) => (own[at] === bit ? [] : [at]));
}

export const components: PeerFamily = {
  name: "components",
  about: "Four texts of six bits, each example hangs on two of them and wants 15 % of the bits otherwise; no noise.",
  random: (text, rng) => flipped(text, rng.integer(bits)),
  told(text, feedback, rng) {
    const [name = ""] = text.split(" ");
    const said = [...feedback.matchAll(/(\w+): bit (\d) should be ([01])/g)].filter(
      ([, of, place, bit]) => of === name && bitsOf(text)[Number(place)] !== bit,
    );
    return said.length === 0 ? undefined : flipped(text, Number(pick(said, rng)[2]));
  },
  problem(seed) {
    const rng = seeded(`components/${seed}`);
    const word = () => Array.from({ length: bits }, () => rng.integer(2)).join("");
    const ideal = Object.fromEntries(names.map((name) => [name, word()]));
    const wishes: readonly (readonly Wish[])[] = Array.from({ length: 40 }, () =>
      shuffled(names, rng)
        .slice(0, 2)
        .map((name) => {
          const target = [...(ideal[name] as string)].map((bit) =>
            rng.float() < conflict ? (bit === "0" ? "1" : "0") : bit,
          );
          return { name, target: target.join("") };
        }),
    );
    return {
      start: Object.fromEntries(names.map((name) => [name, `${name} ${word()}`])),
      train: 20,
      validation: 20,
      judge(program, example, luck) {
        const wrong = (wishes[example] as readonly Wish[]).map(({ name, target }) => ({
          name,
          target,
          places: wrongPlaces(program[name] ?? "", target),
        }));
        const said = wrong.flatMap(({ name, target, places }) => {
          if (places.length === 0) return [];
          const at = pick(places, luck);
          return [`${name}: bit ${at} should be ${target[at]}.`];
        });
        const count = wrong.reduce((sum, { places }) => sum + places.length, 0);
        return { score: 1 - count / (2 * bits), text: said.length === 0 ? "All bits are right." : said.join(" ") };
      },
      truth(program) {
        const right = names.map((name) => 1 - wrongPlaces(program[name] ?? "", ideal[name] as string).length / bits);
        const share = right.reduce((sum, one) => sum + one, 0) / names.length;
        return share * (1 - conflict) + (1 - share) * conflict;
      },
    };
  },
};
