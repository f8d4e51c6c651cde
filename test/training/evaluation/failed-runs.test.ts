/**
 * What one example may do to a run: nothing. It is judged, or fails by itself, and the optimizer reads what it can use.
 */

import { batch, bundle, type Node, node, parameter, type TrainOptions, t, train } from "tracegrad";
import { seeds, split } from "tracegrad/data";
import { type Environment, environmentTask } from "tracegrad/environments";
import { code, type Guide } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import { quickjs } from "../../../src/sandbox/quickjs.ts";

const rows = Array.from({ length: 6 }, (_, index) => ({ input: `q${index}`, target: "yes" as unknown }));

interface Setting extends Omit<Partial<TrainOptions>, "agent"> {
  readonly agent: (question: string, prompt: Node<string>) => Node | Promise<Node>;
  readonly target?: unknown;
}

/** A run of two steps in the order of the rows; `told` are the prompts of the optimizer. */
function begin({ agent, target = "yes", ...rest }: Setting) {
  const prompt = parameter("Answer in JSON.", { name: "prompt" });
  const told: string[] = [];
  const llm = scripted((request, call) => {
    told.push(String(request.messages[0]?.content));
    return { toolInput: { reasoning: "", suggestion: { prompt: `version ${call}` } } };
  });
  const run = train({
    agent: (question) => agent(question as string, prompt),
    optimizer: optoPrime([prompt], { llm }),
    template: batch(3),
    data: split(
      rows.map((row) => ({ ...row, target })),
      { train: 3, validation: 3, shuffle: 1 },
    ),
    guide: code(() => 0.5) as Guide,
    budget: { steps: 2 },
    ...rest,
  } as TrainOptions);
  return { told, result: run.result };
}

const ask = bundle(async function ask(prompt: string): Promise<string> {
  return prompt.includes("q4") ? "not json" : '{"a":1}';
});

test("plain code that fails on one example fails that example, and the optimizer sees what it had read", async () => {
  const agent = async (question: string, prompt: Node<string>) => {
    const reply = await ask(t`${prompt} ${question}`);
    JSON.parse(reply.data);
    return reply;
  };
  const { result, told } = begin({ agent, data: { ...split(rows, { train: 6, validation: 0 }) }, template: batch(6) });
  const { reason } = await result;
  expect(reason).toBe("budget");
  expect(told[0]).toMatch(/program\(ask_?\d*=ask_?\d*\)/);
  expect(told[0]).toContain("SyntaxError: Unexpected token");
});

test("plain code that fails scores the same with and without a trace", async () => {
  const agent = (question: string, prompt: Node<string>) => {
    if (question === "q1") throw new RangeError("no such question");
    return prompt;
  };
  const { best } = await begin({ agent, data: split(rows, { train: 1, validation: 5 }) }).result;
  const failed = best.validation?.outcomes.filter(({ failure }) => failure !== undefined);
  expect(failed?.map(({ score, failure }) => [score, failure])).toEqual([
    [0, { of: "agent", message: '"program" failed: RangeError: no such question' }],
  ]);
});

const failing = (_question: string, prompt: Node<string>) =>
  prompt.map((): string => {
    throw new Error("no parser");
  });

test.each([
  ["a text", "billing", 'The target of this example: "billing"'],
  ["a record", { team: "billing", urgent: true }, 'The target of this example: {"team":"billing","urgent":true}'],
  ["a number", 7, "The target of this example: 7"],
])("the feedback on a failed run tells the target: %s", async (_what, target, text) => {
  const { result, told } = begin({ agent: failing, target });
  await result;
  expect(told[0]).toContain(text);
});

test.each([
  ["one that the user keeps secret", { target: "billing", showTarget: false }],
  ["a function", { target: () => "billing" }],
  ["an instance of a class", { target: new Map([["team", "billing"]]) }],
])("the feedback on a failed run does not tell a target: %s", async (_what, setting) => {
  const { result, told } = begin({ agent: failing, ...setting });
  await result;
  expect(told[0]).toContain("no parser");
  expect(told[0]).not.toMatch(/target|billing/);
});

