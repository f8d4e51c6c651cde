/** One sealed test set for all trials of a study: each trial reads it once, and so does the study. */

import { Sealed } from "../data/sealed.ts";
import type { Example } from "../types.ts";

/** The sealed sets of a study. */
export class TestSets {
  readonly #read = new Map<Sealed, readonly Example[]>();

  /**
   * The set as one trial has it: sealed anew, and read through the one reading that the study makes of `whole`. It is
   * lazy, so that a study whose trials end before their test leaves the set unread.
   */
  forTrial(whole: Sealed): Sealed {
    return new TrialSet(whole, () => {
      const examples = this.#read.get(whole) ?? whole.read();
      this.#read.set(whole, examples);
      return examples;
    });
  }
}

class TrialSet extends Sealed {
  readonly #whole: Sealed;
  readonly #examples: () => readonly Example[];

  constructor(whole: Sealed, examples: () => readonly Example[]) {
    super([]);
    this.#whole = whole;
    this.#examples = examples;
  }

  override get size(): number {
    return this.#whole.size;
  }

  override get hash(): string {
    return this.#whole.hash;
  }

  override read(): readonly Example[] {
    // Throws when this trial has read it before.
    super.read();
    return this.#examples();
  }
}
