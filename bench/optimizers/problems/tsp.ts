/** Travelling salesmen of nine cities, after OPRO's: a tour as JSON; words tell the best exchange of two roads. */

import { bundle, parameter } from "tracegrad";
import { type Rng, seeded, shuffled } from "../../../src/util/rng.ts";
import { type Family, instance, rounded, taskOf } from "../problem.ts";
import { type Prompt, shownText } from "../prompt.ts";
import { orderOf, turned } from "../spaces.ts";

const cities = 9;
type City = readonly [x: number, y: number];
type Tour = readonly number[];

function citiesOf(rng: Rng): readonly City[] {
  return Array.from({ length: cities }, () => [rng.integer(100), rng.integer(100)] as const);
}

function road(map: readonly City[], from: number, to: number): number {
  const [[x, y], [u, v]] = [map[from], map[to]] as [City, City];
  return Math.hypot(x - u, y - v);
}

function lengthOf(map: readonly City[], tour: Tour): number {
  return tour.reduce((sum, city, index) => sum + road(map, city, tour[(index + 1) % tour.length] as number), 0);
}

/** The shortest tour, by dynamic programming over sets of cities (Held and Karp). */
function shortest(map: readonly City[]): Tour {
  const last = cities - 1;
  const best = new Map<string, { readonly length: number; readonly tour: Tour }>();
  for (let city = 0; city < last; city++)
    best.set(`${1 << city}/${city}`, { length: road(map, last, city), tour: [city] });
  for (let set = 1; set < 1 << last; set++) {
    for (let city = 0; city < last; city++) {
      const here = best.get(`${set}/${city}`);
      for (let next = 0; here !== undefined && next < last; next++) {
        if ((set & (1 << next)) !== 0) continue;
        const key = `${set | (1 << next)}/${next}`;
        const length = here.length + road(map, city, next);
        if (length < (best.get(key)?.length ?? Infinity)) best.set(key, { length, tour: [...here.tour, next] });
      }
    }
  }
  const whole = Array.from({ length: last }, (_, city) => [
    ...(best.get(`${2 ** last - 1}/${city}`)?.tour ?? []),
    last,
  ]);
  return whole.reduce((leader, tour) => (lengthOf(map, tour) < lengthOf(map, leader) ? tour : leader));
}

/** The stretch whose turning shortens the tour most, and by how much. */
function exchange(
  map: readonly City[],
  tour: Tour,
): { readonly from: number; readonly to: number; readonly gain: number } {
  let leader = { from: 0, to: 0, gain: 0 };
  const now = lengthOf(map, tour);
  for (let from = 0; from < cities; from++) {
    for (let to = from + 1; to < cities; to++) {
      const gain = now - lengthOf(map, turned(tour, from, to));
      if (gain > leader.gain + 1e-9) leader = { from, to, gain };
    }
  }
  return leader;
}

function textOf(map: readonly City[], tour: Tour): string {
  const { from, to, gain } = exchange(map, tour);
  const length = `The tour is ${rounded(lengthOf(map, tour), 1)} long.`;
  if (gain === 0) return `${length} Turning around no stretch of it makes it shorter.`;
  return `${length} It would be ${rounded(gain, 1)} shorter with the stretch from city ${tour[from]} to city ${tour[to]} turned around.`;
}

/** Turns the stretch that the feedback names. */
function told(prompt: Prompt): Readonly<Record<string, Tour>> | undefined {
  const [, from, to] = /the stretch from city (\d+) to city (\d+) turned around/.exec(prompt.feedback) ?? [];
  if (from === undefined) return undefined;
  const tour = JSON.parse(shownText(prompt, "tour")) as Tour;
  return { tour: turned(tour, tour.indexOf(Number(from)), tour.indexOf(Number(to))) };
}

export const tsp: Family = {
  name: "tsp",
  about: "The shortest tour of 9 cities, as a share of the shortest; words tell the best exchange of two roads.",
  moves: { told },
  problem(seed, { noise = 0 } = {}) {
    const rng = seeded(`tsp/${seed}`);
    const map = citiesOf(rng);
    const best = shortest(map);
    const least = lengthOf(map, best);
    let start = shuffled(best, rng);
    while (lengthOf(map, start) <= least * 1.05) start = shuffled(best, rng);
    return {
      name: `tsp/${seed}`,
      family: "tsp",
      optimum: 1,
      best: { tour: best },
      make() {
        const tour = parameter([...start], { name: "tour", ...orderOf(cities) });
        const travel = bundle((tour: readonly number[]) => tour, {
          name: "travel",
          doc: "Travels a round tour of the cities.",
        });
        return taskOf({
          agent: () => travel(tour),
          parameters: tour,
          guide: (_input, output: Tour) => ({ score: least / lengthOf(map, output), text: textOf(map, output) }),
          rows: instance("the shortest tour", noise),
          noise: { seed: `tsp/${seed}`, size: noise },
        });
      },
    };
  },
};