test("a mistake in the use of the library fails its example, teaches nothing, and ends no run", async () => {
  const fixed = node("outside");
  const reader = bundle(function reader(question: string): string {
    return question.endsWith("q1") ? fixed.data : question;
  });
  const agent = (question: string, prompt: Node<string>) => reader(t`${prompt} ${question}`);
  const { result, told } = begin({
    agent,
    data: split(rows, { train: 5, validation: 1 }),
    template: batch(5),
  });
  const { reason } = await result;
  expect(reason).toBe("budget");
  expect(told.join()).not.toContain("external");
});

test("a world that breaks on one seed leaves that episode without a score, and the run goes on", async () => {
  const player = parameter(1, { name: "player" });
  const make = (): Environment<number, number> => ({
    reset: (seed) => {
      if (seed === 5) throw new Error("no such level");
      return seed;
    },
    step: (action) => ({ observation: action, reward: 1, done: true }),
  });
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { player: 2 } } }));
  const { reason, best } = await train({
    environment: environmentTask({ agent: (seen: Node<number>) => seen.map((x) => x) && player, make, maxSteps: 3 }),
    optimizer: optoPrime([player], { llm }),
    data: seeds({ train: [1, 2], validation: [4, 5, 6] }),
    budget: { steps: 1 },
  }).result;
  expect(reason).toBe("budget");
  const [, broken] = best.validation?.outcomes ?? [];
  expect(broken?.failure).toEqual({
    of: "guide",
    message: 'The environment failed on example "seed 5": Error: no such level',
  });
});

test("an error that cannot be read, thrown by a host function of asynchronous code, fails the call and not the process", async () => {
  const { proxy, revoke } = Proxy.revocable(new Error("gone"), {});
  revoke();
  const hostile = [
    proxy,
    Object.assign(new Error("x"), { name: Symbol("odd") }),
    Object.defineProperty(new Error("x"), "message", { value: Symbol("odd") }),
    new Error("x".repeat(21_000_000)),
  ];
  const tool = (index: number) => {
    throw hostile[index];
  };
  const use = bundle(
    async function use(index: number): Promise<string> {
      return await tool(index);
    },
    {
      trainable: true,
      scope: { tool },
    },
  );
  for (const index of hostile.keys()) {
    await expect(use(index)).rejects.toMatchObject({ code: "execution" });
  }
});

test("code that breaks its engine at each call fails its examples, and never takes the engine from the next", async () => {
  // With so large a stack the host's own runs out first, which costs the engine.
  const sandbox = quickjs({ stackBytes: 2 * 2 ** 20 });
  const source =
    "function dig(question: string): string { const deep = (n: number): number => 1 + deep(n + 1); return question + deep(0); }";
  const dig = bundle(
    function dig(question: string): string {
      return question;
    },
    { trainable: true, sandbox },
  );
  const agent = (question: string) => {
    // More often than there are spare engines.
    for (let tries = 0; tries < 5; tries++) {
      try {
        dig(question);
      } catch (error) {
        if (tries === 4) throw error;
      }
    }
    return dig(question);
  };
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { dig: source } } }));
  const optimizer = optoPrime(dig, { llm });
  const { reason, candidates } = await begin({ agent, optimizer }).result;
  expect(reason).toBe("budget");
  expect(candidates.map(({ validation }) => validation?.failures)).toEqual([0, 3]);
});

test("what only the author can do about a failure is said to the author, and not to the optimizer", async () => {
  const problem = "the result has 20000 characters, which makes the value too large to pass";
  const fix = "raise `maxTransferChars` of the sandbox.";
  const sandbox = quickjs({ maxTransferChars: 10_000 });
  const long = bundle(
    function long(question: string): string {
      return question.padEnd(20_000, "?");
    },
    { trainable: true, sandbox },
  );
  const told: string[] = [];
  const llm = scripted((request) => {
    told.push(JSON.stringify(request));
    return { toolInput: { reasoning: "", suggestion: {} } };
  });
  const { best } = await begin({ agent: (question) => long(question), optimizer: optoPrime(long, { llm }) }).result;
  expect(best.validation?.outcomes[0]?.failure?.message).toContain(`${problem}\nAt most 10,000 characters`);
  expect(best.validation?.outcomes[0]?.failure?.message).toContain(fix);
  expect(told[0]).toContain(problem);
  expect(told.join()).not.toContain("maxTransferChars");
  expect(() => long("why")).toThrow(
    expect.objectContaining({
      code: "execution",
      cause: expect.objectContaining({ message: expect.stringContaining(fix) }),
    }),
  );
});
