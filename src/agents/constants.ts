/** What the texts and lists of a program would be as constants, with which it sends by itself what is put in for them. */

import type { Parameter } from "../nodes/parameter.ts";
import { piecesOf, splitAtPlaceholders } from "../nodes/placeholders.ts";
import type { ProgramConstant } from "../nodes/program-constant.ts";
import { type MessageList, valueOfList } from "./lists.ts";

/** The constant of a text, or of a list of texts that the program joins. */
export function constantOfWords(owner: Parameter): ProgramConstant {
  const { first } = owner;
  const value = owner.peek();
  if (typeof first === "string") return constantOfText(owner, first, String(value));
  if (Array.isArray(value) && value.length > 0) return { value };
  return { problem: "its list is empty now, so take it out of the program by hand, with what stands around its items" };
}

/** The constant of a list of messages, whose fields have the order in which the program writes them. */
export function constantOfList(list: MessageList): ProgramConstant {
  return { value: valueOfList(list.items, { list, start: 0 }) };
}

/** White space around a text is the program's, and stays. */
function constantOfText({ placeholders }: Parameter, first: string, value: string): ProgramConstant {
  const text = value === first ? first : first.replace(first.trim(), () => value.trim());
  const names = new Set(placeholders ? splitAtPlaceholders(first).names : []);
  return names.size === 0 ? { value: text } : { pieces: piecesOf(text, names) };
}
