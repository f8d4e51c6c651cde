/**
 * Recorded answers of a language model to BIG-Bench Hard questions: what the model said, and what it should have said.
 */

import { loadJson } from "tracegrad/data";

/** One recorded answer. */
export interface Recorded {
  readonly question: string;
  /** The model's whole response, as it was recorded. */
  readonly response: string;
  readonly target: string;
}

interface Output {
  readonly input: string;
  readonly prediction: string;
  readonly target: string;
}

/**
 * Reads a file of recorded outputs, `{"outputs": [{"input", "prediction", "target"}]}`, as the authors of BIG-Bench
 * Hard publish them (code-davinci-002, chain of thought; MIT licence). The question is the last one of each few-shot
 * prompt.
 */
export async function loadRecorded(file: string): Promise<readonly Recorded[]> {
  const outputs = await loadJson<Output>(file, "outputs");
  return outputs.map(({ input, prediction, target }) => ({
    question: input.slice(input.lastIndexOf("\nQ: ") + 1),
    response: prediction,
    target,
  }));
}
