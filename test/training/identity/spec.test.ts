import fc from "fast-check";
import { parameter } from "tracegrad";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { batch } from "../../../src/templates/batch.ts";
import { split } from "../../../src/training/data/split.ts";
import { diffSpecs, identitySpecOf, type LoopSpec, loopSpec, specHash } from "../../../src/training/identity/spec.ts";
import type { TrainOptions } from "../../../src/training/options.ts";
import { checkSameLoop } from "../../../src/training/study/trial-file.ts";

const rows = [1, 2, 3, 4].map((input) => ({ input, target: 2 * input }));

function options(
  more: Partial<TrainOptions<number, number, number>> = {},
  first = 1,
): TrainOptions<number, number, number> {
  const factor = parameter(first, { name: "factor" });
  return {
    agent: (input) => factor.map((value) => (value as number) * input),
    optimizer: optoPrime(factor, { llm: scripted(() => "") }),
    guide: function near(_, output, target) {
      return { score: output === target ? 1 : 0, text: "" };
    },
    data: split(rows, { train: 2, validation: 1 }),
    ...more,
  };
}

/** The same JSON with the keys of every object in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reordered(item)]),
  );
}

const json = fc.jsonValue() as fc.Arbitrary<unknown>;
const anySpec = fc.record({ template: json, optimizer: json, "a.b": json, stop: fc.dictionary(fc.string(), json) });
const asSpec = (value: unknown): LoopSpec => JSON.parse(JSON.stringify(value)) as LoopSpec;

describe("the spec of a loop", () => {
  it("fills in the defaults, and is the same for two programs made alike", () => {
    const spec = loopSpec(options());
    expect(spec).toMatchObject({
      template: { kind: "interactive" },
      optimizer: { name: "OptoPrime" },
      selection: "bestValidation",
      guide: "near",
      seed: 0,
      order: "shuffled",
    });
    expect(Object.keys(spec.baseline.parameters)).toEqual(["factor"]);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(diffSpecs(spec, loopSpec(options()))).toEqual([]);
    expect(specHash(spec)).toBe(specHash(loopSpec(options())));
  });

  it("tells each choice that differs in a line of its own", () => {
    const spec = loopSpec(options({ template: batch(1) }));
    const other = loopSpec(options({ template: batch(3), seed: 7, stop: { patience: 2 } }));
    expect(diffSpecs(spec, other)).toEqual(["seed: 0 → 7", "stop.patience: not set → 2", "template.size: 1 → 3"]);
  });

  it("tells other starting values, other data and another label", () => {
    const spec = loopSpec(options());
    expect(diffSpecs(spec, loopSpec(options({}, 5))).map((line) => line.split(":")[0])).toEqual([
      "baseline.parameters.factor",
    ]);
    const data = split([...rows.slice(1), { input: 9, target: 1 }], { train: 2, validation: 1 });
    expect(diffSpecs(spec, loopSpec(options({ data }))).map((line) => line.split(":")[0])).toEqual([
      "data.test",
      "data.train",
      "data.validation",
    ]);
    expect(diffSpecs(spec, loopSpec(options(), "one function"))).toEqual(['baseline.label: not set → "one function"']);
  });

  it("names the function `feedback`, and the course is the same under another name", () => {
    const spec = loopSpec(options());
    const named = loopSpec(
      options({
        feedback: function steps({ feedback }) {
          return feedback;
        },
      }),
    );
    expect(diffSpecs(spec, named)).toEqual(['feedback: not set → "steps"']);
    expect(identitySpecOf(named)).toEqual(identitySpecOf(spec));
  });

  it("leaves the test set sealed", () => {
    const given = options();
    loopSpec(given);
    expect(given.data.test.reads).toEqual([]);
  });

  it("has the same course with any budget: budgets only say how far a run may go", () => {
    const course = (budget: TrainOptions["budget"] & object): unknown => identitySpecOf(loopSpec(options({ budget })));
    expect(course({ steps: 3, usd: 1 })).toEqual(course({ steps: 3, usd: 9, llmCalls: 100 }));
    expect(course({ steps: 3 })).toEqual(course({ steps: 4 }));
    expect(course({})).toEqual(course({ steps: 10 }));
  });
});

describe("hash and difference of specs", () => {
  it("a spec does not differ from itself, and its hash does not depend on the order of keys", () => {
    fc.assert(
      fc.property(anySpec, (value) => {
        const spec = asSpec(value);
        expect(diffSpecs(spec, spec)).toEqual([]);
        expect(diffSpecs(spec, reordered(spec) as LoopSpec)).toEqual([]);
        expect(specHash(reordered(spec) as LoopSpec)).toBe(specHash(spec));
      }),
    );
  });

  it("two specs have differences exactly when they have different hashes, one a line", () => {
    fc.assert(
      fc.property(anySpec, anySpec, (one, other) => {
        const [a, b] = [asSpec(one), asSpec(other)];
        const lines = diffSpecs(a, b);
        expect(lines.length === 0).toBe(specHash(a) === specHash(b));
        expect(lines.every((line) => !/[\n\r]/.test(line))).toBe(true);
        expect(diffSpecs(b, a).length).toBe(lines.length);
      }),
    );
  });

  it("any single field that changes gives one line", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer(), { minKeys: 1 }), fc.nat(), (stop, pick) => {
        const keys = Object.keys(stop);
        const key = keys[pick % keys.length] as string;
        const changed = Object.fromEntries(
          Object.entries(stop).map(([name, value]) => [name, name === key ? value + 1 : value]),
        );
        expect(diffSpecs(asSpec({ stop }), asSpec({ stop: changed }))).toHaveLength(1);
      }),
    );
  });
});

it("a trial that was kept with a spec without an acceptance is of another loop, and says so", () => {
  const spec = loopSpec(options());
  const { acceptance: _, ...older } = spec;
  const trial = {
    ...{ index: 1, seed: 0, status: "finished", reused: true, folder: "there" },
    spec: older as LoopSpec,
  };
  const rest = { reason: "done", scores: undefined, values: undefined, spent: undefined, error: undefined } as const;
  expect(() => checkSameLoop({ ...trial, ...rest, status: "finished" }, spec)).toThrow(
    /another loop \(there → here\): acceptance: not set → /,
  );
});
