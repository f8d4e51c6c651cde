import { credit, parameter, TracegradError, trace } from "tracegrad";
import { optoPrimeMultiAlgorithm } from "tracegrad/extend";
import type { LanguageModel, ModelRequest } from "tracegrad/llm";
import * as operators from "tracegrad/operators";
import { type OptoPrimeMultiOptions, optoPrime, optoPrimeMulti } from "tracegrad/optimizers";
import { type ScriptedAnswer, type ScriptedModel, scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { seeded, suggest, textOf, variablesOf } from "../readers.ts";

const { add } = operators;

/** What stands under # Context in a prompt. */
const contextOf = (request: ModelRequest) => /^# Context\n([^]*?)\n\n# Your answer/m.exec(textOf(request))?.[1] ?? "";
/** The numbers proposed for `a`, as a prompt tells of them. */
const toldValues = (request: ModelRequest) =>
  new Map(
    [...contextOf(request).matchAll(/^## Proposal (\d+)\na:\n```\n(-?[\d.]+)\n```/gm)].map(([, number, value]) => [
      Number(number),
      Number(value),
    ]),
  );

type Kind = "propose" | "pick" | "experts";
const kindOf = ({ tool }: ModelRequest): Kind =>
  tool?.name === "pick_proposal" ? "pick" : tool?.name === "name_experts" ? "experts" : "propose";

/** A number that should be 50, and a step on it. */
function task(llm: LanguageModel, options: Partial<OptoPrimeMultiOptions> = {}) {
  const a = parameter(0, { name: "a" });
  const optimizer = optoPrimeMulti(a, { llm, maxRetries: 0, ...options });
  const step = (signal?: AbortSignal) => {
    const off = 50 - a.data;
    trace(() => add(a, 0)).backward({ text: `a is off by ${off}.`, score: -Math.abs(off) });
    return optimizer.step(undefined, signal === undefined ? {} : { signal });
  };
  return { a, optimizer, step };
}

/** A model that proposes these values in turn and answers other questions by rule. */
function proposing(
  values: readonly unknown[],
  rules: Partial<Record<Kind, (request: ModelRequest) => ScriptedAnswer>> = {},
): ScriptedModel {
  let next = 0;
  return scripted((request) => {
    const rule = rules[kindOf(request)];
    if (rule !== undefined) return rule(request);
    const value = values[next++ % values.length];
    if (value instanceof Error) throw value;
    return typeof value === "function" ? (value as () => ScriptedAnswer)() : suggest({ a: value }, `I say ${value}.`);
  });
}
const pick = (best: unknown) => ({ toolInput: { reasoning: "", best } });

describe("the proposals of a step", () => {
  it("are had at temperatures from high to low, at once", async () => {
    let underWay = 0;
    let most = 0;
    const llm = scripted(async ({ temperature }) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 10 * (temperature as number)));
      underWay -= 1;
      return suggest({ a: temperature });
    });
    const { step, a } = task(llm, { candidates: 5, temperatures: { min: 0.2, max: 1 }, select: "lastValid" });
    const result = await step();
    expect(llm.calls.map(({ temperature }) => Number(temperature?.toFixed(3)))).toEqual([1, 0.8, 0.6, 0.4, 0.2]);
    expect(most).toBe(5);
    expect(result.exchanges.map(({ request }) => request.temperature)).toEqual(
      llm.calls.map(({ temperature }) => temperature),
    );
    expect(a.data).toBeCloseTo(0.2);
    const one = proposing([1]);
    await task(one, { candidates: 1 }).step();
    expect(one.calls.map(({ temperature }) => temperature)).toEqual([1]);
  });

  it("refine the last valid one each, when that is asked for", async () => {
    const llm = scripted((request) => {
      const [previous = 0] = [...toldValues(request).values()];
      return suggest({ a: previous === 25 ? "no number" : (previous + 50) / 2 });
    });
    const { step, a } = task(llm, { candidates: 4, generation: "selfRefinement", select: "lastValid" });
    const result = await step();
    expect(llm.calls.map((request) => [...toldValues(request)])).toEqual([[], [[1, 25]], [[1, 25]], [[1, 25]]]);
    expect(result.refused.map(({ reason }) => reason.split(":")[0])).toEqual(
      [2, 3, 4].map((number) => `Proposal ${number} (refinement of 1)`),
    );
    expect(a.data).toBe(25);

    const converging = scripted((request) => suggest({ a: ([...toldValues(request).values()][0] ?? 0) / 2 + 25 }));
    const other = task(converging, { candidates: 4, generation: "selfRefinement", select: "lastValid" });
    await other.step();
    expect(other.a.data).toBe(46.875);
  });

  it("differ from all before, when that is asked for", async () => {
    const llm = scripted((request) => suggest({ a: 10 * (toldValues(request).size + 1) }));
    const { step } = task(llm, { candidates: 3, generation: "alternatives", select: "lastValid" });
    await step();
    expect(llm.calls.map((request) => [...toldValues(request).values()])).toEqual([[], [10], [10, 20]]);
    expect(contextOf(llm.calls[2] as never)).toMatch(/differs from all of them/);
  });

  it("come from the experts that are given, in turn", async () => {
    const llm = proposing([1, 2, 3]);
    const experts = ["A chef.", "A judge."];
    const { step, optimizer } = task(llm, { candidates: 3, generation: "experts", experts, select: "lastValid" });
    await step();
    expect(llm.calls.map((request) => contextOf(request).split(": ")[1])).toEqual(["A chef.", "A judge.", "A chef."]);
    expect(optimizer.settings).toMatchObject({ candidates: 3, generation: "experts", experts });
  });

  it("come from experts that the model names once a step, or from general ones when it names none", async () => {
    const named = proposing([1, 2], {
      experts: () => ({ toolInput: { experts: ["A pilot.", "A poet.", "Too many."] } }),
    });
    const { step } = task(named, { candidates: 2, generation: "experts", select: "lastValid" });
    const result = await step();
    expect(named.calls.map(kindOf)).toEqual(["experts", "propose", "propose"]);
    expect(textOf(named.calls[0] as never)).toContain("a is off by 50.");
    expect(named.calls.slice(1).map((request) => contextOf(request).split(": ")[1])).toEqual(["A pilot.", "A poet."]);
    expect(result.exchanges).toHaveLength(3);

    for (const answer of [
      "who knows",
      { toolInput: { experts: [1, " "] } },
      { toolInput: { experts: "A poet." } },
      { text: "{}", stopReason: "length" },
    ] as const) {
      const silent = proposing([7], { experts: () => answer });
      const other = task(silent, { candidates: 2, generation: "experts", select: "lastValid" });
      const { refused } = await other.step();
      expect(refused).toMatchObject([{ reason: expect.stringContaining("so general ones were asked") as string }]);
      expect(contextOf(silent.calls[1] as never)).toContain("A debugger");
      expect(other.a.data).toBe(7);
    }
  });

  it("come from several models in turn", async () => {
    const models = ["x", "y"].map((name, index) => scripted(() => suggest({ a: index + 1 }), { name }));
    const llm = proposing([], { pick: () => pick(2) });
    const { step, optimizer, a } = task(llm, { candidates: 3, generation: "models", models });
    const result = await step();
    expect(result.exchanges.map(({ reply }) => reply.model)).toEqual(["x", "y", "x", "scripted"]);
    expect(a.data).toBe(2);
    expect(optimizer.settings).toMatchObject({ models: ["x", "y"] });
    expect(JSON.parse(JSON.stringify(optimizer.settings))).toEqual(optimizer.settings);
  });
});

