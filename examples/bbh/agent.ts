/**
 * The two-part agent of the paper's study: a prompt for the language model, and a function that reads the answer out of
 * its response. Both can be learned.
 */

import { bundle, type Node, type ParameterOptions, parameter, type Traced } from "tracegrad";
import type { LanguageModel } from "tracegrad/llm";

/** The prompt that the paper's script starts from (OpenTrace, `examples/bbeh/bbeh_trace.py`, MIT licence). */
const startPrompt = `
Given the fields \`question\`, produce the fields \`answer\`.

---

Follow the following format.

Question:${" "}
Answer:${" "}

---
Question:
`;

/** What the agent asks, and how. */
export interface PredictOptions {
  readonly llm: LanguageModel;
  /** The first prompt. Default: that of the paper. */
  readonly prompt?: string;
  /** Whether the prompt can be learned. Default: true. */
  readonly trainPrompt?: boolean;
  /** The most tokens of a response. Default: the model's own. */
  readonly maxTokens?: number;
  /** Default: the model's own. */
  readonly temperature?: number;
}

// The build drops comments, so what the optimizer reads stands in options.
const docs = {
  prompt_template:
    "This is the prompt template to the LLM. It needs to say in which format the LLM should give its answer. Answers " +
    "can be (A)/(B), a number like 8, or a string, or Yes/No/Ambiguous.",
  call_llm: "Sends the prompt template, a line break and the question to the LLM, and gives its response.",
  extract_answer:
    "Reads the response, which can contain thoughts and an answer, and finds the answer in it. Returns it in the exact " +
    "format that the evaluator wants to see, which can be (A)/(B), a number like 8, or a string, or Yes/No.",
};

/** Answers questions: asks the language model, then takes the answer out of its response. */
export class Predict {
  readonly prompt_template;
  readonly #llm: LanguageModel;
  readonly #limits: Pick<PredictOptions, "maxTokens" | "temperature">;

  constructor({ llm, prompt = startPrompt, trainPrompt = true, ...limits }: PredictOptions) {
    const options: ParameterOptions<string> = {
      doc: docs.prompt_template,
      trainable: trainPrompt,
      placeholders: false,
    };
    this.prompt_template = parameter(prompt, options);
    this.#llm = llm;
    this.#limits = limits;
  }

  @bundle({ doc: docs.call_llm })
  async call_llm(prompt_template: string, question: string): Promise<string> {
    const content = `${prompt_template}\n${question}`;
    return (await this.#llm.generate({ messages: [{ role: "user", content }], ...this.#limits })).text;
  }

  @bundle({ trainable: true, doc: docs.extract_answer })
  // @ts-expect-error The first version uses neither the prompt nor the question.
  extract_answer(prompt_template: string, question: string, response: string): string {
    return response.split("Answer:")[1]!.trim();
  }

  async answer(this: Traced<Predict>, question: Node<string>): Promise<Node<string>> {
    const response = await this.call_llm(this.prompt_template, question);
    return this.extract_answer(this.prompt_template, question, response);
  }
}
