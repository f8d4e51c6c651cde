/** The sequences of a llama.cpp context: which of them continues a prompt, and from which of its tokens on. */

/** What is used of a sequence of node-llama-cpp. */
export interface LlamaSequence {
  /** The index of the next token: how many it holds. */
  readonly nextTokenIndex: number;
  compareContextTokens(tokens: readonly number[]): { readonly firstDifferentIndex: number };
  eraseContextTokenRanges(ranges: readonly { readonly start: number; readonly end: number }[]): Promise<void>;
  clearHistory(): Promise<void>;
  /** Ends where the model ends its text, or when nothing more is read. */
  evaluate(tokens: readonly number[], options: object): AsyncIterable<number>;
}

/** A sequence that continues a prompt once it has read the tokens that it does not hold yet. */
export interface ReadySequence {
  readonly sequence: LlamaSequence;
  /** At least one. */
  readonly unread: readonly number[];
}

/** A sequence that holds less than this share of a prompt is of more use to the prompt that it holds. */
const minShare = 0.5;

/** See the head of the file. */
export class LlamaSequences {
  readonly #isCache: boolean;
  /** Those that were used last come last. */
  #sequences: readonly LlamaSequence[];

  /** @param isCache Whether a prompt may begin with what a sequence holds of an earlier one. */
  constructor(sequences: readonly LlamaSequence[], isCache: boolean) {
    this.#sequences = sequences;
    this.#isCache = isCache;
  }

  /** Makes ready the sequence that holds most of a prompt, or else the one that was not used for longest. */
  async ready(prompt: readonly number[]): Promise<ReadySequence> {
    const { sequence, length } = this.#isCache ? this.#nearest(prompt) : this.#oldest();
    this.#sequences = [...this.#sequences.filter((one) => one !== sequence), sequence];
    if (length === 0) await sequence.clearHistory();
    else if (length < sequence.nextTokenIndex) {
      await sequence.eraseContextTokenRanges([{ start: length, end: sequence.nextTokenIndex }]);
    }
    return { sequence, unread: prompt.slice(length) };
  }

  #oldest(): { readonly sequence: LlamaSequence; readonly length: number } {
    return { sequence: this.#sequences[0] as LlamaSequence, length: 0 };
  }

  #nearest(prompt: readonly number[]): { readonly sequence: LlamaSequence; readonly length: number } {
    let nearest = this.#oldest();
    for (const sequence of this.#sequences) {
      const { firstDifferentIndex } = sequence.compareContextTokens(prompt);
      // The last token is read in any case: what follows it is wanted.
      const length = Math.min(firstDifferentIndex, prompt.length - 1);
      if (length >= minShare * prompt.length && length > nearest.length) nearest = { sequence, length };
    }
    return nearest;
  }
}
