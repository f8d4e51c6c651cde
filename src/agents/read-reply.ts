/** Reads replies of language models, whatever their API: the text, the tool calls, and what they took. */

import { modelIn, usageIn } from "../nodes/client-usage.ts";
import { countIn, type Fields, fieldsOf } from "../util/fields.ts";
import type { Tokens } from "../util/token-count.ts";
import { idOf, itemsOf, readToolCalls, type ToolCall, textOf } from "./read-request.ts";

/** What a model answered. */
export interface Reply {
  readonly id: string | undefined;
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly model: string | undefined;
  /** With US dollars, where the reply says them. */
  readonly usage: Tokens | undefined;
}

/** What the body of a reply says. */
export function readReply(body: unknown): Reply {
  const fields = fieldsOf(body);
  const messages = answersIn(fields);
  const usage = usageIn(body);
  const usd = countIn(fieldsOf(fields["usage"])["cost"]);
  return {
    id: idOf(fields["id"]),
    text: messages
      .map((message) => textOf(fieldsOf(message)["content"]))
      .filter((text) => text !== "")
      .join("\n"),
    calls: messages.flatMap(readToolCalls),
    model: modelIn(body) ?? idOf(fieldsOf(fields["response"])["modelId"]),
    usage: usage === undefined || usd === undefined ? usage : { ...usage, usd },
  };
}

/** The messages of a reply: of OpenAI's chat one a choice, of its responses the items; of others the reply itself. */
function answersIn(fields: Fields): readonly unknown[] {
  if (Array.isArray(fields["choices"])) return fields["choices"].map((choice) => fieldsOf(choice)["message"]);
  if (Array.isArray(fields["output"])) return itemsOf(fields["output"]);
  return [{ content: fields["content"] }];
}

/** The value of a reply in a graph: its text, or a record with the tools that it wants called. */
export function valueOf({ text, calls }: Reply): unknown {
  if (calls.length === 0) return text;
  const tools = calls.map(({ name, input }) => ({ tool: name, input }));
  return text === "" ? { calls: tools } : { text, calls: tools };
}
