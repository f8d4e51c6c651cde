/** The sealed test set: its size and hash are public, its examples are read once. */

import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import type { Example } from "../types.ts";
import { copyExample } from "./copy.ts";
import { datasetHash } from "./hash.ts";

/** One reading of a sealed set. */
export interface SealedRead {
  readonly reason: string;
}

/**
 * Test examples that may be read once. A score that has been looked at twice has become part of the training, so each
 * further reading must be requested explicitly, and is counted.
 */
export class Sealed<I = unknown, K = unknown> {
  readonly #examples: readonly Example<I, K>[];
  readonly #reads: SealedRead[] = [];
  /** Reasons of the readings that are allowed and not yet used. */
  readonly #allowed: string[] = ["the one reading of the test set"];
  #hash: string | undefined;

  constructor(examples: readonly Example<I, K>[]) {
    this.#examples = Object.freeze(examples.map((example) => copyExample(example)));
  }

  /** How many examples there are. Free to read. */
  get size(): number {
    return this.#examples.length;
  }

  /** The {@link datasetHash} of the examples. Free to read. */
  get hash(): string {
    return (this.#hash ??= datasetHash(this.#examples));
  }

  /** The readings so far, each with its reason. */
  get reads(): readonly SealedRead[] {
    return [...this.#reads];
  }

  /**
   * The examples.
   * @throws TracegradError `sealed` when they have been read, and `unseal` has not allowed another reading.
   */
  read(): readonly Example<I, K>[] {
    const reason = this.#allowed.shift();
    if (reason === undefined) {
      throw new TracegradError(
        "sealed",
        `The test set has been read (${this.#reads.length} times). To read it again is to select by it, and its ` +
          "scores lose " +
          'their value. If you intend to, call test.unseal("why") before test.read().',
      );
    }
    this.#reads.push({ reason });
    return this.#examples;
  }

  /**
   * Allows one more reading, and gives this set: `test.unseal("second look, after the fix").read()`.
   * @throws TracegradError `bad-reason` when the reason is empty.
   */
  unseal(reason: string): this {
    if (typeof reason !== "string" || reason.trim() === "") {
      throw new TracegradError("bad-reason", `To unseal the test set, say why in words; got ${preview(reason)}.`);
    }
    // Before the first reading, the reason replaces that of the first.
    if (this.#reads.length === 0) this.#allowed.length = 0;
    this.#allowed.push(reason);
    return this;
  }
}
