import { AsyncResource } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import DataLoader from "dataloader";
import PQueue from "p-queue";
import { bundle, type Node, node, ParameterState, parameter, trace, untraced, withParameters } from "tracegrad";
import { describe, expect, test } from "vitest";
import { type Queue, queues } from "./queues.ts";

const prompt = parameter("live", { name: "prompt" });
const stateOf = (value: string) => ParameterState.of([prompt]).set([[prompt, value]]);
const valueOf = (given: unknown) => (given as Partial<Node>).data ?? given;

const work = bundle(async function work(p: string, q: string): Promise<string> {
  return `${p} ${q}`;
});
const slow = bundle(async function slow(p: string, q: string): Promise<string> {
  await sleep(1);
  return `${p} ${q}`;
});
const sync = bundle(function sync(p: string, q: string): string {
  return `${p} ${q}`;
});
const keep = bundle(function keep(x: unknown): unknown {
  return x;
});
const tell = async () => prompt.data;
const hosted = bundle(
  async function hosted(q: string): Promise<string> {
    return `${await tell()} ${q}`;
  },
  { trainable: true, scope: { tell }, external: "record" },
);
const coded = bundle(
  function coded(p: string, q: string): string {
    return `${p} ${q}`;
  },
  { trainable: true },
);
const slowly = async (q: string) => {
  const read = prompt.data;
  await sleep(1);
  return `${read} ${q}`;
};

type Agent = (q: string) => Promise<unknown>;

/** Agents that go through a queue. */
const agents: Readonly<Record<string, (queue: Queue) => Agent>> = {
  "gives a node": (queue) => (q) => queue(() => work(prompt, q)),
  "gives a node of a slow body": (queue) => (q) => queue(() => slow(prompt, q)),
  "gives a node of a synchronous body": (queue) => (q) => queue(async () => sync(prompt, q)),
  "gives the value of a node": (queue) => (q) => queue(async () => (await slow(prompt, q)).data),
  "reads and gives plain text": (queue) => (q) => queue(async () => `${prompt.data} ${q}`),
  "reads, waits and gives plain text": (queue) => (q) => queue(() => slowly(q)),
  "waits and reads": (queue) => (q) => queue(() => sleep(1).then(() => `${prompt.data} ${q}`)),
  "makes a node of plain text": (queue) => async (q) => node(await queue(async () => `${prompt.data} ${q}`)),
  "puts plain text through a body": (queue) => async (q) => keep(await queue(() => slowly(q))),
  "calls trainable code": (queue) => (q) => queue(async () => coded(prompt, q)),
  "calls asynchronous trainable code": (queue) => (q) => queue(() => hosted(q)),
  "has the queue in a body": (queue) => {
    const body = async (q: string) => (await queue(async () => `${prompt.data} ${q}`)) as string;
    return bundle(body, { name: "body", external: "record" });
  },
};

const doors: Readonly<Record<string, (fn: () => Promise<unknown>) => unknown>> = {
  plain: (fn) => fn(),
  traced: async (fn) => (await trace(fn)).value,
  untraced: (fn) => untraced(fn),
};

/** What came of `agent` in several runs at once, each on a value of its own. */
async function outcomesOf(agent: Agent, door: (fn: () => Promise<unknown>) => unknown, runs: number) {
  const settled = await Promise.allSettled(
    Array.from({ length: runs }, async (_, run) =>
      withParameters(stateOf(`v${run}`), () => door(() => agent(`q${run}`))),
    ),
  );
  return settled.map((one, run) => {
    if (one.status === "rejected") return (one.reason as { code?: string }).code ?? String(one.reason);
    return valueOf(one.value) === `v${run} q${run}` ? "right" : `of another run: ${String(valueOf(one.value))}`;
  });
}

describe.each(Object.keys(queues))("with %s between, an agent that", (name) => {
  const carries = name === "none" || name === "p-limit";
  test.each(Object.keys(agents))("%s gives a run its own values, or refuses", async (kind) => {
    for (const [how, door] of Object.entries(doors)) {
      for (const runs of [2, 3]) {
        const make = queues[name] as (typeof queues)[string];
        const outcomes = await outcomesOf((agents[kind] as (typeof agents)[string])(make(runs)), door, runs);
        const allowed = carries ? ["right"] : ["right", "mixed-runs"];
        for (const outcome of outcomes) expect(allowed, `${how}, ${runs} runs: ${outcome}`).toContain(outcome);
        // The remedy that the message names.
        const queue = make(runs);
        const bound: Queue = (job) => queue(AsyncResource.bind(job));
        const mended = await outcomesOf((agents[kind] as (typeof agents)[string])(bound), door, runs);
        expect(new Set(mended), `${how}, ${runs} runs, bound`).toEqual(new Set(["right"]));
      }
    }
  });
});

