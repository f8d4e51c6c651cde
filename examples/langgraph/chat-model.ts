/** A chat model of LangChain that any language model of tracegrad answers, so that graphs call it like any other. */

import { SimpleChatModel } from "@langchain/core/language_models/chat_models";
import type { BaseMessage } from "@langchain/core/messages";
import type { LanguageModel } from "tracegrad/llm";

/** See the head of the file. In a program of your own this is a `ChatOpenAI` or whatever you use. */
export class ChatOf extends SimpleChatModel {
  readonly #llm: LanguageModel;

  constructor(llm: LanguageModel) {
    super({});
    this.#llm = llm;
  }

  _llmType(): string {
    return "tracegrad";
  }

  async _call(messages: BaseMessage[]): Promise<string> {
    const isSystem = (message: BaseMessage) => message.type === "system";
    const system = messages.filter(isSystem).map(({ text }) => text);
    const rest = messages.filter((message) => !isSystem(message));
    const { text } = await this.#llm.generate({
      system: system.join("\n\n"),
      messages: rest.map((message) => ({ role: message.type === "ai" ? "assistant" : "user", content: message.text })),
    });
    return text;
  }
}
