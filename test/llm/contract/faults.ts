/** What a provider may do, and what `generate` does then: one list for all adapters. `docs/models.md` shows it. */

import type { ModelRequest } from "../../../src/llm/llm.ts";
import { type Behaviour, cuts, hangs, streams } from "../messages-server.ts";
import type { PacedServer } from "../paced.ts";
import type { Ending, Limits, Spoken, Wire } from "./wires.ts";

/** What the provider does with the first request; every later one gets a good reply, "Hello". */
export interface Fault {
  readonly what: string;
  readonly plan: (wire: Wire) => readonly Behaviour[];
  readonly request?: ModelRequest;
  readonly limits?: Limits;
  readonly outcome: Outcome;
  /** What `aiSdk()` does, where that is something else: the AI SDK does not show it all of the stream. */
  readonly aiSdk?: Outcome | typeof UNSEEN;
}

/** It cannot tell it from silence, so it waits for `idleTimeoutMs`. */
export const UNSEEN = "unseen";

/** What a run counts for the request. */
export type Counted = "nothing" | "its tokens" | "what it announced, else the upper bound" | "upper bound" | "unknown";

/** What `generate` does. */
export type Outcome = { readonly counted: Counted } & (
  | { readonly reply: object; readonly lacks?: "toolInput"; readonly note: string }
  | { readonly asksAgain: true }
  | { readonly code: string }
);

/** A request in text. */
export const ASK: ModelRequest = { messages: [{ role: "user", content: "Hello?" }] };
const TOOL = { name: "propose", description: "Proposes values.", inputSchema: { type: "object" } };
const WITH_TOOL: ModelRequest = { ...ASK, tool: TOOL };

const wholeOf = ({ start, pieces, end }: Spoken): string => [start, ...pieces, end].join("");
const hello = (wire: Wire, ending?: Ending): Spoken => wire.text(["Hel", "lo"], ending);
const begun = (wire: Wire): string => hello(wire).start + hello(wire).pieces[0];

/** A good reply. */
export function good(wire: Wire): Behaviour {
  return streams(wholeOf(hello(wire)), wire.done);
}

function answers(status: number, headers: Record<string, string> = {}): () => readonly Behaviour[] {
  return () => [
    (response) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify({ error: { message: "no" } }));
    },
  ];
}

const says = (type: string, body: (wire: Wire) => string): Fault["plan"] => {
  return (wire) => [
    (response) => {
      response.writeHead(200, { "content-type": type });
      response.end(body(wire));
    },
  ];
};

/** Writes pieces for as long as somebody reads. */
function flood(start: string, piece: string, type = "text/event-stream"): Behaviour {
  return (response) => {
    response.writeHead(200, { "content-type": type });
    response.write(start);
    const more = (): void => {
      while (!response.closed && response.write(piece));
    };
    response.on("drain", more);
    more();
  };
}

const again = (counted: Counted = "nothing"): Outcome => ({ asksAgain: true, counted });
const left = again("what it announced, else the upper bound");
const fails = (code: string, counted: Counted = "nothing"): Outcome => ({ code, counted });
const used = { reply: { text: "Hello", stopReason: "end" }, note: "the reply", counted: "its tokens" } as const;
const noInput = (text: string): Outcome => ({
  ...{ reply: { text }, lacks: "toolInput", counted: "its tokens" },
  note: "a reply without `toolInput`; its text has what came",
});

const refused: readonly Fault[] = [
  ...[408, 409, 429, 500, 503, 529].map((status) => ({
    what: `status ${status}`,
    plan: answers(status),
    outcome: again(),
  })),
  ...[401, 402, 403, 404].map((status) => ({
    what: `status ${status}`,
    plan: answers(status),
    outcome: fails("model-config"),
  })),
  ...[400, 413, 422].map((status) => ({
    what: `status ${status}`,
    plan: answers(status),
    outcome: fails("model-bad-request"),
  })),
  {
    what: "429 with a `retry-after` before the deadline",
    plan: answers(429, { "retry-after": "0.02" }),
    // The wait of our own would pass the deadline.
    limits: { backoffMs: 2 ** 40 },
    outcome: again(),
  },
  {
    what: "429 with a `retry-after` behind the deadline",
    plan: answers(429, { "retry-after": "9000" }),
    outcome: fails("model-unavailable"),
  },
  { what: "429 with a `retry-after` of 0", plan: answers(429, { "retry-after": "0" }), outcome: again() },
  {
    what: "429 with a `retry-after` that says nothing",
    plan: answers(429, { "retry-after": "soon" }),
    outcome: again(),
  },
  {
    what: "503 with `x-should-retry: false`",
    plan: answers(503, { "x-should-retry": "false" }),
    outcome: fails("model-unavailable"),
  },
  {
    what: "a fault that passes, `maxRetries` times and once more",
    plan: answers(503),
    limits: { maxRetries: 0 },
    outcome: fails("model-unavailable"),
  },
];

