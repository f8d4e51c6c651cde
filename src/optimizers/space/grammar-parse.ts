/** Finds a derivation of a given text, so that a search can start from a value made elsewhere. */

import type { Json } from "../../util/decode.ts";
import { textOfValue } from "./derivations.ts";
import type { Domain } from "./domain.ts";
import { type GrammarRules, isDomain, type Production } from "./grammar-rules.ts";

/** Where a text that begins at some position may end, each end with one derivation. */
type ParseEnds = ReadonlyMap<number, Json>;

/** Longer texts count as not in the grammar: parsing them would take too long. */
const maxTextLength = 20_000;
/** How many values of a domain are looked for in a text, beyond numbers. */
const maxListedValues = 1_000;

/** A derivation of `text` from `start` within the depth; undefined when there is none. The first rule wins. */
export function parseText(
  rules: GrammarRules,
  { start, maxDepth }: { readonly start: string; readonly maxDepth: number },
  text: string,
): Json | undefined {
  if (text.length > maxTextLength) return undefined;
  return new Parser(rules, text).ends(start, 0, maxDepth).get(text.length);
}

class Parser {
  readonly #rules: GrammarRules;
  readonly #text: string;
  /** The results so far; without them the time would grow exponentially. */
  readonly #known = new Map<string, ParseEnds>();
  readonly #written = new Map<Domain, readonly (readonly [string, Json])[]>();

  constructor(rules: GrammarRules, text: string) {
    this.#rules = rules;
    this.#text = text;
  }

  /** Where a text of `name` that begins at `from` may end. The depth ends a left recursion. */
  ends(name: string, from: number, depth: number): ParseEnds {
    const key = `${name} ${from} ${depth}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const rule = this.#rules.get(name) as Domain | readonly Production[];
    const found = isDomain(rule) ? this.#valuesAt(rule, from) : this.#treesAt(rule, from, depth);
    this.#known.set(key, found);
    return found;
  }

  #treesAt(rule: readonly Production[], from: number, depth: number): ParseEnds {
    const found = new Map<number, Json>();
    for (const [index, production] of rule.entries()) {
      if (production.depth > depth) continue;
      for (const [end, children] of this.#fillings(production, from, depth)) {
        if (!found.has(end)) found.set(end, [index, ...children]);
      }
    }
    return found;
  }

  /** The ways to read a production from left to right: by the end, what its slots are filled with. */
  #fillings({ texts, slots }: Production, from: number, depth: number): ReadonlyMap<number, readonly Json[]> {
    let open = new Map<number, readonly Json[]>([[from, []]]);
    for (const [at, text] of texts.entries()) {
      const next = new Map<number, readonly Json[]>();
      for (const [position, children] of open) {
        if (!this.#text.startsWith(text, position)) continue;
        const slot = slots[at];
        if (slot === undefined) next.set(position + text.length, children);
        else {
          for (const [end, child] of this.ends(slot, position + text.length, depth - 1)) {
            if (!next.has(end)) next.set(end, [...children, child]);
          }
        }
      }
      open = next;
    }
    return open;
  }

  #valuesAt(domain: Domain, from: number): ParseEnds {
    const found = new Map<number, Json>();
    // A number is parsed by its syntax, since a range has infinitely many.
    const [numeral] = /^-?\d+(\.\d+)?(e[+-]?\d+)?/.exec(this.#text.slice(from, from + 40)) ?? [];
    const point = numeral === undefined ? undefined : domain.pointOf(Number(numeral));
    if (numeral !== undefined && point !== undefined && textOfValue(domain.valueOf(point)) === numeral) {
      found.set(from + numeral.length, point);
    }
    for (const [text, listed] of this.#textsOf(domain)) {
      const end = from + text.length;
      if (!found.has(end) && this.#text.startsWith(text, from)) found.set(end, listed);
    }
    return found;
  }

  #textsOf(domain: Domain): readonly (readonly [string, Json])[] {
    const known = this.#written.get(domain);
    if (known !== undefined) return known;
    const listed: [string, Json][] = [];
    for (const point of domain.all()) {
      if (listed.length >= maxListedValues) break;
      listed.push([textOfValue(domain.valueOf(point)), point]);
    }
    this.#written.set(domain, listed);
    return listed;
  }
}
