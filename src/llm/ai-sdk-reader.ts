/** Reads the stream of parts that a model of the AI SDK gives into one reply. */

import { countIn, type Fields, fieldsOf, textIn } from "../util/fields.ts";
import type { ModelReply, ModelRequest, StopReason } from "./llm.ts";
import { brokenStream, ReplyReader, replyOfParts } from "./reply-reader.ts";

const STOP_REASONS: ReadonlyMap<string, StopReason> = new Map([
  ["stop", "end"],
  ["tool-calls", "tool"],
  ["length", "length"],
  ["content-filter", "refusal"],
]);

/** A reply of a model of the AI SDK while it comes in. */
export class AiSdkReader extends ReplyReader {
  readonly #request: ModelRequest;
  readonly #texts = new Map<string, string>();
  readonly #calls: { readonly name: string; readonly json: string }[] = [];
  #model = "";
  #finish = "";

  constructor(request: ModelRequest, maxTokens: number | undefined) {
    super("a language model", request.maxTokens ?? maxTokens);
    this.#request = request;
  }

  get isWhole(): boolean {
    return this.#finish !== "";
  }

  protected take(part: Fields): boolean {
    const { type, id, delta } = part;
    if (type === "stream-start" || type === "raw") return false;
    this.started = true;
    this.takeRoom(textIn(delta).length);
    switch (type) {
      case "response-metadata":
        this.#model ||= textIn(part["modelId"]);
        return true;
      case "text-delta":
        this.#texts.set(textIn(id), (this.#texts.get(textIn(id)) ?? "") + textIn(delta));
        return true;
      case "tool-call":
        this.#calls.push({ name: textIn(part["toolName"]), json: textIn(part["input"]) });
        return true;
      case "finish":
        this.#end(part);
        return true;
      default:
        return true;
    }
  }

  #end({ usage, finishReason }: Fields): void {
    const { inputTokens, outputTokens } = fieldsOf(usage);
    const [input, output] = [fieldsOf(inputTokens), fieldsOf(outputTokens)];
    this.announced.inputTokens = countIn(input["total"]);
    this.announced.outputTokens = countIn(output["total"]);
    this.announced.cachedInputTokens = countIn(input["cacheRead"]);
    this.announced.reasoningTokens = countIn(output["reasoning"]);
    const reason = textIn(fieldsOf(finishReason)["unified"]);
    if (reason === "error" || reason === "interrupted") throw brokenStream("ended with an error.");
    this.#finish = reason || "other";
  }

  get content(): Omit<ModelReply, "usage"> {
    const stopReason = STOP_REASONS.get(this.#finish) ?? "other";
    const text = [...this.#texts.values()].join("\n");
    return replyOfParts({ text, calls: this.#calls, stopReason, model: this.#model }, this.#request);
  }
}
