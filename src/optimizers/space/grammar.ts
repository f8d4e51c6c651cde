/** The domain of texts that a grammar derives, such as the source of a function. A point is a derivation tree. */

import type { Json } from "../../util/decode.ts";
import { preview } from "../../util/preview.ts";
import { type Rng, shuffled } from "../../util/rng.ts";
import { Derivations, type DerivationTree, type Site } from "./derivations.ts";
import { badSpace, type Domain, sampleItem } from "./domain.ts";
import { parseText } from "./grammar-parse.ts";
import { isDomain, minDepth, type Rule, rulesOf } from "./grammar-rules.ts";

export type { Rule } from "./grammar-rules.ts";

/** A grammar as data. */
export interface GrammarSettings {
  /** The nonterminal that the whole text is. */
  readonly start: string;
  /**
   * What each nonterminal stands for: one text or several with slots such as `{{expr}}`, or a domain. Two slots of one
   * name are filled independently. Texts of a domain are written as they are, other values as JSON; so put negative
   * numbers in parentheses, and text that should be a string literal in quotes.
   */
  readonly rules: Readonly<Record<string, Rule>>;
  /** The most levels of nested nonterminals, without domains. Default: 8. */
  readonly maxDepth?: number;
}

/**
 * The texts of a grammar, for code parameters. A neighbour has one choice or number changed, one text replaced by
 * another, or one part grown anew; a crossover has one part of the second text, as in genetic programming over grammars
 * (Whigham 1995, "Grammatically-based Genetic Programming"). No derivation has more than 1,000 parts, unless the
 * grammar cannot end sooner.
 * @throws TracegradError `bad-space` for a nonterminal that is undefined or never ends, and for a `maxDepth` that is
 * too small.
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
  if (minDepth(first) > maxDepth) {
    throw badSpace(`grammar's shortest text is ${minDepth(first)} levels deep, and its maxDepth is ${maxDepth}.`);
  }
  const trees = new Derivations(rules);
  const whole = (tree: Json): Site => ({ name: start, tree, depth: maxDepth, path: [] });
  return {
    spec: { kind: "grammar", start, maxDepth, rules: specOf(declared) },
    random: (rng) => trees.grow(whole(null), rng, { left: maxParts }),
    neighbour: (tree, rng) => neighbourOf(trees, whole(tree), rng),
    crossover: (a, b, rng) => crossTrees(trees, [whole(a), whole(b)], rng),
    all: () => trees.all(start, maxDepth),
    valueOf: (tree) => trees.textOf(start, tree),
    pointOf: (value) => (typeof value === "string" ? parseText(rules, { start, maxDepth }, value) : undefined),
  };
}

const maxParts = 1_000;
/** How many positions of a tree are tried for a change, or for a part that fits. */
const maxAttempts = 20;

function specOf(declared: Readonly<Record<string, Rule>>): Json {
  const specs = Object.entries(declared).map(
    ([name, rule]) => [name, isDomain(rule) ? rule.spec : (rule as Json)] as const,
  );
  return Object.fromEntries(specs);
}

/** The tree with one position changed: a step in a domain, another production, or a part grown anew. */
function neighbourOf(trees: Derivations, whole: Site, rng: Rng): Json {
  const sites = trees.sitesOf(whole);
  const changeable = sites.filter((site) => trees.hasOther(site));
  for (let attempt = 0; attempt < maxAttempts && changeable.length > 0; attempt++) {
    const site = sampleItem(changeable, rng);
    const part = changePart(trees, site, { rng, left: maxParts - sites.length + trees.sitesOf(site).length });
    if (JSON.stringify(part) !== JSON.stringify(site.tree)) return withPart(whole.tree, site.path, part);
  }
  return whole.tree;
}

function changePart(trees: Derivations, site: Site, { rng, left }: { readonly rng: Rng; left: number }): Json {
  const rule = trees.ruleOf(site.name);
  if (isDomain(rule)) return rule.neighbour(site.tree, rng);
  // Half of the time the old part's subtrees are reused under the same names, so that `a + b` can become `a - b`.
  const reusable = rng.integer(2) === 0 ? trees.childrenOf(site) : [];
  return trees.grow(site, rng, { left }, reusable);
}

/** The first tree with one part of the second; the first tree itself when no part fits anywhere. */
function crossTrees(trees: Derivations, [a, b]: readonly [Site, Site], rng: Rng): Json {
  const donors = trees.sitesOf(b);
  const sites = trees.sitesOf(a);
  // The root comes last: the second tree always fits there.
  const targets = [...shuffled(sites.slice(1), rng).slice(0, maxAttempts), a];
  for (const target of targets) {
    const fitting = donors.filter(
      ({ name, tree }) => name === target.name && trees.heightOf(name, tree) <= target.depth,
    );
    if (fitting.length === 0) continue;
    const donor = sampleItem(fitting, rng);
    const rule = trees.ruleOf(target.name);
    const part = isDomain(rule) ? rule.crossover(target.tree, donor.tree, rng) : donor.tree;
    const parts = sites.length - trees.sitesOf(target).length + trees.sitesOf(donor).length;
    if (parts <= maxParts && JSON.stringify(part) !== JSON.stringify(target.tree)) {
      return withPart(a.tree, target.path, part);
    }
  }
  return a.tree;
}

/** The tree with `part` at the position that `path` leads to. */
function withPart(tree: Json, path: readonly number[], part: Json): Json {
  const [at, ...rest] = path;
  if (at === undefined) return part;
  const node = tree as DerivationTree;
  return (node as readonly Json[]).with(at, withPart(node[at] as Json, rest, part));
}
