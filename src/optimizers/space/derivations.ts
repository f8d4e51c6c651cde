/** Derivation trees of a grammar as plain JSON: functions to grow, walk and list them, and to write their text. */

import type { Json } from "../../util/decode.ts";
import type { Rng } from "../../util/rng.ts";
import { type Domain, product, sampleItem } from "./domain.ts";
import { type GrammarRules, isDomain, type Production } from "./grammar-rules.ts";

/** A derivation: the index of a production, and what its slots are filled with (trees, or points of domains). */
export type DerivationTree = readonly [number, ...Json[]];

/** A position in a tree. */
export interface Site {
  /** The nonterminal at this position. */
  readonly name: string;
  /** What it is filled with: a {@link DerivationTree}, or a point where the nonterminal is a domain. */
  readonly tree: Json;
  /** How many levels of nonterminals there may be from here. */
  readonly depth: number;
  /** The path from the root: an index for each level. */
  readonly path: readonly number[];
}

/** A subtree that may be used again, with the nonterminal that it fills. */
export interface Subtree {
  readonly name: string;
  readonly tree: Json;
}

/** The derivations of some rules. */
export class Derivations {
  readonly #rules: GrammarRules;

  constructor(rules: GrammarRules) {
    this.#rules = rules;
  }

  /** The rule of a nonterminal. */
  ruleOf(name: string): Domain | readonly Production[] {
    return this.#rules.get(name) as Domain | readonly Production[];
  }

  /**
   * A random tree for a position; each production that fits the depth is equally likely, but once `budget` is used up
   * only the shortest are. Slots are first filled with the `reusable` parts of their name that fit, each once.
   */
  grow(
    site: Pick<Site, "name" | "depth">,
    rng: Rng,
    budget: { left: number },
    reusable: readonly Subtree[] = [],
  ): Json {
    budget.left -= 1;
    const rule = this.ruleOf(site.name);
    if (isDomain(rule)) return rule.random(rng);
    const fitting = rule.filter((one) => one.depth <= site.depth);
    const shortest = Math.min(...fitting.map((one) => one.depth));
    const production = sampleItem(budget.left > 0 ? fitting : fitting.filter(({ depth }) => depth === shortest), rng);
    const parts = [...reusable];
    const depth = site.depth - 1;
    const children = production.slots.map((name) => {
      const at = parts.findIndex((part) => part.name === name && this.heightOf(name, part.tree) <= depth);
      return at < 0 ? this.grow({ name, depth }, rng, budget) : (parts.splice(at, 1)[0] as Subtree).tree;
    });
    return [rule.indexOf(production), ...children];
  }

  /** Whether there could be something else at a position. */
  hasOther({ name, depth }: Site): boolean {
    const rule = this.ruleOf(name);
    return isDomain(rule) || rule.filter((production) => production.depth <= depth).length > 1;
  }

  /** The position itself and all below it, each before those below it. */
  sitesOf(site: Site): readonly Site[] {
    const sites: Site[] = [];
    const open = [site];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      sites.push(next);
      open.push(...this.childrenOf(next).reverse());
    }
    return sites;
  }

  /** The positions directly below one. */
  childrenOf({ name, tree, depth, path }: Site): Site[] {
    return this.#slotsOf(name, tree).map((slot, at) => ({
      name: slot,
      tree: (tree as DerivationTree)[at + 1] as Json,
      depth: depth - 1,
      path: [...path, at + 1],
    }));
  }

  /** Levels of nonterminals in a tree. */
  heightOf(name: string, tree: Json): number {
    if (isDomain(this.ruleOf(name))) return 0;
    const heights = this.#slotsOf(name, tree).map((slot, at) =>
      this.heightOf(slot, (tree as DerivationTree)[at + 1] as Json),
    );
    return 1 + Math.max(0, ...heights);
  }

  /** The text that a tree derives. */
  textOf(name: string, tree: Json): string {
    const rule = this.ruleOf(name);
    if (isDomain(rule)) return textOfValue(rule.valueOf(tree));
    const [index, ...children] = tree as DerivationTree;
    const { texts, slots } = rule[index] as Production;
    return texts
      .map((text, at) => (at < slots.length ? text + this.textOf(slots[at] as string, children[at] as Json) : text))
      .join("");
  }

  /** All trees of a nonterminal within a depth. */
  *all(name: string, depth: number): Generator<Json> {
    const rule = this.ruleOf(name);
    if (isDomain(rule)) return yield* rule.all();
    for (const [index, production] of rule.entries()) {
      if (production.depth > depth) continue;
      const sources = production.slots.map((slot) => () => this.all(slot, depth - 1));
      for (const children of product(sources)) yield [index, ...children];
    }
  }

  #slotsOf(name: string, tree: Json): readonly string[] {
    const rule = this.ruleOf(name);
    return isDomain(rule) ? [] : (rule[(tree as DerivationTree)[0]] as Production).slots;
  }
}

/** A domain's value as it appears in a text. */
export function textOfValue(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
