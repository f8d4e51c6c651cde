/**
 * Derivation trees of a grammar as plain JSON: growing them, walking them, listing them, and writing out their text.
 */

import type { Json } from "../../util/decode.ts";
import type { Rng } from "../../util/rng.ts";
import { type Domain, oneOf, product } from "./domain.ts";
import { isDomain, type Production, type Rules } from "./grammar-rules.ts";

/** A derivation: the index of a production, and what its slots are filled with (trees, or points of domains). */
export type Tree = readonly [number, ...Json[]];

/** A place in a tree. */
export interface Site {
  /** The nonterminal there. */
  readonly name: string;
  /** What it is filled with: a {@link Tree}, or a point where the nonterminal is a domain. */
  readonly tree: Json;
  /** How many levels of nonterminals there may be from here on. */
  readonly depth: number;
  /** The way from the root, an index a level. */
  readonly path: readonly number[];
}

/** A part that may be used again, by the nonterminal it fills. */
export interface Part {
  readonly name: string;
  readonly tree: Json;
}

/** The derivations of some rules. */
export class Derivations {
  readonly #rules: Rules;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** The rule of a nonterminal. */
  ruleOf(name: string): Domain | readonly Production[] {
    return this.#rules.get(name) as Domain | readonly Production[];
  }

  /**
   * A tree for a place by chance, each production that can end in the depth equally likely; once `budget` is used up,
   * only the shortest ones are taken. Slots are filled with `kept` parts of their name first, each once, where these
   * fit.
   */
  grow(place: Pick<Site, "name" | "depth">, rng: Rng, budget: { left: number }, kept: readonly Part[] = []): Json {
    budget.left -= 1;
    const rule = this.ruleOf(place.name);
    if (isDomain(rule)) return rule.random(rng);
    const fitting = rule.filter((production) => production.depth <= place.depth);
    const least = Math.min(...fitting.map((production) => production.depth));
    const taken = oneOf(budget.left > 0 ? fitting : fitting.filter(({ depth }) => depth === least), rng);
    const parts = [...kept];
    const depth = place.depth - 1;
    const children = taken.slots.map((name) => {
      const at = parts.findIndex((part) => part.name === name && this.heightOf(name, part.tree) <= depth);
      return at < 0 ? this.grow({ name, depth }, rng, budget) : (parts.splice(at, 1)[0] as Part).tree;
    });
    return [rule.indexOf(taken), ...children];
  }

  /** Whether there could be something else at a place. */
  hasOther({ name, depth }: Site): boolean {
    const rule = this.ruleOf(name);
    return isDomain(rule) || rule.filter((production) => production.depth <= depth).length > 1;
  }

  /** The place itself and all below it, each before those below it. */
  sitesOf(site: Site): readonly Site[] {
    const sites: Site[] = [];
    const open = [site];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      sites.push(next);
      open.push(...this.childrenOf(next).reverse());
    }
    return sites;
  }

  /** The places right below one. */
  childrenOf({ name, tree, depth, path }: Site): Site[] {
    return this.#slotsOf(name, tree).map((slot, at) => ({
      name: slot,
      tree: (tree as Tree)[at + 1] as Json,
      depth: depth - 1,
      path: [...path, at + 1],
    }));
  }

  /** Levels of nonterminals in a tree. */
  heightOf(name: string, tree: Json): number {
    if (isDomain(this.ruleOf(name))) return 0;
    const heights = this.#slotsOf(name, tree).map((slot, at) => this.heightOf(slot, (tree as Tree)[at + 1] as Json));
    return 1 + Math.max(0, ...heights);
  }

  /** The text that a tree derives. */
  textOf(name: string, tree: Json): string {
    const rule = this.ruleOf(name);
    if (isDomain(rule)) return textOfValue(rule.valueOf(tree));
    const [index, ...children] = tree as Tree;
    const { texts, slots } = rule[index] as Production;
    return texts
      .map((text, at) => (at < slots.length ? text + this.textOf(slots[at] as string, children[at] as Json) : text))
      .join("");
  }

  /** All trees of a nonterminal in the depth. */
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
    return isDomain(rule) ? [] : (rule[(tree as Tree)[0]] as Production).slots;
  }
}

/** A domain's value as it is written into a text. */
export function textOfValue(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
