import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect, isDeepStrictEqual, types } from "node:util";
import Anthropic from "@anthropic-ai/sdk";
import { graphOf, isNode, model, type Node, node, parameter, t, trace } from "tracegrad";
import { describe, expect, test, vi } from "vitest";

class NotFound extends Error {}

/** Like the promises of SDKs: it parses when it is awaited, and has helpers of its own. */
class Later<T> extends Promise<T> {
  asText(): string {
    return "later";
  }
}

class Messages {
  readonly #client: Client;
  constructor(client: Client) {
    this.#client = client;
  }

  create(
    body: { model: string; messages: readonly { role: string; content: string }[] },
    options?: object,
  ): Later<string> {
    this.#client.calls.push(body);
    return new Later((resolve) => setTimeout(resolve, 1, `${body.messages.at(-1)?.content}! ${options === undefined}`));
  }

  async *stream(to: number): AsyncGenerator<number> {
    for (let index = 0; index < to; index++) yield index;
  }

  fail(): Promise<never> {
    return Promise.reject(new NotFound("no such model"));
  }
}

class Client {
  readonly calls: unknown[] = [];
  readonly created = new Date(0);
  readonly ready = Promise.resolve("ready");
  readonly cache = new Map([["a", 1]]);
  readonly config = { retries: 2, nested: { deep: true } };
  readonly NotFound = NotFound;
  readonly messages = new Messages(this);
  readonly beta = { messages: new Messages(this) };
  baseURL = "https://example.com";
  #key = "secret";

  get key(): string {
    return this.#key;
  }
  set key(value: string) {
    this.#key = value;
  }

  *[Symbol.iterator](): Generator<string> {
    yield this.#key;
  }
}

const body = (content: unknown) => ({ model: "m", messages: [{ role: "user", content }] }) as never;

describe("a client of somebody else's", () => {
  test("is called as before, with nodes anywhere in its arguments, and gives nodes named by the path", async () => {
    const client = new Client();
    const traced = model(client);
    const question = node("why", { name: "question" });
    const answer = await traced.messages.create(body(t`${question}?`));
    expect([answer.data, answer.op]).toEqual(["why?! true", "messages.create"]);
    expect(client.calls).toEqual([body("why?")]);
    expect(graphOf(answer).nodes).toContain(question);
    expect((await traced.beta.messages.create(body("a"))).op).toBe("beta.messages.create");
  });

  test("gives a promise of the node also for its own kind of promise", async () => {
    const made = model(new Client()).messages.create(body("a"), {});
    expect(made).toBeInstanceOf(Promise);
    expect(isNode(await made)).toBe(true);
  });

  test("streams as before", async () => {
    const seen: number[] = [];
    const stream = model(new Client()).messages.stream(3) as Node<AsyncGenerator<number>>;
    for await (const item of stream.data) seen.push(item);
    expect([seen, stream.op]).toEqual([[0, 1, 2], "messages.stream"]);
  });

  test("keeps values, getters, classes, and what the language itself asks for", async () => {
    const client = new Client();
    const traced = model(client);
    expect([traced.baseURL, traced.key, traced.config.nested.deep]).toEqual(["https://example.com", "secret", true]);
    expect([traced.created.getTime(), traced.cache.get("a"), await traced.ready]).toEqual([0, 1, "ready"]);
    expect([...(traced as unknown as Client)]).toEqual(["secret"]);
    expect(traced.NotFound).toBe(NotFound);
    expect(traced).toBeInstanceOf(Client);
    expect(String(traced)).toBe("[object Object]");
    expect(JSON.parse(JSON.stringify(traced.config))).toEqual({ retries: 2, nested: { deep: true } });
    expect(traced.messages).toBe(traced.messages);
    expect("messages" in traced && Object.keys(traced)).toContain("baseURL");
  });

  test("can be set up through the traced one", () => {
    const client = new Client();
    const traced = model(client);
    Object.assign(traced, { baseURL: "http://localhost", key: "other" });
    expect([client.baseURL, client.key]).toEqual(["http://localhost", "other"]);
  });

  test("follows a member that is replaced", () => {
    const client: { ask: (q: string) => string } = { ask: (q) => `${q}1` };
    const traced = model(client);
    expect(traced.ask("a").data).toBe("a1");
    client.ask = (q) => `${q}2`;
    expect(traced.ask("a").data).toBe("a2");
  });

  test("may be frozen", () => {
    const client = Object.freeze({ tools: Object.freeze({ add: (a: number, b: number) => a + b }) });
    const sum = model(client).tools.add(1, node(2));
    expect([sum.data, sum.op, Object.keys(sum.inputs)]).toEqual([3, "tools.add", ["a", "b"]]);
  });

  test("that fails makes an exception node", async () => {
    const graph = await trace(() => model(new Client()).messages.fail());
    expect([graph.error?.message, graph.error?.cause instanceof NotFound]).toEqual([
      '"messages.fail" failed: Error: no such model',
      true,
    ]);
  });

  test("with parameters or bundled methods is no client", () => {
    expect(() => model({ prompt: parameter("a") })).toThrow(/This record has its own parameters or bundled methods/);
  });
});

