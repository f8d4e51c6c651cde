/** Finds a derivation of a given text, so that a value made elsewhere can be climbed from. */

import type { Json } from "../../util/decode.ts";
import { textOfValue } from "./derivations.ts";
import type { Domain } from "./domain.ts";
import { isDomain, type Production, type Rules } from "./grammar-rules.ts";

/** Ends of what was read from some place on, each with one derivation of it. */
type Ends = ReadonlyMap<number, Json>;

/** Longer texts are taken for no text of the grammar: reading them would take too long. */
const longest = 20_000;
/** Values of a domain in a text, beyond numbers, are looked for among so many. */
const mostValues = 1_000;

/**
 * A derivation of `text` from `start` in the depth; undefined when there is none. Of several it gives the first by
 * rules.
 */
export function parseText(
  rules: Rules,
  { start, maxDepth }: { readonly start: string; readonly maxDepth: number },
  text: string,
): Json | undefined {
  if (text.length > longest) return undefined;
  return new Parser(rules, text).ends(start, 0, maxDepth).get(text.length);
}

class Parser {
  readonly #rules: Rules;
  readonly #text: string;
  /** What was read already: without it, the time would grow exponentially. */
  readonly #known = new Map<string, Ends>();
  readonly #written = new Map<Domain, readonly (readonly [string, Json])[]>();

  constructor(rules: Rules, text: string) {
    this.#rules = rules;
    this.#text = text;
  }

  /** Where a text of `name` that begins at `from` may end. A left recursion ends by its depth. */
  ends(name: string, from: number, depth: number): Ends {
    const key = `${name} ${from} ${depth}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const rule = this.#rules.get(name) as Domain | readonly Production[];
    const found = isDomain(rule) ? this.#valuesAt(rule, from) : this.#treesAt(rule, from, depth);
    this.#known.set(key, found);
    return found;
  }

  #treesAt(rule: readonly Production[], from: number, depth: number): Ends {
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
      for (const [place, children] of open) {
        if (!this.#text.startsWith(text, place)) continue;
        const slot = slots[at];
        if (slot === undefined) next.set(place + text.length, children);
        else {
          for (const [end, child] of this.ends(slot, place + text.length, depth - 1)) {
            if (!next.has(end)) next.set(end, [...children, child]);
          }
        }
      }
      open = next;
    }
    return open;
  }

  #valuesAt(domain: Domain, from: number): Ends {
    const found = new Map<number, Json>();
    // A number is read by its looks, since a range has endlessly many.
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
      if (listed.length >= mostValues) break;
      listed.push([textOfValue(domain.valueOf(point)), point]);
    }
    this.#written.set(domain, listed);
    return listed;
  }
}
