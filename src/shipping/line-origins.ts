/** Which step each line of a learned text came with: the blame of a lineage of candidates. */

import { diffArrays } from "diff";
import type { Candidate } from "../optimizers/search/search.ts";

/** Texts that differ more than this count as new: comparing takes quadratic time. */
const maxEditLength = 2_000;

/** The lines of a value, each with the step that it came with; 0 is the baseline. */
export interface TracedLine {
  readonly line: string;
  readonly step: number;
}

/** Looks up where the lines of candidates came from. */
export class LineOrigins {
  readonly #byId = new Map<string, Candidate>();
  /** When each candidate came, as a number. */
  readonly #order = new Map<string, number>();
  readonly #known = new Map<string, readonly TracedLine[]>();

  /** @param candidates All of a run, in the order in which they came. */
  constructor(candidates: Iterable<Candidate>) {
    for (const candidate of candidates) {
      if (this.#byId.has(candidate.id)) continue;
      this.#order.set(candidate.id, this.#byId.size);
      this.#byId.set(candidate.id, candidate);
    }
  }

  /**
   * The lines of the value `name` of a candidate. A line that several parents have came with the first of them: the
   * one that was rewritten, then those that were merged into it.
   */
  of(candidate: Candidate, name: string): readonly TracedLine[] {
    // In the order in which they came, so that the lines of parents are known: a lineage may be thousands long.
    for (const one of this.#lineageOf(candidate)) {
      const key = `${one.id} ${name}`;
      if (!this.#known.has(key)) this.#known.set(key, this.#linesOf(one, name));
    }
    return this.#known.get(`${candidate.id} ${name}`) as readonly TracedLine[];
  }

  /** By the lines of its parents, which are known. */
  #linesOf(candidate: Candidate, name: string): readonly TracedLine[] {
    const { step, values } = candidate;
    let found = valueLines(values[name]).map((line): TracedLine => ({ line, step }));
    // From the last parent to the first, so that the first has the last word.
    for (const { id } of this.#parentsOf(candidate).reverse()) {
      found = inherited(this.#known.get(`${id} ${name}`) ?? [], found);
    }
    return found;
  }

  /** The candidates that led to this one, in the order in which they came, itself included; without the baseline. */
  stepsTo(candidate: Candidate): readonly Candidate[] {
    return this.#lineageOf(candidate).filter(({ parents }) => parents.length > 0);
  }

  #lineageOf(candidate: Candidate): readonly Candidate[] {
    const found = new Set([candidate]);
    for (const one of found) for (const parent of this.#parentsOf(one)) found.add(parent);
    return [...found].sort((a, b) => this.#placeOf(a) - this.#placeOf(b));
  }

  /** A parent comes before its child: anything else would be a circle. */
  #parentsOf(child: Candidate): Candidate[] {
    const parents = child.parents.flatMap((id) => this.#byId.get(id) ?? []);
    return parents.filter((parent) => this.#placeOf(parent) < this.#placeOf(child));
  }

  #placeOf({ id }: Candidate): number {
    return this.#order.get(id) ?? Number.POSITIVE_INFINITY;
  }
}

/** Lines of a parent that a child still has bring their step with them. */
function inherited(parent: readonly TracedLine[], child: readonly TracedLine[]): TracedLine[] {
  const texts = (lines: readonly TracedLine[]) => lines.map(({ line }) => line);
  const changes = diffArrays(texts(parent), texts(child), { maxEditLength });
  if (changes === undefined) return [...child];
  const found = [...child];
  let [from, to] = [0, 0];
  for (const { added, removed, value } of changes) {
    if (added) to += value.length;
    else if (removed) from += value.length;
    else for (const _ of value) found[to++] = parent[from++] as TracedLine;
  }
  return found;
}

function valueLines(value: unknown): readonly string[] {
  return valueFileText(value).replace(/\n$/, "").split("\n");
}

/** A value as the text of a file: a text as it is, everything else as indented JSON. */
export function valueFileText(value: unknown): string {
  return typeof value === "string" ? value : `${JSON.stringify(value, undefined, 2) ?? ""}\n`;
}