/** As the clients of SDKs are: parts that know their client, and each other. */
class Part {
  readonly client: Whole;
  next: Part | undefined;
  constructor(client: Whole) {
    this.client = client;
  }
  async create(): Promise<string> {
    return "hi";
  }
}

class Whole {
  readonly one = new Part(this);
  readonly two = new Part(this);
  readonly shared = { part: this.one, parts: [this.one, this.two] };
  constructor() {
    this.one.next = this.two;
    this.two.next = this.one;
  }
}

/** All objects that can be reached from `root` by reading its enumerable fields. */
function reached(root: object): Set<object> {
  const found = new Set<object>([root]);
  for (const at of found) {
    for (const value of Object.values(at)) if (typeof value === "object" && value !== null) found.add(value);
    if (found.size > 1_000) throw new RangeError("endless");
  }
  return found;
}

const problemOf = (run: () => unknown): string => {
  try {
    return `gave ${typeof run()}`;
  } catch (error) {
    return String(error).split("\n")[0] as string;
  }
};

describe("a client whose parts know it", () => {
  test("gives the same wrapper for the same object, whatever the way to it", () => {
    const traced = model(new Whole());
    expect(traced.one.client).toBe(traced);
    expect(traced.one.next).toBe(traced.two);
    expect(traced.two.next?.next).toBe(traced.two);
    expect(traced.shared.part).toBe(traced.one);
    expect(Object.getOwnPropertyDescriptor(traced, "one")?.value).toBe(traced.one);
    expect(model(traced as unknown as Whole)).toBe(traced);
  });

  test("names methods by the shortest path under which their object was reached, whoever walks it", async () => {
    const [used, logged] = [model(new Whole()), model(new Whole())];
    expect((await used.one.next?.create())?.op).toBe("one.next.create");
    expect((await used.two.create()).op).toBe("two.create");
    expect((await used.two.client.one.client.one.create()).op).toBe("one.create");
    reached(logged);
    inspect(logged, { depth: Infinity });
    expect([(await logged.one.create()).op, (await logged.two.create()).op]).toEqual(["one.create", "two.create"]);
  });

  test("can be walked, written, inspected, compared and copied like the raw one", () => {
    const raw = new Whole();
    const traced = model(raw);
    // The wrappers, and the arrays and what they hold, which are as they are.
    expect(reached(traced).size).toBeLessThanOrEqual(2 * reached(raw).size);
    expect(problemOf(() => JSON.stringify(traced))).toBe(problemOf(() => JSON.stringify(raw)));
    for (const options of [{}, { depth: Infinity }, { showHidden: true, getters: true, depth: 20 }]) {
      expect(inspect(traced, options)).toBe(inspect(raw, options));
    }
    expect(inspect(traced, { showProxy: true, depth: 20 }).length).toBeLessThan(100_000);
    expect(isDeepStrictEqual(traced, model(new Whole()))).toBe(true);
    expect(traced).toEqual(model(new Whole()));
    expect(problemOf(() => structuredClone(traced))).toMatch(/DataCloneError/);
    expect(problemOf(() => t`${traced}`.data)).toBe("gave string");
  });

  test("can be set up, spied on and locked without a Proxy ending up in the raw one", () => {
    const raw: { tool: { ask: () => string }; other?: object } = { tool: { ask: () => "a" } };
    const traced = model(raw);
    Object.assign(traced, { other: traced.tool });
    Object.defineProperty(traced, "third", { value: traced.tool, configurable: true });
    expect([raw.other, (raw as { third?: object }).third]).toEqual([raw.tool, raw.tool]);
    expect(types.isProxy(raw.other)).toBe(false);
    expect(problemOf(() => Object.freeze(traced))).toMatch(/^TypeError/);
    expect(Object.keys(traced)).toEqual(["tool", "other"]);
    const spy = vi.spyOn(traced.tool, "ask").mockReturnValue("spied" as never);
    expect(raw.tool.ask()).toBe("spied");
    spy.mockRestore();
    expect([raw.tool.ask(), traced.tool.ask().data]).toEqual(["a", "a"]);
  });
});