describe("the one that is taken", () => {
  it("is the one that the model picks, of the valid ones", async () => {
    const llm = proposing([10, "bad", 50, 90], {
      pick: (request) => {
        const offered = [...toldValues(request)];
        expect(offered).toEqual([
          [1, 10],
          [3, 50],
          [4, 90],
        ]);
        return pick(offered.toSorted(([, x], [, y]) => Math.abs(x - 50) - Math.abs(y - 50))[0]?.[0]);
      },
    });
    const { step, a } = task(llm, { candidates: 4 });
    const result = await step();
    expect(a.data).toBe(50);
    expect(result).toMatchObject({ reasoning: "I say 50.", refused: [{ name: "a" }] });
    expect(result.exchanges).toHaveLength(5);
  });

  it.each([
    ["picks a refused one", pick(2), /"best" is none of 1, 3/],
    ["picks none that there is", pick(9), /"best" is none/],
    ["picks by name", pick("the third"), /"best" is none/],
    ["rambles", "The first, I think.", /no JSON object/],
    ["is cut", { text: '{"best": 1}', stopReason: "length" }, /cut at the token limit/],
    ["is endless", "x".repeat(10_000_000), /the most is/],
    ["fails", undefined, /gave no answer: .*out of order/],
  ] as const)("is the last valid one when the model %s", async (_what, answer, reason) => {
    const fail = () => {
      throw new Error("out of order");
    };
    const { step, a } = task(proposing([10, "bad", 30], { pick: () => answer ?? fail() }), { candidates: 3 });
    const { refused } = await step();
    expect(a.data).toBe(30);
    expect(refused).toHaveLength(2);
    expect(refused[1]?.reason).toMatch(reason);
  });

  it("is taken without a question when all propose the same, or only one is valid", async () => {
    for (const values of [
      [5, 5, 5],
      [5, "bad", new Error("down")],
    ]) {
      const llm = proposing(values);
      const { step, a } = task(llm);
      await step();
      expect(llm.calls.map(kindOf)).toEqual(["propose", "propose", "propose"]);
      expect(a.data).toBe(5);
    }
  });

  it("is the middle of the largest group for majority, whatever the order", async () => {
    for (const values of [
      [90, 48, 50, 52, 1],
      [50, 90, 1, 52, 48],
      [52, 48, 1, 90, 50],
    ]) {
      const llm = proposing(values);
      const { step, a } = task(llm, { candidates: 5, select: "majority" });
      await step();
      expect(a.data).toBe(50);
      expect(llm.calls).toHaveLength(5);
    }
  });

  it("is for mixture a new one that the model merges of the valid ones, and that passes the checks itself", async () => {
    const mean = (request: ModelRequest) => {
      const told = [...toldValues(request).values()];
      return told.reduce((x, y) => x + y, 0) / told.length;
    };
    let next = 0;
    const values = [40, "bad", 60];
    const merging = (merged: (request: ModelRequest) => unknown) =>
      scripted((request) => suggest({ a: contextOf(request) === "" ? values[next++ % 3] : merged(request) }));
    const good = task(merging(mean), { select: "mixture" });
    expect((await good.step()).exchanges).toHaveLength(4);
    expect(good.a.data).toBe(50);
    const bad = task(
      merging(() => "half of each"),
      { select: "mixture" },
    );
    const { refused } = await bad.step();
    expect(bad.a.data).toBe(60);
    expect(refused.map(({ reason }) => reason)).toEqual([
      "Proposal 2 (temperature 0.5): expected a number, got a string",
      "The model could not merge the proposals, so the last valid one was taken. a: expected a number, got a string",
    ]);
  });

  it("is the last valid one that changes something", async () => {
    const nothing = () => suggest({});
    const { step, a } = task(proposing([1, 2, "bad", nothing]), { candidates: 4, select: "lastValid" });
    await step();
    expect(a.data).toBe(2);
  });

  it("is what a function says, which is asked of the valid ones only", async () => {
    const nearest: OptoPrimeMultiOptions["select"] = async (candidates, { problem }) => {
      expect(problem.variables.map(({ name }) => name)).toEqual(["a"]);
      expect(candidates.map(({ number }) => number)).toEqual([1, 3]);
      return candidates.find(({ proposal }) => proposal.updates[0]?.value === 20);
    };
    const { step, a, optimizer } = task(proposing([20, "bad", 30]), { select: nearest });
    await step();
    expect(a.data).toBe(20);
    expect(optimizer.settings).toMatchObject({ select: "custom" });

    const none = task(proposing([20, 30, 40]), { select: () => undefined });
    expect((await none.step()).changes).toEqual([]);
    const alien = task(proposing([20, 30, 40]), { select: ([first]) => ({ ...(first as NonNullable<typeof first>) }) });
    await expect(alien.step()).rejects.toMatchObject({ code: "bad-selection" });
    expect(alien.a.data).toBe(0);
  });
});

