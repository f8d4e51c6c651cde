/** Chat completions for the tests of those who speak them: requests with all that one may have, and streamed replies. */

import type { ModelRequest } from "../../src/llm/llm.ts";
import { type Behaviour, streams } from "./messages-server.ts";

export const ASK: ModelRequest = { messages: [{ role: "user", content: "Hello?" }] };
const inputSchema = { properties: { a: { type: "number" } }, required: ["a"] };
export const schema = { ...inputSchema, type: "object" };
export const WITH_TOOL: ModelRequest = {
  ...ASK,
  tool: { name: "propose", description: "Proposes values.", inputSchema },
};
export const RICH: ModelRequest = {
  system: "Be brief.",
  messages: [
    { role: "user", content: "Hi" },
    { role: "assistant", content: [{ type: "text", text: "Yes?" }] },
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image", mediaType: "image/png", data: "aGk=" },
      ],
    },
  ],
  maxTokens: 50,
  temperature: 0,
};

/** One event of a stream. */
export const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/** A reply in the deltas given. */
export function chat(deltas: readonly object[], finish = "stop", usage: object = {}): Behaviour {
  const chunk = (delta: object, rest: object = {}) =>
    data({ id: "c", model: "m-1", choices: [{ index: 0, delta, ...rest }] });
  const counts = { prompt_tokens: 12, completion_tokens: 7, ...usage };
  const last = data({ id: "c", model: "m-1", choices: [], usage: counts });
  const pieces = deltas.map((delta) => chunk(delta));
  return streams(...pieces, chunk({}, { finish_reason: finish }), last, "data: [DONE]\n\n");
}