describe("work that a run waits for in the context of another run", () => {
  const through = (queue: PQueue) => (q: string) => queue.add(() => work(prompt, q)) as Promise<Node<string>>;

  test("is refused with an error that names what came, and a remedy", async () => {
    const agent = through(new PQueue({ concurrency: 1 }));
    const runs = ["A", "B"].map((value) => withParameters(stateOf(value), () => untraced(() => agent("q"))));
    const [first, second] = await Promise.allSettled(runs);
    expect(first).toMatchObject({ status: "fulfilled" });
    expect(second).toMatchObject({ status: "rejected", reason: { code: "mixed-runs" } });
    const { message } = (second as PromiseRejectedResult).reason as Error;
    expect(message).toMatch(/"(work|prompt)"/);
    expect(message).toContain("AsyncResource.bind");
  });

  test("does no harm where nothing differs, so a service with a queue goes on", async () => {
    for (const door of [trace, untraced]) {
      const agent = through(new PQueue({ concurrency: 1 }));
      const made = await Promise.all([1, 2, 3].map((q) => door(() => agent(`q${q}`))));
      const values = made.map((one) => ("value" in one ? one.value : (one as Node).data));
      expect(values).toEqual(["live q1", "live q2", "live q3"]);
    }
    const agent = through(new PQueue({ concurrency: 1 }));
    const plain = await Promise.all([1, 2, 3].map((q) => agent(`q${q}`)));
    expect(plain.map(({ data }) => data)).toEqual(["live q1", "live q2", "live q3"]);
  });

  test("is refused when it failed there, too", async () => {
    const queue = new PQueue({ concurrency: 1 });
    const failing = bundle(async function failing(p: string): Promise<string> {
      await sleep(1);
      if (p === "A") throw new Error("A cannot do it");
      return p;
    });
    const agent = () => queue.add(() => failing(prompt)) as Promise<Node<string>>;
    const runs = ["A", "B"].map((value) => withParameters(stateOf(value), () => trace(agent)));
    const [first, second] = await Promise.allSettled(runs);
    expect(first).toMatchObject({ status: "fulfilled", value: { error: { code: "execution" } } });
    expect(second).toMatchObject({ status: "rejected", reason: { code: "mixed-runs" } });
  });

  test("is refused from a batcher that serves several runs in one call, whatever it gives", async () => {
    const answers: Record<string, (q: string) => Promise<unknown>> = {
      nodes: (q) => work(prompt, q),
      values: async (q) => (await work(prompt, q)).data,
      text: async (q) => `${prompt.data} ${q}`,
    };
    for (const [kind, answer] of Object.entries(answers)) {
      const loader = new DataLoader((qs: readonly string[]) => Promise.all(qs.map(answer)), { cache: false });
      const outcomes = await outcomesOf(
        (q) => loader.load(q),
        (fn) => untraced(fn),
        3,
      );
      expect([kind, ...outcomes.slice(1)]).toEqual([kind, "mixed-runs", "mixed-runs"]);
      // A batcher of its own for each run works.
      const own = await outcomesOf(
        (q) => new DataLoader((qs: readonly string[]) => Promise.all(qs.map(answer))).load(q),
        (fn) => untraced(fn),
        3,
      );
      expect(own).toEqual(["right", "right", "right"]);
    }
  });

  test("is noticed from an interval that no run has begun", async () => {
    const jobs: (() => void)[] = [];
    const timer = setInterval(() => jobs.splice(0).forEach((job) => job()), 2);
    const queue: Queue = (job) => new Promise((resolve, reject) => jobs.push(() => job().then(resolve, reject)));
    for (const kind of ["gives a node", "reads and gives plain text", "gives the value of a node"]) {
      const outcomes = await outcomesOf((agents[kind] as (typeof agents)[string])(queue), (fn) => untraced(fn), 2);
      expect([kind, ...outcomes]).toEqual([kind, "mixed-runs", "mixed-runs"]);
    }
    clearInterval(timer);
  });

  test("cannot be, with an event that is emitted and answered within a run", async () => {
    const bus = new EventEmitter();
    bus.on("ask", async (q: string, done: (made: Promise<Node<string>>) => void) => done(work(prompt, q)));
    const agent = (q: string) => new Promise<Node<string>>((resolve) => bus.emit("ask", q, resolve));
    expect(await outcomesOf(agent, (fn) => untraced(fn), 3)).toEqual(["right", "right", "right"]);
  });
});

describe("runs that take nothing from each other", () => {
  test("may answer without any parameter, while others read theirs", async () => {
    const agent = async (q: string): Promise<Node<string>> => {
      if (q === "q1") return node("v1 q1");
      await sleep(1);
      return work(prompt, q);
    };
    for (const door of Object.values(doors)) {
      expect(await outcomesOf(agent, door, 4)).toEqual(["right", "right", "right", "right"]);
    }
  });

  test("may use what an earlier run has made, and what runs inside of them make", async () => {
    const earlier = await withParameters(stateOf("old"), () => work(prompt, "q"));
    const graph = await withParameters(stateOf("new"), () =>
      trace(async () => {
        const inner = await Promise.all(
          ["x", "y"].map((value) => withParameters(stateOf(value), () => work(prompt, "q"))),
        );
        return keep([earlier, ...inner, await work(prompt, "q")]);
      }),
    );
    expect(graph.value).toEqual(["old q", "x q", "y q", "new q"]);
  });

  test("may leave work behind that reads their values later", async () => {
    let later: Promise<string> | undefined;
    await withParameters(stateOf("A"), async () => {
      later = sleep(2).then(() => prompt.data);
      return work(prompt, "q");
    });
    expect(await later).toBe("A");
  });
});
