import { bundle, type Json, type Parameter, parameter, trace, train } from "tracegrad";
import { split } from "tracegrad/data";
import { seeded } from "tracegrad/extend";
import * as operators from "tracegrad/operators";
import { type LocalSearchOptions, localSearch, space } from "tracegrad/optimizers";
import { bestOfN } from "tracegrad/search";
import { describe, expect, it } from "vitest";

/** Parameters that are used together, with steps that score them. */
function task<T extends Readonly<Record<string, Parameter<never>>>>(parameters: T, score: (values: never) => number) {
  const all = Object.values(parameters) as Parameter[];
  const values = () => Object.fromEntries(all.map((one) => [one.name, one.data]));
  const judge = () => {
    const now = score(values() as never);
    trace(() => operators.makeList(...all)).backward({ score: now });
    return now;
  };
  return { all, values, judge };
}

const bits = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`b${at}`, parameter(false, { name: `b${at}` })]));
const flags = (count: number) => Object.fromEntries(Object.keys(bits(count)).map((name) => [name, space.boolean()]));
const ones = (values: Readonly<Record<string, boolean>>) => Object.values(values).filter(Boolean).length;

/** The best score after so many steps. */
async function bestAfter(
  steps: number,
  parameters: Readonly<Record<string, Parameter<never>>>,
  score: (values: never) => number,
  settings: LocalSearchOptions,
): Promise<number> {
  const { all, judge } = task(parameters, score);
  const optimizer = localSearch(all, settings);
  for (let step = 0; step < steps; step++) {
    judge();
    await optimizer.step();
  }
  return optimizer.best?.score as number;
}

const mean = (scores: readonly number[]) => scores.reduce((a, b) => a + b, 0) / scores.length;

async function meanOver(seeds: number, run: (seed: number) => Promise<number>): Promise<number> {
  return mean(await Promise.all(Array.from({ length: seeds }, (_, seed) => run(seed))));
}

