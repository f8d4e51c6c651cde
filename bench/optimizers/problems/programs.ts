/**
 * Random program graphs, after the numeric task of the Trace paper: a random DAG of operators over four numbers must
 * reach a target. The words only say how far off the output is, so that it pays to read the graph.
 */

import { type Node, parameter } from "tracegrad";
import { add, multiply, subtract } from "tracegrad/operators";
import { type Rng, seeded } from "../../../src/util/rng.ts";
import { type Family, instance, pick, rounded, scoreOfLoss, taskOf } from "../problem.ts";
import type { Prompt, ShownVariable } from "../prompt.ts";
import { real, within } from "../spaces.ts";

type Operator = "add" | "subtract" | "multiply";
interface Call {
  readonly operator: Operator;
  /** Places of the operands among the values so far: first the parameters, then the results of the calls. */
  readonly from: readonly [number, number];
}

const plain: Readonly<Record<Operator, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
};
const operators: Readonly<Record<Operator, (x: Node<number>, y: Node<number>) => Node<number>>> = {
  add,
  subtract,
  multiply,
};
const count = 4;

/** A graph in which each call takes the last result, so that all of it matters, and something before. */
function graphOf(rng: Rng): readonly Call[] {
  return Array.from({ length: 7 }, (_, index) => ({
    operator: index % 3 === 2 ? "multiply" : pick(["add", "subtract"] as const, rng),
    from: [count + index - (index === 0 ? count : 1), index < count - 1 ? index + 1 : rng.integer(count + index - 1)],
  }));
}

function outputOf<T>(graph: readonly Call[], first: readonly T[], apply: (operator: Operator, x: T, y: T) => T): T {
  const values = [...first];
  for (const { operator, from } of graph) values.push(apply(operator, values[from[0]] as T, values[from[1]] as T));
  return values.at(-1) as T;
}

/** The program of a prompt as a function of its variables, read from its calls; undefined when something is missing. */
function programOf({ sections }: Prompt): ((values: ReadonlyMap<string, number>) => number | undefined) | undefined {
  const calls = [...(sections["Code"] ?? "").matchAll(/^(\w+) = (add|subtract|multiply)\(x=(\w+), y=(\w+)\)$/gm)];
  if (calls.length === 0) return undefined;
  return (values) => {
    const all = new Map(values);
    let last: number | undefined;
    for (const [, name = "", operator, x = "", y = ""] of calls) {
      last = plain[operator as Operator](all.get(x) ?? Number.NaN, all.get(y) ?? Number.NaN);
      all.set(name, last);
    }
    return last === undefined || Number.isNaN(last) ? undefined : last;
  };
}

/**
 * Newton's method on one variable of the program that the prompt shows, toward the output that its feedback asks for.
 */
function told(prompt: Prompt, rng: Rng): Readonly<Record<string, number>> | undefined {
  const said = /The output should be (larger|smaller) by ([\d.e+-]*\d)/.exec(prompt.feedback);
  const run = programOf(prompt);
  const now = new Map(prompt.variables.map(({ name, text }) => [name, Number(text)]));
  const output = run?.(now);
  if (said === null || run === undefined || output === undefined) return undefined;
  const target = output + (said[1] === "larger" ? 1 : -1) * Number(said[2]);
  const variable = pick(prompt.variables, rng);
  const value = solved((x) => run(new Map([...now, [variable.name, x]])) as number, Number(variable.text), target);
  return { [variable.name]: bounded(variable, value) };
}

function bounded({ constraint, text }: ShownVariable, value: number): number {
  return Number.isFinite(value) ? within(constraint, value) : Number(text);
}

function solved(run: (x: number) => number, start: number, target: number): number {
  let x = start;
  for (let round = 0; round < 20; round++) {
    const slope = (run(x + 1e-5) - run(x - 1e-5)) / 2e-5;
    if (Math.abs(slope) < 1e-9) break;
    x += (target - run(x)) / slope;
  }
  return x;
}

export const programs: Family = {
  name: "programs",
  about:
    "A random graph of sums, differences and products over four numbers must reach a target; words tell how far off it is.",
  moves: { told },
  problem(seed, { noise = 0 } = {}) {
    const rng = seeded(`programs/${seed}`);
    const graph = graphOf(rng);
    const names = Array.from({ length: count }, (_, index) => `p${index}`);
    const draw = () => names.map(() => rng.integer(9) - 4);
    const best = draw();
    const target = outputOf(graph, best, (operator, x, y) => plain[operator](x, y));
    let start = draw();
    while (outputOf(graph, start, (operator, x, y) => plain[operator](x, y)) === target) start = draw();
    return {
      name: `programs/${seed}`,
      family: "programs",
      optimum: 1,
      best: Object.fromEntries(names.map((name, index) => [name, best[index] as number])),
      make() {
        const parameters = names.map((name, index) => parameter(start[index] as number, { name, ...real(-10, 10) }));
        return taskOf({
          agent: () => outputOf<Node<number>>(graph, parameters, (operator, x, y) => operators[operator](x, y)),
          parameters,
          guide: (_input, output: number, wanted: number) => {
            const off = wanted - output;
            const text =
              off === 0
                ? "Right."
                : `The output should be ${off > 0 ? "larger" : "smaller"} by ${rounded(Math.abs(off), 6)}.`;
            return { score: scoreOfLoss(Math.abs(off)), text };
          },
          rows: instance(target, noise),
          noise: { seed: `programs/${seed}`, size: noise },
        });
      },
    };
  },
};