describe("the Anthropic SDK", () => {
  test("is written and inspected as before it was traced", () => {
    const raw = new Anthropic({ apiKey: "test" });
    const traced = model(raw);
    expect(traced.messages.batches).toBe(traced.messages.batches);
    expect(reached(traced).size).toBeLessThan(1_000);
    expect(problemOf(() => JSON.stringify(traced))).toBe(problemOf(() => JSON.stringify(raw)));
    expect(inspect(traced, { depth: 6 })).toBe(inspect(raw, { depth: 6 }));
  });

  async function listen(): Promise<{ baseURL: string; bodies: unknown[]; close(): void }> {
    const bodies: unknown[] = [];
    const server = createServer((request: IncomingMessage, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        const asked = JSON.parse(text) as { messages: { content: string }[] };
        bodies.push(asked);
        response.setHeader("content-type", "application/json");
        if (asked.messages[0]?.content === "fail") response.statusCode = 400;
        response.end(
          JSON.stringify({
            id: "msg_1",
            type: "message",
            role: "assistant",
            model: "claude",
            content: [{ type: "text", text: `You said: ${asked.messages[0]?.content}` }],
            stop_reason: "end_turn",
            usage: { input_tokens: 1, output_tokens: 1 },
          }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return { baseURL: `http://127.0.0.1:${port}`, bodies, close: () => server.close() };
  }

  test("is traced with nodes deep inside the request, which reaches the server as plain JSON", async () => {
    const server = await listen();
    try {
      const client = model(new Anthropic({ apiKey: "test", baseURL: server.baseURL, maxRetries: 0 }));
      const style = parameter("Be brief.", { name: "style" });
      const question = node("why?", { name: "question" });
      const run = (content: Node<string>) =>
        trace(async () => {
          const message = await client.messages.create({
            model: "claude",
            max_tokens: 10,
            system: style,
            messages: [{ role: "user", content }],
          });
          return message.at("content", 0);
        });
      const graph = await run(question);
      expect(graph.value).toEqual({ type: "text", text: "You said: why?" });
      expect(graph.nodes.map((one) => one.op)).toContain("messages.create");
      expect(graph.nodes).toContain(question);
      expect([...graph.backward("Too long.").signals.keys()]).toEqual([style]);
      expect(server.bodies).toEqual([
        { model: "claude", max_tokens: 10, system: "Be brief.", messages: [{ role: "user", content: "why?" }] },
      ]);
      const failed = await run(node("fail"));
      expect([failed.error?.node.op, failed.error?.cause instanceof Anthropic.BadRequestError]).toEqual([
        "messages.create",
        true,
      ]);
    } finally {
      server.close();
    }
  });
});
