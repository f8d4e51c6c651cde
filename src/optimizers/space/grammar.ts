/** The domain of texts that a grammar derives, such as the source of a function. A point is a derivation tree. */

import type { Json } from "../../util/decode.ts";
import { preview } from "../../util/preview.ts";
import { type Rng, shuffled } from "../../util/rng.ts";
import { Derivations, type Site, type Tree } from "./derivations.ts";
import { badSpace, type Domain, oneOf } from "./domain.ts";
import { parseText } from "./grammar-parse.ts";
import { isDomain, leastDepth, type Rule, rulesOf } from "./grammar-rules.ts";

export type { Rule } from "./grammar-rules.ts";

/** A grammar as data. */
export interface GrammarSettings {
  /** The nonterminal that the whole text is. */
  readonly start: string;
  /**
   * What each nonterminal stands for: one text or several with slots such as `{{expr}}`, or a domain. Two slots of one
   * name are filled apart. Texts of a domain are written as they are, other values as JSON; so put negative numbers
   * into parentheses, and text that should be a string literal into quotes.
   */
  readonly rules: Readonly<Record<string, Rule>>;
  /** The most levels of nonterminals in each other, domains not counted. Default: 8. */
  readonly maxDepth?: number;
}

/**
 * The texts of a grammar, for code parameters. A neighbour has one choice or number changed, another text in the place
 * of one, or one part grown anew; a crossover has one part of the other's, as in genetic programming over grammars
 * (Whigham 1995, "Grammatically-based Genetic Programming"). No derivation has more than 1,000 parts, as far as the
 * grammar lets it end.
 * @throws TracegradError `bad-space` for a nonterminal that is undefined or never ends, and a `maxDepth` that is too
 * small.
 * @example
 * grammar({
 *   start: "program",
 *   rules: {
 *     program: "function area(x: number): number {\n  return {{expr}};\n}",
 *     expr: ["x", "{{digit}}", "({{expr}} {{operator}} {{expr}})"],
 *     operator: choices(["+", "-", "*"]),
 *     digit: number({ min: 0, max: 9, step: 1 }),
 *   },
 *   maxDepth: 5,
 * })
 */
export function grammar({ start, rules: declared, maxDepth = 8 }: GrammarSettings): Domain {
  const rules = rulesOf(declared);
  const first = rules.get(start);
  if (first === undefined) throw badSpace(`grammar starts with "${start}", which no rule defines.`);
  if (!Number.isInteger(maxDepth) || maxDepth < 1 || maxDepth > 100) {
    throw badSpace(`grammar's maxDepth is a whole number from 1 to 100; got ${preview(maxDepth)}.`);
  }
  if (leastDepth(first) > maxDepth) {
    throw badSpace(`grammar's shortest text is ${leastDepth(first)} levels deep, and its maxDepth is ${maxDepth}.`);
  }
  const trees = new Derivations(rules);
  const whole = (tree: Json): Site => ({ name: start, tree, depth: maxDepth, path: [] });
  return {
    spec: { kind: "grammar", start, maxDepth, rules: specOf(declared) },
    random: (rng) => trees.grow(whole(null), rng, { left: mostParts }),
    neighbour: (tree, rng) => neighbourOf(trees, whole(tree), rng),
    crossover: (a, b, rng) => crossed(trees, [whole(a), whole(b)], rng),
    all: () => trees.all(start, maxDepth),
    valueOf: (tree) => trees.textOf(start, tree),
    pointOf: (value) => (typeof value === "string" ? parseText(rules, { start, maxDepth }, value) : undefined),
  };
}

const mostParts = 1_000;
/** How many places of a tree are tried for a change, or for a part that fits. */
const tries = 20;

function specOf(declared: Readonly<Record<string, Rule>>): Json {
  const told = ([name, rule]: [string, Rule]) => [name, isDomain(rule) ? rule.spec : (rule as Json)] as const;
  return Object.fromEntries(Object.entries(declared).map(told));
}

/** The tree with one place changed: a domain's point stepped on, another production taken, or the part grown anew. */
function neighbourOf(trees: Derivations, whole: Site, rng: Rng): Json {
  const sites = trees.sitesOf(whole);
  const changeable = sites.filter((site) => trees.hasOther(site));
  for (let attempt = 0; attempt < tries && changeable.length > 0; attempt++) {
    const site = oneOf(changeable, rng);
    const part = changedAt(trees, site, { rng, left: mostParts - sites.length + trees.sitesOf(site).length });
    if (JSON.stringify(part) !== JSON.stringify(site.tree)) return withPart(whole.tree, site.path, part);
  }
  return whole.tree;
}

function changedAt(trees: Derivations, site: Site, { rng, left }: { readonly rng: Rng; left: number }): Json {
  const rule = trees.ruleOf(site.name);
  if (isDomain(rule)) return rule.neighbour(site.tree, rng);
  // Every other time what the old part has under the same names is kept, so that `a + b` can become `a - b`.
  const kept = rng.integer(2) === 0 ? trees.childrenOf(site) : [];
  return trees.grow(site, rng, { left }, kept);
}

/** The first tree with one part of the second's; the first where no part of the second fits anywhere. */
function crossed(trees: Derivations, [a, b]: readonly [Site, Site], rng: Rng): Json {
  const donors = trees.sitesOf(b);
  const sites = trees.sitesOf(a);
  // The whole is the place of last resort: the second tree fits there as it is.
  const places = [...shuffled(sites.slice(1), rng).slice(0, tries), a];
  for (const place of places) {
    const fitting = donors.filter(({ name, tree }) => name === place.name && trees.heightOf(name, tree) <= place.depth);
    if (fitting.length === 0) continue;
    const donor = oneOf(fitting, rng);
    const rule = trees.ruleOf(place.name);
    const part = isDomain(rule) ? rule.crossover(place.tree, donor.tree, rng) : donor.tree;
    const parts = sites.length - trees.sitesOf(place).length + trees.sitesOf(donor).length;
    if (parts <= mostParts && JSON.stringify(part) !== JSON.stringify(place.tree)) {
      return withPart(a.tree, place.path, part);
    }
  }
  return a.tree;
}

/** The tree with `part` at the place that `path` leads to. */
function withPart(tree: Json, path: readonly number[], part: Json): Json {
  const [at, ...rest] = path;
  if (at === undefined) return part;
  const node = tree as Tree;
  return (node as readonly Json[]).with(at, withPart(node[at] as Json, rest, part));
}