describe("LocalSearch", () => {
  it("gives a search that rewrites one program several times another child each time, the same in every run", async () => {
    const children = async () => {
      const rate = parameter(0, { name: "rate" });
      const optimizer = localSearch(rate, { space: { rate: space.number({ min: 0, max: 1 }) } });
      const run = train({
        agent: (_input: unknown) => rate.map((value) => value),
        optimizer,
        search: bestOfN({ n: 6 }),
        data: split([{ input: 1, target: 1 }], { train: 1, validation: "train", allowOverlap: "One example." }),
        guide: (_input, value) => ({ score: value, text: "" }),
        acceptance: "best",
      });
      const { candidates } = await run.result;
      return candidates.map(({ values }) => values["rate"]);
    };
    const first = await children();
    expect(new Set(first).size).toBe(7);
    expect(await children()).toEqual(first);
  });

  it("climbs where there is a slope, and beats the random control", async () => {
    const run = (method: "hillClimbing" | "random") =>
      meanOver(20, (seed) => bestAfter(60, bits(14) as never, ones as never, { space: flags(14), method, seed }));
    const [climbing, random] = [await run("hillClimbing"), await run("random")];
    expect(climbing).toBeGreaterThan(13.5);
    expect(random).toBeLessThan(12.5);
  });

  it("tunes numbers of both scales at once", async () => {
    const score = ({ rate, size }: { rate: number; size: number }) =>
      -Math.abs(Math.log10(rate) + 3) - Math.abs(size - 40) / 100;
    const best = await meanOver(10, (seed) =>
      bestAfter(
        200,
        { rate: parameter(1, { name: "rate" }), size: parameter(0, { name: "size" }) } as never,
        score as never,
        {
          space: {
            rate: space.number({ min: 1e-6, max: 1, scale: "log" }),
            size: space.number({ min: 0, max: 100, step: 1 }),
          },
          seed,
        },
      ),
    );
    expect(best).toBeGreaterThan(-0.1);
  });

  it("writes a function that does what its examples say", async () => {
    const f = bundle(
      function f(x: number): number {
        return x + Number.NaN;
      },
      { trainable: true },
    );
    const programs = space.grammar({
      start: "program",
      rules: {
        program: "function f(x: number): number {\n  return {{expr}};\n}",
        expr: ["x", "{{digit}}", "({{expr}} {{operator}} {{expr}})"],
        operator: space.choices(["+", "-", "*"]),
        digit: space.number({ min: 0, max: 3, step: 1 }),
      },
      maxDepth: 4,
    });
    const optimizer = localSearch(f, { space: { f: programs }, seed: 1 });
    const inputs = [-2, -1, 0, 1, 2, 3];
    for (let step = 0; step < 150 && optimizer.best?.score !== 0; step++) {
      const run = trace(() => operators.makeList(...inputs.map((x) => f(x))));
      const off = (run.value as number[]).map((y, at) => Math.abs(y - ((inputs[at] as number) ** 2 + 1)));
      run.backward({ score: Math.max(-1_000, -off.reduce((a, b) => a + (Number.isNaN(b) ? 1_000 : b), 0)) });
      await optimizer.step();
    }
    const source = optimizer.best?.values["f"] as string;
    expect(optimizer.best?.score).toBeCloseTo(0, 9);
    expect(source).toMatch(/^function f\(x: number\): number \{\n {2}return .*;\n\}$/);
    expect(source).not.toContain("NaN");
  });

  it("never tries a program twice, and once all are tried goes back to the best and stays", async () => {
    const color = parameter("red", { name: "color" });
    const scores: Record<string, number> = { red: 0.1, green: 0.3, blue: 0.9, black: 0.2, white: 0.4 };
    const { judge } = task({ color } as never, (({ color: now }: { color: string }) => scores[now]) as never);
    const optimizer = localSearch(color, { space: { color: space.choices(Object.keys(scores)) }, seed: 2 });
    const seen: string[] = [];
    for (let step = 0; step < 5; step++) {
      seen.push(color.data);
      judge();
      const { reasoning } = await optimizer.step();
      expect(reasoning).toMatch(/^LocalSearch \(no LLM\): /);
    }
    expect([...seen].sort()).toEqual(Object.keys(scores).sort());
    expect(seen[0]).toBe("red");
    expect(color.data).toBe("blue");
    for (let step = 0; step < 3; step++) {
      judge();
      const result = await optimizer.step();
      expect(result).toMatchObject({ updates: [], changes: [], refused: [], exchanges: [] });
      expect(result.reasoning).toContain("The space is exhausted: every candidate has been tried.");
      expect(color.data).toBe("blue");
    }
    expect(optimizer.best).toEqual({ values: { color: "blue" }, score: 0.9, runs: 4 });
  });

  it("has a starting artifact from outside the space to beat, and goes back to it when nothing does", async () => {
    const text = parameter("the user's own words", { name: "text" });
    const { judge } = task({ text } as never, (({ text: now }: { text: string }) => now.length) as never);
    const optimizer = localSearch(text, { space: { text: space.choices(["a", "bb", "ccc"]) } });
    judge();
    expect((await optimizer.step()).reasoning).toContain("random candidate");
    for (let step = 0; step < 3; step++) {
      expect(["a", "bb", "ccc"]).toContain(text.data);
      judge();
      await optimizer.step();
    }
    expect(text.data).toBe("the user's own words");
    expect(optimizer.best).toEqual({ values: { text: "the user's own words" }, score: 20, runs: 1 });
  });

  it("steps from the best program, not from the last", async () => {
    const rate = parameter(0.5, { name: "rate" });
    const { judge } = task({ rate } as never, (({ rate: now }: { rate: number }) => (now === 0.5 ? 1 : 0)) as never);
    const settings = { space: { rate: space.number({ min: 0, max: 1 }) }, restartProbability: 0, patience: 1_000 };
    const optimizer = localSearch(rate, settings);
    const far: number[] = [];
    for (let step = 0; step < 60; step++) {
      judge();
      await optimizer.step();
      far.push(Math.abs(rate.data - 0.5));
    }
    // From the last value on, steps of up to a third would have led everywhere.
    expect(Math.max(...far)).toBeLessThan(0.32);
    expect(Math.min(...far)).toBeGreaterThan(0);
  });

  it("begins anew when nothing near is better, and so leaves a hill that is not the highest", async () => {
    const score = ({ at }: { at: number }) => (at < 80 ? 40 - Math.abs(at - 20) : 100 - Math.abs(at - 95));
    const run = (patience: number) =>
      meanOver(10, (seed) =>
        bestAfter(250, { at: parameter(20, { name: "at" }) } as never, score as never, {
          ...{ space: { at: strides() }, patience, restartProbability: 0, seed },
        }),
      );
    expect(await run(5)).toBeGreaterThan(85);
    expect(await run(1_000)).toBe(40);
  });

  it("crosses a plateau by annealing, where climbing stays", async () => {
    const score = ({ at }: { at: number }) => Math.floor(at / 5);
    const run = (method: "hillClimbing" | "annealing") =>
      meanOver(10, (seed) =>
        bestAfter(100, { at: parameter(52.5, { name: "at" }) } as never, score as never, {
          ...{ space: { at: strides() }, method, restartProbability: 0, patience: 1_000, seed },
        }),
      );
    expect(await run("annealing")).toBeGreaterThan(10.5);
    expect(await run("hillClimbing")).toBe(10);
  });

  it("is not taken in by one lucky score where it is told to look again", async () => {
    const run = async (runs: number, seed: number) => {
      const noise = seeded(`noise ${seed}`);
      const score = () => 0.5 + (noise.float() - 0.5);
      return bestAfter(100, { n: parameter(0, { name: "n" }) } as never, score, {
        ...{ space: { n: space.number({ min: 0, max: 1_000, step: 1 }) }, minRuns: runs, seed },
      });
    };
    // All programs are equally good: 0.5.
    expect(await meanOver(10, (seed) => run(1, seed))).toBeGreaterThan(0.97);
    expect(await meanOver(10, (seed) => run(10, seed))).toBeLessThan(0.85);
  });

  it("goes on from its saved state as if it had not stopped", async () => {
    const run = async (isSaved: boolean) => {
      const parameters = bits(10);
      const { all, judge, values } = task(parameters as never, ones as never);
      const settings = { space: flags(10), seed: "a seed", method: "annealing" as const };
      let optimizer = localSearch(all, settings);
      const trail: unknown[] = [];
      for (let step = 0; step < 30; step++) {
        judge();
        const { reasoning } = await optimizer.step();
        trail.push([values(), reasoning]);
        const json = JSON.parse(JSON.stringify(optimizer));
        if (isSaved) (optimizer = localSearch(all, settings)).load(json);
      }
      return JSON.stringify([trail, optimizer]);
    };
    expect(await run(true)).toBe(await run(false));
    expect(await run(false)).toBe(await run(false));
  });

  it("counts a score for what ran, when others have changed the program meanwhile", async () => {
    const n = parameter(0, { name: "n" });
    const optimizer = localSearch(n, { space: { n: space.number({ min: 0, max: 9, step: 1 }) } });
    const ran: number[] = [];
    for (let step = 0; step < 9; step++) {
      const run = trace(() => operators.add(n, 0));
      ran.push(n.data);
      run.backward({ score: n.data });
      await optimizer.step();
      // As a rollback of the training loop does.
      if (step % 2 === 0) optimizer.undo();
    }
    const best = Math.max(...ran);
    expect(optimizer.best).toMatchObject({ values: { n: best }, score: best });
  });
});

