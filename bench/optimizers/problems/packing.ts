/**
 * Online bin packing: a rule and a reserve decide in which open bin each item goes; the optimum is that of all such
 * rules.
 */

import { bundle, parameter } from "tracegrad";
import { type Rng, seeded } from "../../../src/util/rng.ts";
import { type Family, pick, rounded, taskOf, type Values } from "../problem.ts";
import { numberOf, type Prompt, shownText } from "../prompt.ts";
import { oneOf, whole, within } from "../spaces.ts";

const capacity = 100;
const rules = ["next", "worst", "first", "best"] as const;
const mostReserve = 30;
const parts = { train: 5, validation: 5, exam: 10 };

type Rule = (typeof rules)[number];

interface Packed {
  /** What is free in each bin. */
  readonly free: readonly number[];
  /**
   * Items that were put into a bin although one with less room could have held them; for those that opened bins, none.
   */
  readonly loose: number;
}

/** Sizes of items that come in a few kinds, so that some gaps can never be filled. */
function itemsOf(kinds: readonly number[], rng: Rng): readonly number[] {
  return Array.from({ length: 40 }, () => pick(kinds, rng) + rng.integer(4));
}

/**
 * Packs the items in their order. A gap that is smaller than the reserve, but not closed, is left only when no bin is
 * better.
 */
function pack(items: readonly number[], rule: string, reserve: number): Packed {
  const free: number[] = [];
  let loose = 0;
  for (const item of items) {
    const fitting = [...free.keys()].filter((bin) => (free[bin] as number) >= item);
    const tidy = fitting.filter((bin) => isTidy((free[bin] as number) - item, reserve));
    const chosen = chosenBin(tidy, free, rule);
    if (chosen === undefined) free.push(capacity - item);
    else {
      if (tidy.some((bin) => (free[bin] as number) < (free[chosen] as number))) loose++;
      free[chosen] = (free[chosen] as number) - item;
    }
  }
  return { free, loose };
}

function isTidy(gap: number, reserve: number): boolean {
  return gap <= 4 || gap >= reserve;
}

function chosenBin(bins: readonly number[], free: readonly number[], rule: string): number | undefined {
  if (rule === "first") return bins[0];
  if (rule === "next") return bins.includes(free.length - 1) ? free.length - 1 : undefined;
  const sign = rule === "best" ? 1 : -1;
  return bins.toSorted((a, b) => sign * ((free[a] as number) - (free[b] as number)) || a - b)[0];
}

/** The fewest bins that the sum of the items allows, as a share of the bins that were used. */
function scoreOf(items: readonly number[], { free }: Packed): number {
  return Math.ceil(items.reduce((sum, item) => sum + item, 0) / capacity) / free.length;
}

function textOf(items: readonly number[], { free, loose }: Packed): string {
  const smallest = Math.min(...items);
  const wasted = free.filter((gap) => gap > 4 && gap < smallest);
  const lines = [`${free.length} bins were used.`];
  if (loose > 0) lines.push(`${loose} items went into a bin although a fuller one had room.`);
  if (wasted.length > 2)
    lines.push(`${wasted.length} bins end with a gap of up to ${Math.max(...wasted)}, too small for any item.`);
  return lines.join(" ");
}

/** A fuller bin is the best fit; gaps that hold nothing are kept from by a reserve above them. */
function told(prompt: Prompt, rng: Rng): Values | undefined {
  const ideas: Values[] = [];
  if (/although a fuller one had room/.test(prompt.feedback) && shownText(prompt, "rule") !== "best")
    ideas.push({ rule: "best" });
  const gap = /with a gap of up to (\d+)/.exec(prompt.feedback)?.[1];
  const reserve = numberOf(prompt, "reserve");
  const constraint = prompt.variables.find(({ name }) => name === "reserve")?.constraint;
  if (gap !== undefined && reserve !== undefined && reserve <= Number(gap))
    ideas.push({ reserve: within(constraint, Number(gap) + 1) });
  return ideas.length === 0 ? undefined : pick(ideas, rng);
}

export const packing: Family = {
  name: "packing",
  about:
    "Online bin packing by a rule and a reserve; the optimum is the best of all 124 on the exam; words tell what was wasted.",
  moves: { told },
  problem(seed, { noise = 0 } = {}) {
    const rng = seeded(`packing/${seed}`);
    const kinds = [18, 26, 33, 46].map((kind) => kind + rng.integer(4));
    const count = parts.train + parts.validation + parts.exam;
    const rows = Array.from({ length: count }, () => ({ input: itemsOf(kinds, rng), target: "few bins" }));
    const exam = rows.slice(-parts.exam);
    const { optimum, best } = bestOf(exam.map(({ input }) => input));
    return {
      name: `packing/${seed}`,
      family: "packing",
      optimum,
      best,
      make() {
        const rule = parameter<string>("next", { name: "rule", ...oneOf([...rules]) });
        const reserve = parameter(0, { name: "reserve", ...whole(0, mostReserve) });
        const packed = bundle((items: readonly number[], rule: string, reserve: number) => pack(items, rule, reserve), {
          name: "pack",
          doc: "Puts each item into an open bin by the rule, but leaves no gap from 5 up to the reserve; else opens a bin.",
        });
        return taskOf({
          agent: (items: readonly number[]) => packed(items as number[], rule, reserve),
          parameters: [rule, reserve],
          guide: (items: readonly number[], output: Packed) => ({
            score: scoreOf(items, output),
            text: textOf(items, output),
          }),
          rows,
          parts: { train: parts.train, validation: parts.validation },
          noise: { seed: `packing/${seed}`, size: noise },
        });
      },
    };
  },
};

function bestOf(exam: readonly (readonly number[])[]): {
  readonly optimum: number;
  readonly best: { rule: Rule; reserve: number };
} {
  let leader = { optimum: 0, best: { rule: rules[0] as Rule, reserve: 0 } };
  for (const rule of rules) {
    for (let reserve = 0; reserve <= mostReserve; reserve++) {
      const scores = exam.map((items) => scoreOf(items, pack(items, rule, reserve)));
      const optimum = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      if (optimum > leader.optimum) leader = { optimum, best: { rule, reserve } };
    }
  }
  return { optimum: rounded(leader.optimum, 12), best: leader.best };
}