describe("failures", () => {
  it("of single proposals are dropped and told, those of all change nothing", async () => {
    const some = task(proposing([new Error("down"), 5, () => "prose"]), { select: "lastValid" });
    const result = await some.step();
    expect(some.a.data).toBe(5);
    expect(result.refused.map(({ reason }) => reason)).toEqual([
      "Proposal 1 (temperature 1): scripted gave no answer: Error: down",
      "Proposal 3 (temperature 0): The reply has no JSON object.",
    ]);

    for (const select of ["bestOf", "majority", "mixture", "lastValid"] as const) {
      const llm = proposing([new Error("down"), "bad", () => "prose"]);
      const all = task(llm, { select, memorySize: 2 });
      const nothing = await all.step();
      expect(nothing).toMatchObject({ updates: [], changes: [], reasoning: "" });
      expect(nothing.refused).toHaveLength(3);
      expect(all.a.version).toBe(0);
      expect(llm.calls).toHaveLength(3);
      await all.step();
      expect(textOf(llm.calls.at(-1) as never)).toContain("Proposed then and refused");
    }
  });

  it("of every call leave program and memory as they were", async () => {
    const { step, a, optimizer } = task(proposing([new Error("down")]), { memorySize: 3, generation: "alternatives" });
    const before = JSON.stringify(optimizer);
    const { refused, exchanges } = await step();
    expect([refused.length, exchanges.length]).toEqual([3, 0]);
    expect(JSON.stringify(optimizer)).toBe(before);
    expect(a.data).toBe(0);
  });

  it.each(["budget", "no-recorded-answer", "replay-divergence"])("of the run itself end the step: %s", async (code) => {
    const { step, a } = task(proposing([5, new TracegradError(code, "Stop."), 5]));
    await expect(step()).rejects.toMatchObject({ code });
    expect(a.data).toBe(0);
  });

  it("by an abort end the step, whether while proposing or while choosing", async () => {
    for (const when of ["propose", "pick"] as const) {
      const controller = new AbortController();
      const stop = () => {
        controller.abort();
        return suggest({ a: 1 });
      };
      const values = when === "propose" ? [1, stop, 3] : [1, 2, 3];
      const { step, a } = task(proposing(values, when === "pick" ? { pick: stop } : {}));
      await expect(step(controller.signal)).rejects.toMatchObject({ name: "AbortError" });
      expect(a.data).toBe(0);
    }
  });

  it("of a problem that cannot be asked are errors, as in OptoPrime", async () => {
    await expect(task(proposing([1]), { maxPromptTokens: 10 }).step()).rejects.toMatchObject({
      code: "prompt-too-large",
    });
    const algorithm = optoPrimeMultiAlgorithm();
    const a = parameter(0, { name: "a" });
    const given = credit(
      trace(() => add(a, 0)),
      "?",
    );
    const context = { parameters: [a as never], llm: undefined, signal: undefined };
    await expect(algorithm.propose(given, { rounds: [] }, context)).rejects.toMatchObject({ code: "no-model" });
  });
});