const broken: readonly Fault[] = [
  {
    what: "a connection that is reset before the headers",
    plan: () => [(response) => response.socket?.resetAndDestroy()],
    outcome: again(),
  },
  { what: "a connection that is torn after the headers", plan: () => [cuts("\n")], outcome: again() },
  { what: "a connection that is torn in the middle", plan: (wire) => [cuts(begun(wire))], outcome: left },
  { what: "a stream that ends in the middle", plan: (wire) => [streams(begun(wire))], outcome: left },
  {
    what: "an error inside a stream, such as `overloaded_error`",
    plan: (wire) => [streams(begun(wire), wire.fault)],
    outcome: left,
  },
  { what: "an event that is not JSON", plan: (wire) => [streams(begun(wire), "data: {oops\n\n")], outcome: left },
  { what: "a page of HTML", plan: says("text/html", () => "<html><p>Hotel wifi</p></html>"), outcome: again() },
  { what: "`null` instead of a reply", plan: says("application/json", () => "null"), outcome: again() },
  {
    what: "an error as JSON with the status 200",
    plan: says("application/json", () => '{"error":{"type":"server_error","message":"Overloaded"}}'),
    outcome: again(),
  },
  { what: "half of a JSON value", plan: says("application/json", () => '{"model": "x", '), outcome: again() },
  { what: "an empty body", plan: () => [streams()], outcome: again() },
];

/** Limits of the rows about silence. */
export const PACE = { idleTimeoutMs: 60_000, timeoutMs: 600_000, backoffMs: 1, maxRetries: 99 } as const;

/** What a provider does in time; the clock of the test goes by what `act` lets elapse. */
export interface Silence extends Pick<Fault, "what" | "outcome" | "aiSdk"> {
  readonly act: (server: PacedServer, wire: Wire) => Promise<void>;
}

async function say(server: PacedServer, ...parts: readonly string[]): Promise<void> {
  for (const part of parts) await server.send(part);
}

/** What a provider does in time. */
export const silences: readonly Silence[] = [
  {
    what: "nothing after the headers for `idleTimeoutMs`",
    act: (server) => server.elapse(PACE.idleTimeoutMs),
    outcome: again("upper bound"),
  },
  {
    what: "nothing in the middle for `idleTimeoutMs`",
    act: async (server, wire) => {
      await say(server, begun(wire));
      await server.elapse(PACE.idleTimeoutMs);
    },
    outcome: again("upper bound"),
  },
  {
    what: "only pings for `idleTimeoutMs`",
    act: async (server, wire) => {
      await say(server, begun(wire));
      for (let ping = 0; ping < 4; ping++) {
        await say(server, wire.ping);
        await server.elapse(PACE.idleTimeoutMs / 4);
      }
    },
    outcome: again("upper bound"),
  },
  {
    what: "a piece just before each `idleTimeoutMs`",
    act: async (server, wire) => {
      const { start, pieces, end } = hello(wire);
      for (const part of [start, ...pieces, end + wire.done]) {
        await server.elapse(PACE.idleTimeoutMs - 1);
        await say(server, part);
      }
      await server.end();
    },
    outcome: used,
  },
  {
    what: "a whole reply, then nothing, not even the end of the stream",
    act: async (server, wire) => {
      await say(server, wholeOf(hello(wire)));
      await server.elapse(10_000);
    },
    outcome: used,
    aiSdk: UNSEEN,
  },
  {
    what: "pieces, but no end until `timeoutMs`",
    act: async (server, wire) => {
      const { start, pieces } = hello(wire);
      await say(server, start);
      for (let ms = 0; ms < PACE.timeoutMs; ms += PACE.idleTimeoutMs / 2) {
        await say(server, pieces[0] as string);
        await server.elapse(PACE.idleTimeoutMs / 2);
      }
    },
    outcome: fails("model-timeout", "upper bound"),
  },
];

