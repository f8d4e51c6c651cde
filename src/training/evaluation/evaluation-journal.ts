/** Writes evaluations into the journal: the outcome with the output, and once each the example and every long text. */

import { encode, type Json } from "../../util/encode.ts";
import { hashOf } from "../../util/json.ts";
import { contentHash } from "../data/hash.ts";
import { parseEvaluationKey } from "../journal/call-path.ts";
import type { RunStore } from "../journal/folder.ts";
import type { Example, Outcome } from "../types.ts";
import type { RunnerResult } from "./runner-result.ts";
import { LongTexts, type Packing, packValue } from "./stored-value.ts";

/** An evaluation in full. */
export interface Evaluation extends RunnerResult {
  readonly example: Example;
  /** Duration of the run and its judgement, including everything they waited for. */
  readonly seconds: number;
}

/** The data of an `example` record. Each content is in a journal once. */
export interface ExampleRecord {
  /** The index among the records of its kind, from 0. */
  readonly n: number;
  /** A hash of its id, its input and, unless it is sealed, its target. */
  readonly content: string;
  readonly input: Json;
  /** Absent for sealed examples. */
  readonly target?: Json;
}

/** The data of a `text` record: a long text, by its hash. */
export interface TextRecord {
  readonly id: string;
  readonly text: string;
}

/** The data of an `outcome` record: an outcome, and what is stored with it for people. */
export interface StoredEvaluation extends OutcomeRecord {
  /** The number of the example's record. */
  readonly example?: number;
  /** Absent when the program failed. */
  readonly output?: Json;
  readonly seconds?: number;
}

/** What the journal already has: the numbers of examples by content, and the ids of long texts. */
export interface StoredContents {
  readonly examples: ReadonlyMap<string, number>;
  readonly texts: ReadonlySet<string>;
}

/** See the head of the file. A run without a folder serializes and stores nothing. */
export class EvaluationJournal {
  readonly #store: RunStore;
  readonly #packing: Packing;
  readonly #contents: Map<string, number>;
  readonly #numbers = new WeakMap<Example, number>();
  /** The writes for the current evaluation. */
  #writing: Promise<void>[] = [];

  constructor(store: RunStore, { examples, texts }: StoredContents) {
    this.#store = store;
    this.#contents = new Map(examples);
    const write = (id: string, text: string): void => this.#append("text", { id, text });
    this.#packing = { texts: new LongTexts({ known: texts, write }), redact: (json) => store.redact(json) };
  }

  /** Resolves when the record, and all that it refers to, is durable. Throws as `RunStore.append` does. */
  async append(record: OutcomeRecord, evaluation: Evaluation | undefined): Promise<void> {
    if (this.#store.folder === undefined) return;
    this.#append("outcome", { ...record, ...(evaluation && this.#partsOf(record, evaluation)) });
    const writing = this.#writing;
    this.#writing = [];
    await Promise.all(writing);
  }

  #partsOf({ key, shared }: OutcomeRecord, { example, seconds, ...rest }: Evaluation): Partial<StoredEvaluation> {
    const isSealed = parseEvaluationKey(key).split === "test";
    const parts = { example: this.#numberOf(example, isSealed) };
    // Another run made it, and stores the rest.
    if (shared === true) return parts;
    const output = "output" in rest ? { output: packValue(rest.output, this.#packing) } : {};
    return { ...parts, ...output, seconds: Number(seconds.toFixed(4)) };
  }

  #numberOf(example: Example, isSealed: boolean): number {
    const known = this.#numbers.get(example);
    if (known !== undefined) return known;
    const content = contentOf(example, isSealed);
    const number = this.#contents.get(content) ?? this.#contents.size;
    if (number === this.#contents.size) {
      const input = packValue(example.input, this.#packing);
      const target = isSealed ? {} : { target: packValue(example.target, this.#packing) };
      this.#contents.set(content, number);
      this.#append("example", { n: number, content, input, ...target });
    }
    this.#numbers.set(example, number);
    return number;
  }

  #append(type: string, data: ExampleRecord | TextRecord | StoredEvaluation): void {
    this.#writing.push(this.#store.append(type, data as unknown as Json));
  }
}

/** Excludes a sealed target: a hash of one of few possible answers reveals it. */
function contentOf(example: Example, isSealed: boolean): string {
  const { id, input } = example;
  const content = isSealed ? { sealed: hashOf(encode(input)) } : (contentHash(example) ?? null);
  return hashOf([id, content]).slice(0, 24);
}

/** What a continued run needs of an evaluation. Its `outcome` record holds more. */
export interface OutcomeRecord {
  /** Which record of its kind it is, from 0. */
  readonly n: number;
  /** Which candidate was evaluated on which example, and which repeat it was. */
  readonly key: string;
  readonly outcome: Outcome;
  /** Whether another run made it. */
  readonly shared?: boolean;
}
