/**
 * The operator that asks a language model. A failing model says nothing about the program, so its errors are rethrown.
 */

import { counted } from "../../util/answering.ts";
import { textOf } from "../../util/as-text.ts";
import { lift, Node, type Nodeable } from "../node.ts";
import { constantOf, inputName, operator } from "../operation.ts";

/** What is needed of a language model: the port's `LanguageModel` has it. */
export interface Answerer {
  /** Under which a run counts its calls. Default: `unnamed model`. */
  readonly name?: string;
  /** Answers a request. */
  generate(request: {
    readonly system?: string;
    readonly messages: readonly { readonly role: "user"; readonly content: string }[];
  }): Promise<{ readonly text: string }>;
}

const askOperation = {
  ...operator("callLlm", ["system", "prompt"], "The language model's answer to the prompts.", true),
  async: true,
};

/**
 * Asks `model`, and gives its answer as a node that comes from the system prompt and the user prompts, which are sent
 * as one message with a blank line between them. `system` may be undefined. Unlike other operators it makes no
 * exception node: an error of the model rejects unchanged.
 */
export async function callLlm(
  model: Answerer,
  system: Nodeable<string> | undefined,
  ...prompts: readonly Nodeable<string>[]
): Promise<Node<string>> {
  const given = system === undefined ? prompts : [system, ...prompts];
  const operation = system === undefined ? { ...askOperation, inputs: ["prompt"] } : askOperation;
  const parents = given.map((arg, index) => lift(arg, constantOf(operation, index)));
  const texts = parents.map((parent, index) => textOf(parent.peek(), `${inputName(operation, index)} of callLlm`));
  const user = (system === undefined ? texts : texts.slice(1)).join("\n\n");
  const messages = [{ role: "user", content: user }] as const;
  const reply = await counted(model).generate(
    system === undefined ? { messages } : { system: texts[0] ?? "", messages },
  );
  return new Node(operation, reply.text, parents);
}
