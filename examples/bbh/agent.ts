/**
 * The agent of the paper's BIG-Bench study, with a recorded language model: only reading the answer out can be learned.
 */

import { bundle, type Node, type Traced } from "tracegrad";
import type { Recorded } from "./data.ts";

/** Answers questions: asks the model, then takes the answer out of its response. */
export class Predict {
  readonly #responses: ReadonlyMap<string, string>;

  constructor(recorded: readonly Recorded[]) {
    this.#responses = new Map(recorded.map(({ question, response }) => [question, response]));
  }

  /** The language model's response to the question. */
  @bundle()
  ask(question: string): string {
    const response = this.#responses.get(question);
    // A question that was never asked has no recorded response, and none is made up.
    if (response === undefined) throw new Error(`No response was recorded for the question: ${question.slice(0, 100)}`);
    return response;
  }

  /** Takes the final answer out of the model's response, exactly as it is expected. */
  @bundle({ trainable: true })
  extract_answer(response: string): string {
    return response.split("Answer:")[1]!.trim();
  }

  answer(this: Traced<Predict>, question: Node<string>): Node<string> {
    return this.extract_answer(this.ask(question));
  }
}
