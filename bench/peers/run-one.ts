/** One run of tracegrad's GEPA on a problem, and what the runs of both libraries share. */

import { bundle, parameter, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { gepa } from "tracegrad/search";
import { seeded } from "../../src/util/rng.ts";
import { ourModel } from "./model.ts";
import type { Judged, PeerFamily, PeerProblem, Texts } from "./problem.ts";

/** What a run is made by. */
export interface Entry {
  readonly seed: number;
  /** The most evaluations. */
  readonly calls: number;
  /** Whether complementary programs are merged. */
  readonly merge: boolean;
}

/** One run of tracegrad: with Python's rule of what ships, `best`, or another. */
export interface OwnEntry extends Entry {
  readonly acceptance: "best" | "likely" | "proven";
}

/** What a run ended with. */
export interface Shipped {
  /** The evaluations that were made. */
  readonly calls: number;
  /** The expected score of the program, without noise. */
  readonly score: number;
}

/** The judge of one run: each judgement has noise of its own, whoever asks. */
export function judging(problem: PeerProblem, seed: string): (program: Texts, example: number) => Judged {
  let calls = 0;
  return (program, example) => problem.judge(program, example, seeded(`${seed}/${calls++}`));
}

/** One run of `gepa()`. */
export async function ours(family: PeerFamily, { seed, calls, merge, acceptance }: OwnEntry): Promise<Shipped> {
  const problem = family.problem(seed);
  const judge = judging(problem, `ours/${seed}`);
  const names = Object.keys(problem.start);
  const parameters = names.map((name) => parameter(problem.start[name] as string, { name }));
  const answer = bundle((example: number, ...texts: string[]) => ({ example, texts }), { name: "answer" });
  const guide = code<number, { readonly example: number; readonly texts: readonly string[] }>((_, { example, texts }) =>
    judge(Object.fromEntries(names.map((name, at) => [name, texts[at] as string])), example),
  );
  const { train: size, validation } = problem;
  const rows = Array.from({ length: size + validation }, (_, input) => ({ id: `${input}`, input, target: "" }));
  const result = await train({
    agent: (example: number) => answer(example, ...parameters),
    optimizer: optoPrime(parameters, { llm: ourModel(family, seed) }),
    guide,
    maxScore: 1,
    data: split(rows, { train: size, validation }),
    search: gepa(merge ? {} : { maxMerges: 0 }),
    acceptance,
    budget: { evaluations: calls },
    concurrency: 1,
    seed,
  }).result;
  return { calls: result.spent.evaluations, score: problem.truth(result.best.values as Texts) };
}
