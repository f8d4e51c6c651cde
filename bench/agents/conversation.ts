/**
 * Measures a long conversation with tools, turn by turn: what a call costs in a trace beside the program alone, which
 * writes all that was said so far into each request: `npm run bench:conversation -- [TURNS]`. Times are processor times.
 */

import { trace } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { SYSTEM_PROMPT } from "./texts.ts";

const turns = Number(process.argv[2] ?? 2_000);
/** The conversation is timed in as many parts. */
const parts = 10;

type Send = (url: string, init: { readonly method: string; readonly body: string }) => Promise<Response>;

interface Block {
  readonly type: string;
  readonly id?: string;
}

/** A text of a hundred characters, another one for each number. */
const textOf = (kind: string, number: number): string =>
  `${kind} ${number}: ${Array.from({ length: 12 }, (_, index) => `word${(number * 31 + index * 7) % 997}`).join(" ")}`;

/** In place of a server: every second reply asks for a tool. */
function replies(): () => Promise<Response> {
  let number = 0;
  return async () => {
    number += 1;
    const call = { type: "tool_use", id: `call_${number}`, name: "look_up", input: { number } };
    const content = [{ type: "text", text: textOf("reply", number) }, ...(number % 2 === 0 ? [] : [call])];
    const usage = { input_tokens: 1, output_tokens: 1 };
    return Response.json({ id: `msg_${number}`, type: "message", role: "assistant", model: "m", content, usage });
  };
}

/** Holds the conversation, and gives the milliseconds of a call in each of its parts. */
async function converse(send: Send): Promise<readonly number[]> {
  const messages: object[] = [{ role: "user", content: textOf("question", 0) }];
  const times: number[] = [];
  for (let part = 0; part < parts; part++) {
    const before = process.cpuUsage();
    for (let turn = 0; turn < turns / parts; turn++) {
      const body = JSON.stringify({ model: "m", max_tokens: 100, system: SYSTEM_PROMPT, messages });
      const reply = await send("http://127.0.0.1:9/v1/messages", { method: "POST", body });
      const { content } = (await reply.json()) as { readonly content: readonly Block[] };
      const call = content.find(({ type }) => type === "tool_use");
      const text = textOf("answer", part * turns + turn);
      const result = [{ type: "tool_result", tool_use_id: call?.id, content: text }];
      messages.push({ role: "assistant", content }, { role: "user", content: call === undefined ? text : result });
    }
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000 / (turns / parts));
  }
  return times;
}

const alone = await converse(replies());
const agent = learn(async () => converse(traceFetch(replies())), { system: SYSTEM_PROMPT });
const traced = (await trace(() => agent())).value as readonly number[];
console.log("| after turns | the program alone, ms a call | in a trace, ms |\n| --- | --- | --- |");
for (const [part, time] of traced.entries()) {
  console.log(`| ${((part + 1) * turns) / parts} | ${alone[part]?.toFixed(2)} | ${time.toFixed(2)} |`);
}