/** Numbers from 0 to 100 in steps of one at most, so that a hill has a foot. */
function strides(): space.Domain {
  return space.custom({
    name: "strides",
    random: (rng) => 100 * rng.float(),
    neighbour: (value, rng) => Math.min(100, Math.max(0, (value as number) + 2 * rng.float() - 1)),
    has: (value) => typeof value === "number" && value >= 0 && value <= 100,
  });
}

describe("LocalSearch among other things", () => {
  it("changes only what it declares, and only what feedback has reached", async () => {
    const [a, b, c] = [parameter(0, { name: "a" }), parameter(0, { name: "b" }), parameter(0, { name: "c" })];
    const digits = space.number({ min: 0, max: 9, step: 1 });
    const optimizer = localSearch([a, b, c], { space: { a: digits, b: digits } });
    for (let step = 0; step < 6; step++) {
      trace(() => operators.add(a, c)).backward({ score: 0 });
      const result = await optimizer.step();
      expect(result.changes.map(({ name }) => name)).toEqual(["a"]);
    }
    trace(() => operators.add(c, 1)).backward({ score: 0 });
    const result = await optimizer.step();
    expect(result).toMatchObject({
      changes: [],
      reasoning: expect.stringContaining("reached no parameter of the space"),
    });
    expect([b.version, c.version]).toEqual([0, 0]);
  });

  it("rewrites one of its parameters alone where a search asks for that", async () => {
    const [a, b] = [parameter(0, { name: "x" }), parameter(0, { name: "x" })];
    const digits = space.number({ min: 0, max: 9, step: 1 });
    const optimizer = localSearch([a, b], { space: { x: digits, x_1: digits } });
    const credit = trace(() => operators.add(a, b)).backward({ score: 1 });
    const [proposal] = await optimizer.propose(credit, optimizer.memory, { parameters: [b] });
    expect(proposal.updates.map((update) => update.parameter === b)).toEqual([true]);
    expect([a.data, b.data]).toEqual([0, 0]);
  });

  it("has another idea for other feedback, when a search asks again with the same memory", async () => {
    const rate = parameter(0, { name: "rate" });
    const optimizer = localSearch(rate, { space: { rate: space.number({ min: 0, max: 1 }) } });
    const ideaFor = async (text: string) => {
      const credit = trace(() => operators.add(rate, 1)).backward({ score: 1, text });
      return (await optimizer.propose(credit, optimizer.memory))[0].updates[0]?.value;
    };
    expect(await ideaFor("one")).not.toBe(await ideaFor("two"));
    expect(await ideaFor("one")).toBe(await ideaFor("one"));
  });

  it("passes over values that a parameter refuses, and never draws them again", async () => {
    const even = { "~standard": { version: 1, vendor: "test", validate: evenOnly } } as const;
    const n = parameter(0, { name: "n", schema: even as never, constraint: "Even." });
    const { judge } = task({ n } as never, (({ n: now }: { n: number }) => now) as never);
    const optimizer = localSearch(n, { space: { n: space.number({ min: 0, max: 9, step: 1 }) } });
    for (let step = 0; step < 8; step++) {
      judge();
      const result = await optimizer.step();
      expect(n.data % 2).toBe(0);
      expect(result.updates.length === 0).toBe(result.reasoning.includes("exhausted") && n.data === 8);
    }
    expect(optimizer.best?.values).toEqual({ n: 8 });
  });

  it("knows a value that a projection has changed", async () => {
    const word = parameter("a", { name: "word", projections: [(text: string) => text.trim()] });
    const { judge } = task({ word } as never, (({ word: now }: { word: string }) => now.length) as never);
    const optimizer = localSearch(word, { space: { word: space.choices(["bb ", " bb", " ccc "]) } });
    const seen: Json[] = [];
    for (let step = 0; step < 4; step++) {
      seen.push(word.data);
      judge();
      await optimizer.step();
    }
    expect([...seen.slice(0, 3)].sort()).toEqual(["a", "bb", "ccc"]);
    expect(word.data).toBe("ccc");
    expect(optimizer.best?.values).toEqual({ word: "ccc" });
  });

  it("is named for what it is in its settings and its file", () => {
    const optimizer = localSearch(parameter(1, { name: "n" }), { space: { n: space.choices([1, 2]) }, seed: 3 });
    expect(optimizer.toJSON().algorithm).toBe("LocalSearch (no LLM)");
    expect(optimizer.settings).toEqual({
      space: { n: { kind: "choices", values: [1, 2] } },
      method: "hillClimbing",
      ...{ patience: 20, restartProbability: 0.1, minRuns: 1, temperature: 0.1, cooling: 0.95, seed: 3 },
    });
  });
});

