/** What values a parameter may take: written as its constraint for the optimizer to read, and read back from it. */

import type { Json, ParameterOptions } from "tracegrad";
import { z } from "zod";
import { type Rng, shuffled } from "../../src/util/rng.ts";
import { between, gaussian, pick, rounded } from "./problem.ts";
import { type Prompt, type ShownVariable, valueOf } from "./prompt.ts";

type Space<T> = Required<Pick<ParameterOptions<T>, "constraint" | "schema">>;

/** Numbers from `low` to `high`, both included. */
export function real(low: number, high: number): Space<number> {
  return { constraint: `A number from ${low} to ${high}.`, schema: z.number().min(low).max(high) };
}

/** Whole numbers from `low` to `high`, both included. */
export function whole(low: number, high: number): Space<number> {
  return { constraint: `A whole number from ${low} to ${high}.`, schema: z.number().int().min(low).max(high) };
}

/** Texts of so many characters of an alphabet. */
export function letters(length: number, alphabet: string): Space<string> {
  const schema = z.string().regex(new RegExp(`^[${alphabet}]{${length}}$`));
  return { constraint: `Exactly ${length} characters, each one of "${alphabet}".`, schema };
}

/** The whole numbers below `count`, in any order, as JSON. */
export function orderOf(count: number): Space<number[]> {
  const isOrder = (given: readonly number[]) => given.toSorted((a, b) => a - b).every((one, index) => one === index);
  const schema = z.array(z.number()).length(count).refine(isOrder, "each number must be there once");
  return { constraint: `A JSON array of each whole number from 0 to ${count - 1} once, in any order.`, schema };
}

/** One of some words. */
export function oneOf(words: readonly [string, ...string[]]): Space<string> {
  return { constraint: `One of: ${words.join(", ")}.`, schema: z.enum(words) };
}

/** Records of which each field is one of some words. */
export function choices(
  fields: Readonly<Record<string, readonly [string, ...string[]]>>,
): Space<Record<string, string>> {
  const said = Object.entries(fields).map(([field, words]) => `${field}: ${words.join(" or ")}`);
  const schema = z.strictObject(
    Object.fromEntries(Object.entries(fields).map(([field, words]) => [field, z.enum(words)])),
  );
  return { constraint: `A JSON record with the fields ${said.join("; ")}.`, schema };
}

/** A number kept within the limits that a constraint tells. */
export function within(constraint: string | undefined, value: number): number {
  const limits = /from (-?[\d.]+) to (-?[\d.]*\d)/.exec(constraint ?? "");
  if (limits === null) return value;
  const inside = Math.min(Number(limits[2]), Math.max(Number(limits[1]), value));
  return constraint?.includes("whole") === true ? Math.round(inside) : rounded(inside, 6);
}

type Neighbour = (match: readonly string[], value: never, rng: Rng) => Json;

const neighbours: readonly (readonly [pattern: RegExp, neighbour: Neighbour])[] = [
  [/^A JSON array of each whole number/, (_, tour: readonly number[], rng) => reordered(tour, rng)],
  [
    /^A whole number from (-?\d+) to (-?\d+)/,
    ([, low, high], value: number, rng) => otherWhole([Number(low), Number(high)], value, rng),
  ],
  [
    /^A number from (-?[\d.]+) to (-?[\d.]*\d)/,
    ([, low, high], value: number, rng) => nearby(Number(high) - Number(low), value, rng),
  ],
  [
    /^Exactly \d+ characters, each one of "(.*)"/,
    ([, alphabet = ""], value: string, rng) => flipped(value, alphabet, rng),
  ],
  [/^One of: (.*)\.$/, ([, words = ""], value: string, rng) => other(words.split(", "), value, rng)],
  [
    /^A JSON record with the fields (.*)\.$/,
    ([, fields = ""], value: Readonly<Record<string, string>>, rng) => {
      const [name = "", words = ""] = pick(fields.split("; "), rng).split(": ");
      return { ...value, [name]: other(words.split(" or "), value[name] ?? "", rng) };
    },
  ],
];

/** A random value near the shown one that the variable's constraint allows; the value itself when none is told. */
function neighbourOf(variable: ShownVariable, rng: Rng): Json {
  const constraint = variable.constraint ?? "";
  const now = valueOf(variable) as Json;
  for (const [pattern, neighbour] of neighbours) {
    const match = pattern.exec(constraint);
    if (match === null) continue;
    const next = neighbour(match, now as never, rng);
    return typeof next === "number" ? within(constraint, next) : next;
  }
  return now;
}

/** One variable changed at random; when earlier values are shown, sometimes crossed with one of them instead. */
export function randomEdit({ variables, past }: Prompt, rng: Rng): Readonly<Record<string, Json>> {
  if (past.length > 0 && rng.float() < 0.3) {
    const mate = pick(past, rng);
    return Object.fromEntries(variables.map((one) => [one.name, crossed(one, mate[one.name], rng)]));
  }
  const variable = pick(variables, rng);
  return { [variable.name]: neighbourOf(variable, rng) };
}

/** Strings of letters are crossed at a point, everything else is taken whole from one of the two. */
function crossed(variable: ShownVariable, mate: string | undefined, rng: Rng): Json {
  if (mate === undefined) return valueOf(variable) as Json;
  if (variable.constraint?.startsWith("Exactly") !== true || mate.length !== variable.text.length) {
    return valueOf(rng.float() < 0.5 ? variable : { ...variable, text: mate }) as Json;
  }
  const cut = rng.integer(mate.length + 1);
  return rng.float() < 0.5
    ? variable.text.slice(0, cut) + mate.slice(cut)
    : mate.slice(0, cut) + variable.text.slice(cut);
}

function other<T>(items: readonly T[], value: T, rng: Rng): T {
  return pick(
    items.filter((item) => item !== value),
    rng,
  );
}

/** Half of the steps go to the next number, half anywhere. */
function otherWhole([low, high]: readonly [number, number], value: number, rng: Rng): number {
  if (rng.float() < 0.5) return value >= high || (value > low && rng.float() < 0.5) ? value - 1 : value + 1;
  const drawn = low + rng.integer(high - low);
  return drawn >= value ? drawn + 1 : drawn;
}

/** Steps of all sizes, from a ten-thousandth of the range to the whole of it. */
function nearby(range: number, value: number, rng: Rng): number {
  return value + range * 10 ** between(rng, -4, 0) * gaussian(rng);
}

/** Each character changes with a probability of one in their number; at least one does. */
function flipped(text: string, alphabet: string, rng: Rng): string {
  const sure = rng.integer(text.length);
  return [...text]
    .map((one, index) => (index === sure || rng.float() < 1 / text.length ? other([...alphabet], one, rng) : one))
    .join("");
}

/** Two places change, or the stretch between them is turned around. */
function reordered(tour: readonly number[], rng: Rng): readonly number[] {
  const [from, to] = shuffled([...tour.keys()], rng)
    .slice(0, 2)
    .sort((a, b) => a - b) as [number, number];
  if (rng.float() < 0.5) return turned(tour, from, to);
  return tour.map((one, index) => (index === from ? tour[to] : index === to ? tour[from] : one) as number);
}

/** The tour with the stretch from one place to another turned around. */
export function turned(tour: readonly number[], from: number, to: number): readonly number[] {
  return [...tour.slice(0, from), ...tour.slice(from, to + 1).reverse(), ...tour.slice(to + 1)];
}
