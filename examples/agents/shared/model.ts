/** What the model of the examples says: a rule, in place of a language model, so that they run without a key. */

import type { Order } from "./orders.ts";

/** A turn of the model: a call of the tool, or an answer. */
export type Turn = { readonly order: string } | { readonly text: string };

/** What the model answers to a question, given its instructions and, once there is one, the result of its tool. */
export function nextTurn(instructions: string, question: string, result: string | undefined): Turn {
  if (result === undefined) return { order: /\d+/.exec(question)?.[0] ?? "" };
  const { order, arrives } = JSON.parse(result) as Order;
  if (/only the date/i.test(instructions)) return { text: arrives };
  const day = new Date(arrives).toLocaleDateString("en-GB", { day: "numeric", month: "long", timeZone: "UTC" });
  return { text: `Good news! Your order ${order} arrives on ${day}.` };
}
