/** A space of candidates: a domain for each of some parameters, by name. */

import type { Json } from "../../util/decode.ts";
import { stableStringify } from "../../util/json.ts";
import { preview } from "../../util/preview.ts";
import { type Rng, shuffled } from "../../util/rng.ts";
import { badSpace, type Dimension, type Domain, product } from "./domain.ts";

/** One candidate of a space: a point for each name. */
export type Point = { readonly [name: string]: Json };

/** The domains of several parameters as one, to sample candidates from. All functions are pure apart from `rng`. */
export interface Space {
  /** The names of the parameters, in the order in which they were declared. */
  readonly names: readonly string[];
  /** The space as data, for the record of a run. */
  readonly spec: Json;
  /** The dimension of each domain whose points are numbers, by name. */
  readonly dimensions: Readonly<Record<string, Dimension | undefined>>;
  /** A random candidate. */
  random(rng: Rng): Point;
  /** A candidate that differs from `point` in one thing of one parameter; `point` itself when it is the only one. */
  neighbour(point: Point, rng: Rng): Point;
  /** A candidate made of parts of both. */
  crossover(a: Point, b: Point, rng: Rng): Point;
  /** All candidates, each once; without end when there are infinitely many. */
  all(): Iterable<Point>;
  /** The parameter values of a candidate, by name. */
  valuesOf(point: Point): { readonly [name: string]: Json };
  /** The candidate of the given values; it lacks the names whose values are missing or not in their domain. */
  pointOf(values: Readonly<Record<string, unknown>>): Point;
  /** The same space without the other names. */
  only(names: readonly string[]): Space;
}

/**
 * The space of the given domains.
 * @throws TracegradError `bad-space` without a domain, and for a value that is not a domain.
 * @example
 * const domains = { rate: space.number({ min: 0, max: 1 }), tone: space.choices(["kind", "dry"]) };
 * const { random, crossover, valuesOf } = spaceOf(domains);
 * const child = crossover(random(rng), random(rng), rng);
 */
export function spaceOf(domains: Readonly<Record<string, Domain>>): Space {
  const entries = Object.entries(domains ?? {});
  if (entries.length === 0) {
    throw badSpace(
      "A space needs a domain for one or more parameters, such as { temperature: space.number({ min: 0, max: 1 }) }.",
    );
  }
  for (const [name, domain] of entries) requireDomain(name, domain);
  return spaceOn(entries);
}

function spaceOn(entries: readonly (readonly [string, Domain])[]): Space {
  const names = entries.map(([name]) => name);
  const each = (make: (domain: Domain, name: string) => Json | undefined): Point =>
    Object.fromEntries(
      entries.map(([name, domain]) => [name, make(domain, name)] as const).filter(([, point]) => point !== undefined),
    ) as Point;
  return {
    names,
    spec: Object.fromEntries(entries.map(([name, { spec }]) => [name, spec])),
    dimensions: Object.fromEntries(entries.map(([name, { dimension }]) => [name, dimension])),
    random: (rng) => each((domain) => domain.random(rng)),
    neighbour: (point, rng) => {
      for (const [name, domain] of shuffled(entries, rng)) {
        const before = point[name] as Json;
        const after = domain.neighbour(before, rng);
        if (stableStringify(after) !== stableStringify(before)) return { ...point, [name]: after };
      }
      return point;
    },
    crossover: (a, b, rng) =>
      each((domain, name) => {
        const [one, other] = rng.integer(2) === 0 ? [a, b] : [b, a];
        return domain.crossover(one[name] as Json, other[name] as Json, rng);
      }),
    all: function* () {
      const sources = entries.map(
        ([, domain]) =>
          () =>
            domain.all(),
      );
      for (const points of product(sources))
        yield Object.fromEntries(names.map((name, at) => [name, points[at] as Json]));
    },
    valuesOf: (point) => each((domain, name) => domain.valueOf(point[name] as Json)),
    pointOf: (values) =>
      each((domain, name) => (Object.hasOwn(values, name) ? domain.pointOf(values[name]) : undefined)),
    only: (chosen) => spaceOn(entries.filter(([name]) => chosen.includes(name))),
  };
}

function requireDomain(name: string, domain: Domain): void {
  const functions = ["random", "neighbour", "crossover", "all", "valueOf", "pointOf"] as const;
  const isDomain =
    typeof domain === "object" && domain !== null && functions.every((one) => typeof domain[one] === "function");
  if (isDomain) return;
  throw badSpace(
    `The space of "${name}" is a domain such as space.choices([…]) or space.number({ min, max }); ` +
      `got ${preview(domain)}.`,
  );
}
