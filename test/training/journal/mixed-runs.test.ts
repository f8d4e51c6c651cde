import { AsyncResource } from "node:async_hooks";
import PQueue from "p-queue";
import { bundle, type Json, type Node, node, ParameterState, parameter, train, withParameters } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import type { Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { type Queue, queues } from "../../nodes/queues.ts";

const rows = Array.from({ length: 6 }, (_, index) => ({ id: `row${index}`, input: `q${index}`, target: "right" }));

/** Scores four programs at once; all but one of them read another value. */
function several(): Search<Json> {
  return {
    name: "several",
    settings: {},
    init: () => null,
    async round(_, context) {
      const parents = [context.candidates()[0]?.id as string];
      const added = await context.add(
        ["a", "b", "right"].map((word) => ({ values: { word }, parents, origin: "test" })),
      );
      await context.evaluate(added.map(({ candidate }) => ({ candidate: candidate?.id as string })));
      return { state: null, done: true };
    },
  };
}

type Agent = (q: string) => Promise<Node<unknown>>;

/** A run over an agent that reads `word` in a queue. */
async function scores(make: (word: Node<string>) => Agent) {
  const word = parameter("start", { name: "word" });
  const llm = scripted(() => JSON.stringify({ reasoning: "", suggestion: { word: "right" } }));
  const { best, candidates } = await train({
    agent: make(word),
    optimizer: optoPrime([word], { llm }),
    data: split(rows, { train: 2, validation: 4 }),
    guide: code((_input, output: unknown, target: string) => output === target),
    concurrency: 4,
    search: several(),
    budget: { evaluations: 100 },
    acceptance: "best",
  }).result;
  return { best: best.values["word"], means: candidates.map(({ validation }) => validation?.mean) };
}

const say = bundle(async function say(word: string, _q: string): Promise<string> {
  return word;
});

/** Agents that read a word through a queue: one gives the node, one a node of what was read. */
const agents = (queue: Queue): Readonly<Record<string, (word: Node<string>) => Agent>> => ({
  nodes: (word) => (q) => queue(() => say(word, q)) as Promise<Node<string>>,
  text: (word) => async () => node(await queue(async () => word.data)),
});

const mixing = ["p-queue", "bottleneck", "fastq", "dataloader", "a queue by hand", "a timer"];

describe("programs that are scored at once", () => {
  test.each(["none", "p-limit", ...mixing])("get their own scores with %s, or the run refuses", async (name) => {
    const make = queues[name] as (typeof queues)[string];
    for (const kind of ["nodes", "text"] as const) {
      const run = (queue: Queue) => scores(agents(queue)[kind] as (word: Node<string>) => Agent);
      const right = { best: "right", means: [0, 0, 0, 1] };
      const mixes = kind === "nodes" && mixing.includes(name);
      // Text that was read from the value that its own run has, too, does no harm.
      const outcome = await run(make(4)).catch(({ code: refusal }: { readonly code: string }) => refusal);
      if (outcome === "mixed-runs") expect(mixing).toContain(name);
      else expect(outcome).toEqual(mixes ? "mixed-runs" : right);
      const queue = make(4);
      expect(await run((job) => queue(AsyncResource.bind(job)))).toEqual(right);
    }
  });
});

describe("model calls through a queue", () => {
  /** Two runs at once over agents that ask one model. */
  async function both(queue: Queue) {
    const chat = scripted(() => new Promise<string>((resolve) => setTimeout(resolve, 1, "right")), { name: "chat" });
    const ask = bundle(async function ask(q: string): Promise<string> {
      return ((await queue(() => chat.generate({ messages: [{ role: "user", content: q }] }))) as { text: string })
        .text;
    });
    const one = (count: number) => {
      const word = parameter("w", { name: "word" });
      return train({
        agent: (q: string) => ask(q).then((made) => say(word, made).then(() => made)),
        optimizer: optoPrime([word], { llm: scripted(() => JSON.stringify({ reasoning: "", suggestion: {} })) }),
        data: split(rows.slice(0, count + 1), { train: 1, validation: count }),
        guide: code((_input, output: unknown, target: string) => output === target),
        budget: { steps: 1 },
      }).result;
    };
    const results = await Promise.all([one(2), one(5)]);
    return results.map(({ spent }) => spent.byRole.agent?.llmCalls);
  }

  test("are counted by the run that asked, or refused", async () => {
    expect(await both((job) => job())).toEqual([3, 6]);
    for (const concurrency of [1, 2]) {
      const queue = new PQueue({ concurrency });
      await expect(both((job) => queue.add(job))).rejects.toMatchObject({ code: "mixed-runs" });
    }
    const queue = new PQueue({ concurrency: 2 });
    expect(await both((job) => queue.add(AsyncResource.bind(job)))).toEqual([3, 6]);
  });

  test("may go through a queue inside of the model, as a client with a rate limit has one", async () => {
    const queue = new PQueue({ concurrency: 1 });
    const request = () => new Promise<string>((resolve) => setTimeout(resolve, 1, "right"));
    const word = parameter("w", { name: "word" });
    const limited = scripted(async () => (await queue.add(request)) ?? "");
    const { spent, best } = await train({
      agent: async (q: string) => {
        await say(word, q);
        return node((await limited.generate({ messages: [{ role: "user", content: q }] })).text);
      },
      optimizer: optoPrime([word], { llm: scripted(() => JSON.stringify({ reasoning: "", suggestion: {} })) }),
      data: split(rows, { train: 2, validation: 4 }),
      guide: code((_input, output: unknown, target: string) => output === target),
      budget: { steps: 1 },
    }).result;
    expect([best.validation?.mean, spent.byRole.agent?.llmCalls]).toEqual([1, 5]);
  });
});

describe("a run", () => {
  test("is no part of what first asks for its result, nor are its listeners a part of it", async () => {
    const word = parameter("right", { name: "word" });
    const chat = scripted(() => "yes", { name: "chat" });
    const start = () =>
      train({
        agent: (q: string) => say(word, q),
        optimizer: optoPrime([word], { llm: scripted(() => JSON.stringify({ reasoning: "", suggestion: {} })) }),
        data: split(rows, { train: 2, validation: 4 }),
        guide: code((_input, output: unknown, target: string) => output === target),
        budget: { steps: 1 },
      });
    const other = ParameterState.of([word]).set([[word, "wrong"]]);
    const run = start();
    const asked: Promise<unknown>[] = [];
    run.on(() => asked.push(chat.generate({ messages: [{ role: "user", content: "listener" }] })));
    const { best, spent } = await withParameters(other, () => run.result);
    expect(best.validation?.mean).toBe(1);
    await Promise.all(asked);
    expect(asked.length).toBeGreaterThan(0);
    expect(spent.llmCalls).toBe(1);
  });
});
