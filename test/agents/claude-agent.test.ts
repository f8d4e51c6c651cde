/**
 * `traceQuery` around the real Claude Agent SDK, whose agent asks a server on this machine. The SDK is large, so the
 * tests run where `TRACEGRAD_CLAUDE_AGENT` names a folder in which it is installed.
 */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ExceptionNode, evaluate, trace, train } from "tracegrad";
import { learn, setting, traceQuery } from "tracegrad/agents";
import { split } from "tracegrad/data";
import { exactMatch } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type Answer, startServer } from "./server.ts";

const installation = "npm install --prefix DIR -E @anthropic-ai/claude-agent-sdk@0.3.332";
const folder = process.env["TRACEGRAD_CLAUDE_AGENT"];
const entry = join(folder ?? "", "node_modules/@anthropic-ai/claude-agent-sdk/sdk.mjs");

const SYSTEM = "You read notes with care.";
const BETTER = "You read notes and shout what they say.";

type Message = { readonly type: string; readonly result?: string; readonly subtype?: string };
type Query = (params: { readonly prompt: string; readonly options?: object }) => AsyncGenerator<Message, void>;
type Block = { readonly type: string; readonly text?: string; readonly content?: unknown };
interface Body {
  readonly system: readonly Block[];
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
}

/** A reply as a stream of Anthropic's. */
function streamOf(blocks: readonly object[], id: string): Answer {
  const usage = { input_tokens: 100, output_tokens: 1 };
  const message = { id, type: "message", role: "assistant", model: "claude-sonnet-4-5", content: [], usage };
  const parts = blocks.flatMap((block, index) => {
    const { text, input } = block as { readonly text?: string; readonly input?: object };
    const start = { ...block, ...(text === undefined ? { input: {} } : { text: "" }) };
    const delta =
      text === undefined
        ? { type: "input_json_delta", partial_json: JSON.stringify(input) }
        : { type: "text_delta", text };
    return [
      { type: "content_block_start", index, content_block: start },
      { type: "content_block_delta", index, delta },
      { type: "content_block_stop", index },
    ];
  });
  const stop_reason = parts.length > 3 ? "tool_use" : "end_turn";
  return {
    events: [
      { type: "message_start", message },
      ...parts,
      { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 20 } },
      { type: "message_stop" },
    ],
  };
}

const textOf = (content: string | readonly Block[]): string =>
  typeof content === "string" ? content : content.map(({ text = "" }) => text).join("\n");

/** The model of the tests: it reads the note that is asked for, and says what is in it. */
function answer({ system, messages }: Body, index: number, folderOfNotes: string): Answer {
  const last = messages.at(-1)?.content ?? "";
  const result = typeof last === "string" ? undefined : last.find(({ type }) => type === "tool_result");
  const found = /\d\t(\w+)/.exec(JSON.stringify(result?.content ?? "").replaceAll("\\t", "\t"))?.[1];
  if (found !== undefined) {
    const isLoud = textOf(system).includes("shout");
    return streamOf([{ type: "text", text: isLoud ? found.toUpperCase() : found }], `msg_${index}`);
  }
  const name = /note (\w+)/.exec(textOf(last))?.[1] ?? "none";
  const input = { file_path: join(folderOfNotes, `${name}.txt`) };
  const call = { type: "tool_use", id: `tool_${index}`, name: "Read", input };
  return streamOf([{ type: "text", text: "Let me look." }, call], `msg_${index}`);
}

function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), "tracegrad-claude-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function startAgent(more: object = {}, reply = answer, traceOptions: { keep?: boolean } = {}) {
  const notes = temporary();
  for (const word of ["lyra", "vela", "crux", "ara"]) writeFileSync(join(notes, `${word}.txt`), `${word}\n`);
  const server = await startServer((body: Body, index) => reply(body, index, notes));
  const { query: own } = (await import(pathToFileURL(entry).href)) as { readonly query: Query };
  const query = traceQuery(own, traceOptions);
  const env = {
    ...{ PATH: process.env["PATH"], HOME: temporary(), ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "none" },
    ...{ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", CLAUDE_CODE_MAX_RETRIES: "1", IS_SANDBOX: "1" },
  };
  const options = {
    ...{ env, cwd: notes, model: "claude-sonnet-4-5", systemPrompt: SYSTEM, settingSources: [] },
    ...{ tools: ["Read"], allowedTools: ["Read"], persistSession: false, maxTurns: 4 },
    ...more,
  };
  const messages: Message[] = [];
  async function read(word: string): Promise<string> {
    let result = "";
    for await (const message of query({ prompt: `Say what the note ${word} says.`, options })) {
      messages.push(message);
      if (message.type === "result") result = message.result ?? String(message.subtype);
    }
    return result;
  }
  return { server, read, messages, own, query, options, agent: learn(read, { system: SYSTEM }) };
}

const rows = ["lyra", "vela", "crux", "ara"].map((word) => ({ input: word, target: word.toUpperCase() }));
const expert = scripted(() => ({ toolInput: { reasoning: "", suggestion: { system: BETTER } } }));
const bodiesOf = (bodies: readonly string[]): readonly Body[] => bodies.map((body) => JSON.parse(body) as Body);

it("refuses what is no query", () => {
  const wrong = () => traceQuery({} as never);
  expect(wrong).toThrow(expect.objectContaining({ code: "bad-client" }) as Error);
});