const whole: readonly Fault[] = [
  { what: "a good reply", plan: (wire) => [good(wire)], outcome: used },
  {
    what: "a whole reply, then the connection is torn",
    plan: (wire) => [cuts(wholeOf(hello(wire)), wire.done)],
    outcome: used,
    aiSdk: left,
  },
  {
    what: "a whole reply, then the connection stays open",
    plan: (wire) => [hangs([wholeOf(hello(wire)), wire.done])],
    outcome: used,
    aiSdk: UNSEEN,
  },
  {
    what: "a whole reply, then an error",
    plan: (wire) => [streams(wholeOf(hello(wire)), wire.fault)],
    outcome: used,
    aiSdk: left,
  },
  {
    what: "a whole reply, then more text, or a second reply",
    plan: (wire) => [streams(wholeOf(hello(wire)), wire.done, wholeOf(wire.text(["more"])))],
    outcome: used,
    aiSdk: { reply: { text: "Hellomore" }, note: "a reply with that text", counted: "its tokens" },
  },
  {
    what: "a whole reply that is not streamed, as JSON",
    plan: says("application/json; charset=utf-8", (wire) => JSON.stringify(wire.unstreamed)),
    outcome: used,
    aiSdk: again(),
  },
  {
    what: "a whole reply as JSON that is called a stream",
    plan: says("text/event-stream", (wire) => JSON.stringify(wire.unstreamed, null, 2)),
    outcome: used,
    aiSdk: again(),
  },
  {
    what: "a whole stream that is called JSON",
    plan: says("application/json", (wire) => wholeOf(hello(wire)) + wire.done),
    outcome: used,
  },
  {
    what: "events of an unknown kind",
    plan: (wire) => {
      const { start, pieces, end } = hello(wire);
      return [streams(start, 'event: novelty\ndata: {"type":"novelty","x":1}\n\n', ...pieces, end, wire.done)];
    },
    outcome: used,
    aiSdk: left,
  },
  {
    what: "a reply that does not say what it used",
    plan: (wire) => [streams(wholeOf(hello(wire, { usage: false })), wire.done)],
    outcome: { ...used, counted: "unknown" },
  },
  {
    what: "an empty reply",
    plan: (wire) => [streams(wholeOf(wire.text([])), wire.done)],
    outcome: { reply: { text: "", stopReason: "end" }, note: "a reply with an empty text", counted: "its tokens" },
  },
  {
    what: "a refusal",
    plan: (wire) => [streams(wholeOf(wire.text(["I"], { stop: "refusal" })), wire.done)],
    outcome: {
      reply: { stopReason: "refusal" },
      note: "a reply with the stop reason `refusal`",
      counted: "its tokens",
    },
  },
  {
    what: "a reply of a million characters",
    plan: (wire) => [streams(wholeOf(wire.text(Array.from({ length: 100 }, () => "x".repeat(10_000)))), wire.done)],
    limits: { maxTokens: 100_000 },
    outcome: { reply: { text: "x".repeat(1_000_000) }, note: "the reply", counted: "its tokens" },
  },
];

const tools: readonly Fault[] = [
  {
    what: "a tool call",
    plan: (wire) => [streams(wholeOf(wire.calls([["propose", '{"a":1}']])), wire.done)],
    request: WITH_TOOL,
    outcome: {
      ...{ reply: { toolInput: { a: 1 }, stopReason: "tool", text: "" }, note: "a reply with `toolInput`" },
      counted: "its tokens",
    },
  },
  ...Object.entries({
    "a tool call with half of its JSON": [["propose", '{"a": 1, "b']],
    "a tool call that names a key twice": [["propose", '{"a":1,"a":2}']],
    "a call of another tool": [["other", '{"a":1}']],
    "two tool calls": [
      ["propose", '{"a":1}'],
      ["propose", '{"a":2}'],
    ],
  } as Record<string, [string, string][]>).map(([what, calls]) => ({
    what,
    plan: (wire: Wire) => [streams(wholeOf(wire.calls(calls)), wire.done)],
    request: WITH_TOOL,
    outcome: noInput(calls.map(([, json]) => json).join("\n")),
  })),
  {
    what: "a tool call that is cut by `maxTokens`, even if its JSON is whole",
    plan: (wire) => [streams(wholeOf(wire.calls([["propose", '{"a":1}']], { stop: "length" })), wire.done)],
    request: WITH_TOOL,
    outcome: {
      ...{ reply: { text: '{"a":1}', stopReason: "length" }, lacks: "toolInput", counted: "its tokens" },
      note: "a reply with the stop reason `length`, without `toolInput`",
    },
  },
];

const endless: readonly Fault[] = [
  {
    what: "a reply without an end",
    plan: (wire) => {
      const { start, pieces } = wire.text(["x".repeat(9_000), "x".repeat(9_000)]);
      return [flood(start + pieces[0], pieces[1] as string)];
    },
    limits: { maxTokens: 100 },
    outcome: fails("model-endless", "upper bound"),
  },
  {
    what: "a line without an end",
    plan: () => [flood("data: ", "x".repeat(65_536))],
    outcome: fails("model-endless", "upper bound"),
    aiSdk: UNSEEN,
  },
  {
    what: "a JSON value without an end",
    plan: () => [flood("{", " ".repeat(65_536), "application/json")],
    outcome: fails("model-endless", "upper bound"),
    aiSdk: UNSEEN,
  },
];

/** The list. */
export const faults: readonly Fault[] = [...whole, ...tools, ...refused, ...broken, ...endless];
