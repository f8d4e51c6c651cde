/** Chooses a reply format by its name, so that settings can be written as data. */

import { must, type OptionCheck } from "../../util/options.ts";
import { jsonReply, type ReplyFormat } from "./reply.ts";
import { xmlReply } from "./xml-reply.ts";

/**
 * How an answer is asked for and read: by a tool call or JSON text, in tags around raw text, or in a way of one's own.
 */
export type FormatChoice = "json" | "xml" | ReplyFormat;

const custom = must<ReplyFormat>('be "json", "xml" or a ReplyFormat', (value) => {
  const { instructions, tool, read } = (value ?? {}) as Partial<ReplyFormat>;
  return [instructions, tool, read].every((part) => typeof part === "function");
});

/** Checks a {@link FormatChoice}, and gives the format. */
export const replyFormat: OptionCheck<ReplyFormat> = (name, value, owner) => {
  if (value === "json") return jsonReply;
  return value === "xml" ? xmlReply : custom(name, value, owner);
};

/** The format as a run records it. */
export function formatName({ name = "custom" }: ReplyFormat): string {
  return name;
}
