/** Whole runs of `train` in which no program is better than the start: how often do they ship another? */

import { type Certainty, type Node, parameter, type TrainOptions, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import * as operators from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { basicSearch, gepa, type Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { seeded } from "../../src/util/rng.ts";
import { readPrompt } from "../optimizers/prompt.ts";
import type { BenchPart } from "./simulated.ts";
import { isClearlyAbove, percent, type Table } from "./table.ts";

/** How a program is made of its parts. */
interface Noise {
  readonly name: string;
  /**
   * An example hangs on one of so many parts, and a proposal changes one: it draws the answers to as large a share
   * anew.
   */
  readonly parts: number;
}

const noises: readonly Noise[] = [
  { name: "fresh noise", parts: 1 },
  { name: "inherited luck, a tenth anew", parts: 10 },
];
const validation = 40;
const loops: readonly (readonly [string, Partial<TrainOptions>])[] = [
  ["gepa()", { search: gepa() as Search, budget: { evaluations: 600 } }],
  ["basicSearch()", { search: basicSearch() as Search, budget: { evaluations: 600 } }],
  ["plain steps", { budget: { steps: 10 } }],
];

/** Trains once, and says whether another program than the start shipped. */
async function ships(
  { parts }: Noise,
  loop: Partial<TrainOptions>,
  given: { ship: Certainty; seed: number },
): Promise<boolean> {
  const { ship, seed } = given;
  const rng = seeded(`proposals ${seed}`);
  const parameters = Array.from({ length: parts }, (_, at) => parameter(0, { name: `part_${at}` }));
  const llm = scripted((request) => {
    const { variables } = readPrompt(request);
    const { name } = variables[rng.integer(variables.length)] as { name: string };
    return { toolInput: { reasoning: "", suggestion: { [name]: 1 + rng.integer(1_000_000) } } };
  });
  const agent = (): Node<number[]> => operators.makeList<number>(...parameters);
  const right = (input: number, values: readonly number[]): number =>
    seeded(`${seed} ${input} ${values[input % parts]}`).float() < 0.5 ? 1 : 0;
  const rows = Array.from({ length: 20 + validation }, (_, input) => ({ id: `row ${input}`, input, target: 0 }));
  const { best } = await train({
    agent,
    optimizer: optoPrime(parameters, { llm }),
    guide: code<number, number[], number>((input, output) => ({ score: right(input, output), text: "Another try." })),
    data: split(rows, { train: 20, validation }),
    acceptance: ship,
    seed,
    ...(loop as object),
  }).result;
  return best.step !== 0;
}

/** Runs `train` so often by each rule and loop. */
export async function wholeRuns(runs: number): Promise<BenchPart> {
  const broken: string[] = [];
  const certainties = ["proven", "likely", "best"] as const;
  const rows: string[][] = [];
  for (const noise of noises) {
    for (const [name, loop] of loops) {
      const cells: string[] = [];
      for (const ship of certainties) {
        let count = 0;
        for (let seed = 0; seed < runs; seed++) count += (await ships(noise, loop, { ship, seed })) ? 1 : 0;
        cells.push(percent(count, runs));
        const isBroken = ship === "proven" && isClearlyAbove(count, runs);
        if (isBroken) broken.push(`train with ${name} shipped ${count} of ${runs} times by "proven".`);
      }
      rows.push([`${name}, ${noise.name}`, ...cells]);
    }
  }
  const title = `\`train()\`, ${validation} validation examples, ${runs} runs a cell: % of runs that ship a program that is no better`;
  const table: Table = { title, head: ["", ...certainties], rows };
  return { tables: [table], broken };
}