describe("OptoPrimeMulti", () => {
  /**
   * Proposes a random number, or with probability `skill` what the feedback asks for; judges as well as it proposes.
   */
  function skilful(skill: number, seed: number): ScriptedModel {
    const random = seeded(seed);
    return scripted((request) => {
      const prompt = textOf(request);
      const goal = Number(variablesOf(prompt)["a"]?.value) + Number(/off by (-?[\d.]+)\./.exec(prompt)?.[1]);
      const offered = [...toldValues(request)];
      if (kindOf(request) === "pick") {
        const best = offered.toSorted(([, x], [, y]) => Math.abs(x - goal) - Math.abs(y - goal))[0];
        return pick(random() < skill ? best?.[0] : offered[Math.floor(random() * offered.length)]?.[0]);
      }
      return suggest({ a: random() < skill ? goal : Math.floor(random() * 100) });
    });
  }
  const loss = async (make: (a: never, llm: LanguageModel) => { step(): Promise<unknown> }, skill: number) => {
    let sum = 0;
    for (let seed = 0; seed < 40; seed++) {
      const a = parameter(0, { name: "a" });
      const optimizer = make(a as never, skilful(skill, seed * 7919 + 1));
      trace(() => add(a, 0)).backward("a is off by 50.");
      await optimizer.step();
      sum += Math.abs(a.data - 50);
    }
    return sum / 40;
  };

  it("gets better with the skill of its model, and is better than one proposal", async () => {
    const multi = (a: never, llm: LanguageModel) => optoPrimeMulti(a, { llm });
    const losses: number[] = [];
    for (const skill of [0, 0.5, 1]) losses.push(await loss(multi, skill));
    expect(losses[2]).toBe(0);
    expect(losses[1]).toBeGreaterThan(0);
    expect(losses[1]).toBeLessThan((losses[0] as number) - 5);
    expect(losses[1]).toBeLessThan((await loss((a, llm) => optoPrime(a, { llm }), 0.5)) - 3);
  });

  it.each(["temperature", "selfRefinement", "alternatives", "experts", "models"] as const)(
    "by %s gives the same bytes for the same answers, and goes on from its JSON",
    async (generation) => {
      const run = async (reload: boolean) => {
        const llm = skilful(0.5, 11);
        const algorithm = optoPrimeMultiAlgorithm({
          generation,
          memorySize: 3,
          models: [llm],
          candidates: 3,
          select: "mixture",
        });
        const a = parameter(0, { name: "a" });
        let state = algorithm.init([a as never]);
        const proposals: unknown[] = [];
        for (let step = 0; step < 4; step++) {
          const given = credit(
            trace(() => add(a, 0)),
            { text: `a is off by ${step}.`, score: step },
          );
          const [proposal, next] = await algorithm.propose(given, state, {
            parameters: [a as never],
            llm,
            signal: undefined,
          });
          state = reload ? (JSON.parse(JSON.stringify(next)) as typeof next) : next;
          proposals.push(
            proposal.updates.map(({ value }) => value),
            proposal.refused,
          );
        }
        return JSON.stringify([proposals, state, llm.calls]);
      };
      expect(await run(true)).toBe(await run(false));
    },
  );

  it("passes on what a search notes, beside its own words", async () => {
    const llm = proposing([1, 2]);
    const algorithm = optoPrimeMultiAlgorithm({ candidates: 2, generation: "alternatives", select: "lastValid" });
    const a = parameter(0, { name: "a" });
    const context = { parameters: [a as never], llm, signal: undefined, note: "Others found 7.", temperature: 0.3 };
    await algorithm.propose(
      credit(
        trace(() => add(a, 0)),
        "?",
      ),
      algorithm.init([a as never]),
      context,
    );
    expect(llm.calls.map(contextOf)).toEqual([
      "Others found 7.",
      expect.stringMatching(/^Others found 7\.\n\nProposals for the variables were made already/),
    ]);
    expect(llm.calls.map(({ temperature }) => temperature)).toEqual([0.3, 0.3]);
  });

  it("says once that runs did not fit into the prompts of its proposals", async () => {
    const p = parameter(1, { name: "p" });
    const llm = scripted((request) => (kindOf(request) === "pick" ? pick(1) : suggest({ p: 2 })));
    trace(() => {
      let at = operators.add(p, 0);
      // Parameters and constants in turn, without a pattern.
      for (let step = 1; step < 3_000; step++) at = operators.add(at, Math.floor(step * 1.618 * 17) % 40);
      return at;
    }).backward("Larger.");
    const { notes } = await optoPrimeMulti(p, { llm, maxPromptTokens: 2_000 }).step();
    expect(notes).toEqual([expect.stringContaining("did not fit into the prompt")]);
  });

  it("keeps the talk of long proposals within the budget of the prompt", async () => {
    const p = parameter("short", { name: "p" });
    const llm = scripted((request, index) =>
      kindOf(request) === "pick" ? pick(2) : suggest({ p: String(index).repeat(50_000) }),
    );
    trace(() => operators.concat(p, "!")).backward("Longer.");
    await optoPrimeMulti(p, { llm, maxPromptTokens: 2_000 }).step();
    const judged = textOf(llm.calls[3] as never);
    expect(judged.length).toBeLessThanOrEqual(8_000);
    expect(judged.match(/^## Proposal \d$/gm)).toHaveLength(3);
    expect(p.data).toBe("1".repeat(50_000));
  });

  it.each([
    [{ candidates: 0 }, "`candidates`"],
    [{ generation: "luck" }, '`generation` must be "temperature", "selfRefinement"'],
    [{ select: "best" }, '`select` must be "bestOf", "majority", "mixture", "lastValid" or a function'],
    [{ temperatures: { min: 1, max: 0 } }, "`temperatures`"],
    [{ experts: [] }, "`experts`"],
    [{ models: [] }, "`models`"],
    [{ generation: "models" }, '`generation: "models"` needs `models`'],
    [{ memorySize: -1 }, "`memorySize`"],
  ])("refuses options by name: %j", (options, message) => {
    expect(() => optoPrimeMultiAlgorithm(options as never)).toThrow(message);
  });
});
