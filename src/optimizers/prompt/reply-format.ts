/** Chooses a reply format by its name, so that settings can be written as data. */

import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import { jsonReply, type ReplyFormat } from "./reply.ts";
import { xmlReply } from "./xml-reply.ts";

/**
 * How an answer is asked for and read: by a tool call or JSON text, in tags around raw text, or in a way of one's own.
 */
export type FormatChoice = "json" | "xml" | ReplyFormat;

/**
 * The format that is meant. Default: JSON.
 * @throws TracegradError `bad-option` for what is neither a known name nor a format.
 */
export function replyFormatOf(choice: FormatChoice = "json"): ReplyFormat {
  if (choice === "json") return jsonReply;
  if (choice === "xml") return xmlReply;
  const { instructions, tool, read } = (choice ?? {}) as Partial<ReplyFormat>;
  if ([instructions, tool, read].every((part) => typeof part === "function")) return choice;
  throw new TracegradError("bad-option", `\`format\` is "json", "xml" or a ReplyFormat; got ${preview(choice)}.`);
}
