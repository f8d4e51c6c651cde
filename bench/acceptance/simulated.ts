/** The parts of the benchmark that are simulated: errors, power, what ships, and plain steps. */

import {
  never,
  oneLook,
  ours,
  pace,
  permutation,
  type Rule,
  type RuleMaker,
  type Setup,
  standardErrors,
} from "./rules.ts";
import { isClearlyAbove, percent, type Table } from "./table.ts";
import { type Tally, tally } from "./walk.ts";
import { better, nulls, proposals, type World } from "./worlds.ts";

/** What a part gives: tables, and what breaks the promise. */
export interface BenchPart {
  readonly tables: readonly Table[];
  readonly broken: readonly string[];
}

/** How much is simulated. */
export interface Amount {
  readonly sizes: readonly number[];
  readonly runs: number;
}

const proven = (share: number, words: string): RuleMaker =>
  ours(`proven, ${words} apart`, { ship: "proven", decisionShare: share });
const likelyApart = (share: number, words: string): RuleMaker =>
  ours(`likely, ${words} apart`, { ship: "likely", decisionShare: share });
const half = ours("**proven** (half apart)", { ship: "proven" });
const likely = ours("**likely** (cross-fitted)", { ship: "likely" });
const best = ours("best", { ship: "best" });

/** All counts of a part: by world, then by size, then by rule; undefined where `train` refuses the rule. */
type Grid = readonly (readonly (readonly (Tally | undefined)[])[])[];

/** A comparison of rules. */
interface Comparison extends Amount {
  readonly worlds: readonly World[];
  readonly makers: readonly RuleMaker[];
  readonly run: Setup["run"];
  children(rule: Rule, context: World): number;
}

function gridOf({ worlds, makers, sizes, runs, run, children }: Comparison): Grid {
  return worlds.map((context) =>
    sizes.map((examples) => {
      const rules = makers.map((make) => make({ examples, run }));
      const made = rules.filter((rule) => rule !== undefined);
      const counted = tally(context, made, { runs, children: (rule) => children(rule, context) });
      return rules.map((rule) => (rule === undefined ? undefined : counted[made.indexOf(rule)]));
    }),
  );
}

/** A row a rule, a column a world; in a cell a figure for each size. */
function tableOf(title: string, compared: Comparison, grid: Grid, show: (tally: Tally) => string): Table {
  const { worlds, makers, sizes, run } = compared;
  const rows = makers.map((make, rule) => [
    make({ examples: 200, run })?.name ?? "",
    ...grid.map((bySize) =>
      bySize.map((tallies) => (tallies[rule] === undefined ? "–" : show(tallies[rule]))).join(" · "),
    ),
  ]);
  return { title: `${title}; ${sizes.join(" · ")} examples`, head: ["", ...worlds.map(({ name }) => name)], rows };
}

/** Where rules that promise at most 5% of errors make clearly more. */
function brokenIn({ worlds, makers, sizes, run }: Comparison, grid: Grid): readonly string[] {
  return grid.flatMap((bySize, context) =>
    bySize.flatMap((tallies, size) =>
      tallies.flatMap((count, at) => {
        const rule = makers[at]?.({ examples: 200, run })?.name ?? "";
        const isPromised = rule.includes("proven") && count !== undefined;
        if (!isPromised || !isClearlyAbove(count.shipped, count.runs)) return [];
        return [
          `${rule}: ${count.shipped} of ${count.runs} runs, "${worlds[context]?.name}", ${sizes[size]} examples.`,
        ];
      }),
    ),
  );
}

const shippedShare = ({ shipped, runs }: Tally): string => percent(shipped, runs);
const worseShare = ({ worse, runs }: Tally): string => percent(worse, runs);
const truthOf = ({ truth }: Tally): string => truth.toFixed(2).replace(/^0/, "");

/** How many runs ship another program though none is better: for rules that promise it, at most 5%. */
export function errors(amount: Amount): BenchPart {
  const others = [oneLook, permutation, pace, standardErrors];
  const compared: Comparison = {
    ...amount,
    worlds: nulls,
    makers: [half, proven(1 / 3, "a third"), proven(2 / 3, "two thirds"), ...others, likely, best],
    run: "search",
    children: (_, { name }) => (name.startsWith("adaptive") ? 100 : 30),
  };
  const grid = gridOf(compared);
  const title = "No program is better than the start: % of searches that ship another";
  return { tables: [tableOf(title, compared, grid, shippedShare)], broken: brokenIn(compared, grid) };
}

/** How many runs ship the one child that is better. */
export function power(amount: Amount): BenchPart {
  const bySymmetry = ours("proven, `symmetric`", { ship: "proven", test: "symmetric" });
  const anytime = ours("proven, `anytime`", { ship: "proven", test: "anytime" });
  const shares = [proven(1 / 3, "a third"), proven(2 / 3, "two thirds")];
  const tables = (["0 or 1", "graded"] as const).map((scores) => {
    const compared: Comparison = {
      ...amount,
      worlds: [0.05, 0.1, 0.2].map((gain) => better(gain, scores)),
      makers: [half, bySymmetry, anytime, ...shares, pace, standardErrors, permutation, likely, best],
      run: "search",
      children: () => 1,
    };
    const kind = scores === "graded" ? "Graded scores (the share of ten checks that pass)" : "Scores of 0 and 1";
    const title = `${kind}, one child, better than the start's .5: % of searches that ship it`;
    return tableOf(title, compared, gridOf(compared), shippedShare);
  });
  return { tables, broken: [] };
}

/** A judged budget in programs on all examples. */
const budget = 16;

/** What ships in searches, at equal numbers of evaluations. */
export function shipping(amount: Amount): BenchPart {
  const apart = [likelyApart(1 / 3, "a third"), likelyApart(1 / 2, "half")];
  const compared: Comparison = {
    ...amount,
    worlds: proposals("best"),
    makers: [never, best, likely, ...apart, half, proven(1 / 3, "a third"), proven(2 / 3, "two thirds")],
    run: "search",
    // The start and the finalist are also judged on the examples that decide.
    children: ({ steering, deciding }) =>
      Math.floor((budget * (steering + deciding) - 2 * deciding - steering) / steering),
  };
  return { tables: threeTables("Searches", compared, gridOf(compared)), broken: [] };
}

function threeTables(what: string, compared: Comparison, grid: Grid): readonly Table[] {
  return [
    tableOf(`${what}: mean true score of what ships, from .50`, compared, grid, truthOf),
    tableOf(`${what}: % that ship a program that is truly worse than the start`, compared, grid, worseShare),
    tableOf(`${what}: % that ship another program than the start`, compared, grid, shippedShare),
  ];
}

/** Ten plain steps, each from the last, which validation does not steer. */
export function plainSteps(amount: Amount): BenchPart {
  const apart = [
    ours("proven, half apart at alpha", { ship: "proven", decisionShare: 1 / 2 }),
    ours("proven, a third apart at alpha", { ship: "proven", decisionShare: 1 / 3 }),
  ];
  const compared: Comparison = {
    ...amount,
    worlds: proposals("last"),
    makers: [best, likely, ours("**proven** (all examples at alpha/10)", { ship: "proven" }), ...apart],
    run: { steps: 10 },
    children: () => 10,
  };
  const grid = gridOf(compared);
  // Only in the first of these worlds is no program better.
  return { tables: threeTables("Ten plain steps", compared, grid), broken: brokenIn(compared, grid.slice(0, 1)) };
}
