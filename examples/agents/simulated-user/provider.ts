/** What the two models of the example say: rules, one for the agent and one for the customer. */

import { type ChatBody, resultIn, startChatServer } from "../shared/chat-server.ts";
import { nextTurn, type Turn } from "../shared/model.ts";
import type { Provider } from "../shared/server.ts";

/** Starts a server with both models. */
export const startModels = (): Promise<Provider> =>
  startChatServer((body) => (body.model === "gpt-5-nano" ? { text: customerWords(body) } : agentTurn(body)));

const numberAsked = "Could you tell me the number of your order?";

/** The agent asks for the number of the order, looks it up, and answers. */
function agentTurn({ messages }: ChatBody): Turn {
  const said = messages.filter(({ role }) => role === "user").map(({ content }) => String(content));
  const question = said.find((text) => /\d/.test(text));
  if (question === undefined) return { text: numberAsked };
  return nextTurn(String(messages[0]?.content), question, resultIn(messages));
}

/** The customer does what its own system prompt says. */
function customerWords({ messages }: ChatBody): string {
  const prompt = String(messages[0]?.content);
  const order = /order (\d+)/.exec(prompt)?.[1];
  const patience = Number(/leave after (\d+) answers/.exec(prompt)?.[1] ?? 3);
  const [, ...heard] = messages.filter(({ role }) => role === "user").map(({ content }) => String(content));
  const last = heard.at(-1);
  if (last === undefined)
    return prompt.includes("forgetful") ? "When does my order arrive?" : `When does my order ${order} arrive?`;
  if (/\d{4}-\d\d-\d\d/.test(last)) return "DONE";
  if (last === numberAsked) return `It is ${order}.`;
  return heard.length >= patience ? "BYE" : "My calendar takes that in numbers only: year, month, day.";
}
