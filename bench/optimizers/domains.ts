/**
 * The declared spaces of the searches that ask no model: a domain for each parameter, read back from its constraint.
 */

import type { Json, Parameter } from "tracegrad";
import { space } from "tracegrad/optimizers";
import type { Rng } from "../../src/util/rng.ts";
import type { BenchTask, Moves } from "./problem.ts";
import { valueOf } from "./prompt.ts";
import { randomEdit } from "./spaces.ts";

type Domain = ReturnType<typeof space.number>;
type Reading = (match: readonly string[]) => Domain;

const readings: readonly (readonly [pattern: RegExp, reading: Reading])[] = [
  [
    /^A whole number from (-?\d+) to (-?\d+)/,
    ([, low, high]) => space.number({ min: Number(low), max: Number(high), step: 1 }),
  ],
  [
    /^A number from (-?[\d.]+) to (-?[\d.]*\d)/,
    ([, low, high]) => space.number({ min: Number(low), max: Number(high) }),
  ],
  [
    /^Exactly (\d+) characters, each one of "(.*)"/,
    ([, length, alphabet = ""]) =>
      space.grammar({
        start: "text",
        rules: { text: "{{one}}".repeat(Number(length)), one: space.choices([...alphabet]) },
      }),
  ],
  [/^One of: (.*)\.$/, ([, words = ""]) => space.choices(words.split(", "))],
];

/** How many random changes of the first value make a value by chance, where nothing but changes is known. */
const farEnough = 12;

/** The space of a task. What no constraint tells, such as source text, is walked by the random moves of its family. */
export function domainsOf({ parameters }: BenchTask, moves: Moves): Readonly<Record<string, Domain>> {
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, domainOf(parameter, moves)]));
}

function domainOf(parameter: Parameter, moves: Moves): Domain {
  for (const [pattern, reading] of readings) {
    const match = pattern.exec(parameter.constraint ?? "");
    if (match !== null) return reading(match);
  }
  const { name, kind, constraint } = parameter;
  const first = parameter.data as Json;
  const neighbour = (value: Json, rng: Rng): Json => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const variable = { name, kind, text, constraint };
    const prompt = { sections: {}, variables: [variable], feedback: "", past: [], leader: undefined };
    return (moves.random ?? randomEdit)(prompt, rng)[name] ?? (valueOf(variable) as Json);
  };
  const random = (rng: Rng): Json => {
    let value = first;
    for (let change = 0; change < farEnough; change++) value = neighbour(value, rng);
    return value;
  };
  return space.custom({ name: `moves of ${name}`, random, neighbour });
}