function evenOnly(value: unknown) {
  return typeof value === "number" && value % 2 === 0 ? { value } : { issues: [{ message: "not even" }] };
}

describe("LocalSearch refuses, with the mend,", () => {
  const n = () => parameter(1, { name: "n" });
  const two = { n: space.choices([1, 2]) };
  const cases: readonly (readonly [string, () => unknown, string, RegExp])[] = [
    ["a name that is not there", () => localSearch(n(), { space: { m: two.n } }), "bad-space", /"m".*It has: n\./],
    [
      "a parameter that is frozen",
      () => localSearch([n(), parameter(1, { name: "m", trainable: false })], { space: { m: two.n } }),
      "bad-space",
      /no trainable parameter of this name/,
    ],
    [
      "values of another type",
      () => localSearch(n(), { space: { n: space.choices(["one"]) } }),
      "bad-space",
      /"n" do not fit this parameter, such as "one": expected a number, got a string/,
    ],
    ["an empty space", () => localSearch(n(), { space: {} }), "bad-space", /one or more parameters/],
    [
      "a method of another name",
      () => localSearch(n(), { space: two, method: "tabu" as never }),
      "bad-option",
      /"tabu"/,
    ],
    ["no patience", () => localSearch(n(), { space: two, patience: 0 }), "bad-option", /`patience`/],
    [
      "too sure a restart",
      () => localSearch(n(), { space: two, restartProbability: 1.5 }),
      "bad-option",
      /`restartProbability`.*from 0 to 1; got 1.5/,
    ],
    ["no runs", () => localSearch(n(), { space: two, minRuns: 0.5 }), "bad-option", /`minRuns`/],
    [
      "no temperature",
      () => localSearch(n(), { space: two, temperature: 0 }),
      "bad-option",
      /`temperature`.*above 0; got 0/,
    ],
    ["warming", () => localSearch(n(), { space: two, cooling: 2 }), "bad-option", /`cooling`.*to 1; got 2/],
  ];

  it.each(cases)("%s", (_what, make, code, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code }));
  });

  it("feedback without a score, and is as it was", async () => {
    const optimizer = localSearch(n(), { space: two });
    const before = JSON.stringify(optimizer);
    trace(() => operators.add(optimizer.parameters[0] as Parameter<number>, 1)).backward("Better, please.");
    await expect(optimizer.step()).rejects.toThrow(/goes by scores, but this feedback has none. Give each run/);
    expect(JSON.stringify(optimizer)).toBe(before);
  });

  it("the memory of another space", async () => {
    const optimizer = localSearch(n(), { space: { n: space.choices([1, 2, 3]) } });
    optimizer.load(localSearch(n(), { space: two }).toJSON());
    trace(() => operators.add(optimizer.parameters[0] as Parameter<number>, 1)).backward(1);
    await expect(optimizer.step()).rejects.toMatchObject({ code: "bad-state" });
  });
});
