/** Reads replies of language models, whatever their API: the text, the tool calls, and what they took. */

import { modelIn, usageIn } from "../nodes/client-usage.ts";
import { countIn, type Fields, fieldsOf } from "../util/fields.ts";
import type { Tokens } from "../util/token-count.ts";
import { idOf, readToolCalls, type ToolCall, textOf } from "./read-request.ts";

/** One answer of a model. */
export interface ModelAnswer {
  readonly text: string;
  readonly calls: readonly ToolCall[];
}

/** What a model answered. */
export interface Reply {
  readonly id: string | undefined;
  /** One, or as many as the request wanted to choose from: a conversation goes on from one of them. */
  readonly answers: readonly ModelAnswer[];
  readonly model: string | undefined;
  /** With US dollars, where the reply says them. */
  readonly usage: Tokens | undefined;
}

/** What the body of a reply says. */
export function readReply(body: unknown): Reply {
  const fields = fieldsOf(body);
  const usage = usageIn(body);
  const usd = countIn(fieldsOf(fields["usage"])["cost"]);
  return {
    id: idOf(fields["id"]),
    answers: answersIn(fields),
    model: modelIn(body) ?? idOf(fieldsOf(fields["response"])["modelId"]),
    usage: usage === undefined || usd === undefined ? usage : { ...usage, usd },
  };
}

/** The answers of a reply: of OpenAI's chat one a choice, of its responses all items; of others the reply itself. */
function answersIn(fields: Fields): readonly ModelAnswer[] {
  const { choices, output, content } = fields;
  if (Array.isArray(choices)) return choices.map((choice) => answerOf([fieldsOf(choice)["message"]]));
  return [answerOf(Array.isArray(output) ? output : [{ content }])];
}

function answerOf(messages: readonly unknown[]): ModelAnswer {
  const texts = messages.map((message) => textOf(fieldsOf(message)["content"]));
  return { text: texts.filter((text) => text !== "").join("\n"), calls: messages.flatMap(readToolCalls) };
}

/** The value of a reply in a graph: its answer; a list where it has several. */
export function valueOf({ answers }: Reply): unknown {
  const values = answers.map(valueOfAnswer);
  return values.length > 1 ? values : (values[0] ?? "");
}

/** A text, or a record with the tools that the model wants called. */
function valueOfAnswer({ text, calls }: ModelAnswer): unknown {
  if (calls.length === 0) return text;
  const tools = calls.map(({ name, input }) => ({ tool: name, input }));
  return text === "" ? { calls: tools } : { text, calls: tools };
}