describe("a query of the Claude Agent SDK", () => {
  beforeEach(({ skip }) => {
    if (folder === undefined) {
      return skip(`TRACEGRAD_CLAUDE_AGENT names no folder with the SDK. To make it the folder DIR:\n${installation}`);
    }
    if (!existsSync(entry)) throw new Error(`${entry} does not exist: ${installation}`);
  });

  it("is the SDK's own outside of traces and runs", async () => {
    const { query, own, options, server } = await startAgent();
    const ask = async (which: Query) => {
      const types: string[] = [];
      for await (const { type } of which({ prompt: "Say what the note lyra says.", options })) types.push(type);
      return types;
    };
    expect(await ask(query)).toStrictEqual(await ask(own));
    const [first, , third] = bodiesOf(server.bodies);
    expect(third?.system.at(-1)).toStrictEqual(first?.system.at(-1));
  });

  it("gives a trace its turns and tools, with tokens and seconds, and the program what the SDK gives", async () => {
    const { agent, messages } = await startAgent();
    const graph = await trace(() => agent("lyra"));
    expect(graph.value).toBe("lyra");
    const types = messages.map(({ type }) => type).filter((type) => type !== "system");
    expect(types).toStrictEqual(["assistant", "assistant", "user", "assistant", "result"]);
    expect(graph.nodes.map(({ op }) => op)).toContain("Read");
    const [first, second] = graph.nodes.filter(({ op }) => op === "call_model");
    expect(Object.keys(first?.inputs ?? {})).toStrictEqual(["system", "word", "request"]);
    expect(Object.keys(second?.inputs ?? {})).toContain("history");
    expect(graph.parentsOf(graph.output as never)).toContain(second);
    expect(first?.details?.figures).toMatchObject({ inputTokens: 100, outputTokens: 20, model: "claude-sonnet-4-5" });
    expect(second?.details?.figures?.seconds).toBeGreaterThan(0);
  });

  it("goes out with a candidate's texts and settings, and learns in a run that pays for nothing twice", async () => {
    const { read, server } = await startAgent();
    const run = () => {
      const agent = learn(read, { system: SYSTEM, turns: setting("maxTurns", 4) });
      return train({
        ...{ agent, guide: exactMatch(), data: split(rows, { train: 2, validation: 2 }), folder: path },
        ...{ optimizer: optoPrime(agent, { llm: expert }), budget: { steps: 1, usd: 1 }, concurrency: 1 },
      }).result;
    };
    const path = join(temporary(), "run");
    const result = await run();
    expect(result.best.values).toMatchObject({ system: BETTER, turns: 4 });
    const { agent: used } = result.spent.byRole;
    expect(used.outputTokens).toBe(server.bodies.length * 20);
    expect(used.usd).toBeCloseTo((server.bodies.length * (100 * 3 + 20 * 15)) / 1e6, 6);
    const systems = new Set(bodiesOf(server.bodies).map(({ system }) => textOf(system).split("\n").at(-1)));
    expect(systems).toStrictEqual(new Set([SYSTEM, BETTER]));
    const before = server.bodies.length;
    await run();
    expect(server.bodies).toHaveLength(before);
  });

  it("stops a run in order where the API is out, counts what was paid, and goes on when it is back", async () => {
    let isOut = true;
    const failing = (body: Body, index: number, notes: string): Answer =>
      isOut && index === 3
        ? { status: 529, json: { type: "error", error: { type: "overloaded_error", message: "busy" } } }
        : isOut && index > 3
          ? { status: 529, json: {} }
          : answer(body, index, notes);
    const { agent, server } = await startAgent({}, failing);
    const path = join(temporary(), "run");
    const run = () => evaluate({ agent, data: rows, guide: exactMatch(), folder: path, concurrency: 1 });
    await expect(run()).rejects.toMatchObject({ code: "outage" });
    isOut = false;
    const before = server.bodies.length;
    const result = await run();
    expect(result.mean).toBe(0);
    // The first example is done, the second one is asked again from its beginning.
    expect(server.bodies.length - before).toBe(6);
  });

  it("takes the words of a failure of the API for no reply in a trace", async () => {
    const error = { type: "error", error: { type: "overloaded_error", message: "busy" } };
    const { agent } = await startAgent({}, () => ({ status: 529, json: error }));
    const graph = await trace(() => agent("lyra"));
    expect(graph.output).toBeInstanceOf(ExceptionNode);
    expect(graph.show()).toContain("529");
    expect(graph.nodes.filter((node) => node.op === "call_model" && !(node instanceof ExceptionNode))).toStrictEqual(
      [],
    );
  });

  it("gives the program a result that is no answer, as a resumed run does", async () => {
    const { agent } = await startAgent({ maxTurns: 1 });
    const path = join(temporary(), "run");
    const run = () => evaluate({ agent, data: rows.slice(0, 1), guide: exactMatch(), folder: path });
    expect(await run()).toMatchObject({ mean: 0 });
  });

  it("refuses a prompt whose words are still to come, where it is seen", async () => {
    const { query } = await startAgent();
    const prompt = (async function* () {})() as unknown as string;
    const asked = learn(
      async () => {
        for await (const _ of query({ prompt })) break;
        return "";
      },
      { system: SYSTEM },
    );
    await expect(trace(() => asked())).rejects.toMatchObject({ code: "streaming-prompt" });
  });
});
