/** The program of the prompt demo: one sentence in, one record out, by a small model that continues text. */

import { bundle, type Node, type Parameter, parameter } from "tracegrad";
import type { LanguageModel } from "tracegrad/llm";
import { type Demonstration, demonstrations, demonstrationsText } from "tracegrad/search";

/** The program, and what can be learned about it. */
export interface Extractor {
  readonly extract: (sentence: string) => Promise<Node<string>>;
  readonly instruction: Parameter<string>;
  readonly examples: Parameter<readonly Demonstration[]>;
}

/** The whole prompt, as the model gets it: the model goes on where it ends. */
export function promptOf(instruction: string, examples: readonly Demonstration[], sentence: string): string {
  return `${instruction}\n\n${demonstrationsText(examples)}Input: ${sentence}\nOutput:`;
}

/** Makes the program with its first prompt. */
export function makeExtractor(llm: LanguageModel): Extractor {
  const instruction = parameter("Write who joined which team in which year, as name|department|year.", {
    name: "instruction",
    doc: "What the model reads first. It is a small model that continues text, and sees nothing else but the input.",
  });
  const examples = demonstrations({ name: "examples", max: 3 });
  const compose = bundle(promptOf, { name: "compose_prompt", doc: "The prompt, as the model gets it." });
  // OptoPrime reads both docs. They are options, since a build drops comments.
  const complete = bundle(
    async function complete(prompt: string): Promise<string> {
      const request = { messages: [{ role: "user" as const, content: prompt }], maxTokens: 24, temperature: 0 };
      return (await llm.generate(request)).text.trim();
    },
    { name: "complete", doc: "The model's continuation of the prompt, up to the end of its first line." },
  );
  return { extract: async (sentence) => complete(compose(instruction, examples, sentence)), instruction, examples };
}
