import fc from "fast-check";
import type { Json } from "tracegrad";
import { seeded, shuffled, spaceOf } from "tracegrad/extend";
import { space } from "tracegrad/optimizers";
import { describe, expect, it } from "vitest";

/** Arithmetic with numbers, names and calls, as in a genetic program. */
const arithmetic = space.grammar({
  start: "program",
  rules: {
    program: "(x, y) => {{expr}}",
    expr: ["x", "y", "({{number}})", "({{expr}} {{operator}} {{expr}})", "{{call}}({{expr}}, {{expr}})"],
    call: space.choices(["Math.max", "Math.min"]),
    operator: space.choices(["+", "-", "*"]),
    number: space.number({ min: -2, max: 2, step: 0.25 }),
  },
  maxDepth: 5,
});

const leaf = fc.oneof(
  fc.uniqueArray(fc.jsonValue(), { minLength: 1, maxLength: 6, comparator: (a, b) => same(a, b) }).map((values) => ({
    domain: space.choices(values as Json[]),
    isVaried: values.length > 1,
  })),
  fc
    .record({
      min: fc.integer({ min: 1, max: 50 }),
      width: fc.integer({ min: 0, max: 500 }),
      step: fc.option(fc.constantFrom(0.1, 1, 7), { nil: undefined }),
      scale: fc.constantFrom("linear" as const, "log" as const),
    })
    .map(({ min, width, step, scale }) => ({
      domain: space.number({ min, max: min + width, scale, ...(step === undefined ? {} : { step }) }),
      isVaried: width >= (step ?? 1e-9),
    })),
  fc
    .record({ count: fc.integer({ min: 1, max: 7 }), min: fc.nat(7), spread: fc.nat(7) })
    .map(({ count, min, spread }) => {
      const least = Math.min(min, count);
      const most = Math.min(least + spread, count);
      const items = Array.from({ length: count }, (_, index) => `item ${index}`);
      return { domain: space.subset(items, { min: least, max: most }), isVaried: most > 0 && least < count };
    }),
  fc.constant({ domain: arithmetic, isVaried: true }),
  fc.constant({ domain: space.boolean(), isVaried: true }),
);
const domains = fc.oneof(
  leaf,
  fc.record({ item: leaf, min: fc.nat(3), spread: fc.nat(3) }).map(({ item, min, spread }) => ({
    domain: space.sequence(item.domain, { min, max: min + spread }),
    isVaried: spread > 0 || (min > 0 && item.isVaried),
  })),
);

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value === "number") return value + 0;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function checkInside(domain: space.Domain, point: Json): void {
  const value = domain.valueOf(point);
  const found = domain.pointOf(value);
  expect(found).toBeDefined();
  expect(domain.valueOf(found as Json)).toEqual(value);
  expect(JSON.parse(JSON.stringify(point))).toEqual(point);
}

describe("every domain", () => {
  it("gives by chance, by a step and by a crossover only what is inside, the same for the same seed", () => {
    fc.assert(
      fc.property(domains, fc.integer(), ({ domain, isVaried }, seed) => {
        const run = () => {
          const rng = seeded(seed);
          const [a, b] = [domain.random(rng), domain.random(rng)];
          return [a, b, domain.neighbour(a, rng), domain.crossover(a, b, rng), domain.crossover(b, a, rng)] as const;
        };
        const points = run();
        for (const point of points) checkInside(domain, point);
        expect(run()).toEqual(points);
        const [a, , stepped] = points;
        if (isVaried) expect(domain.valueOf(stepped)).not.toEqual(domain.valueOf(a));
        else expect(stepped).toEqual(a);
      }),
      { numRuns: 500 },
    );
  });

  it("lists each of its values once, and draws no other", () => {
    fc.assert(
      fc.property(domains, fc.integer(), ({ domain }, seed) => {
        const listed: string[] = [];
        for (const point of domain.all()) {
          checkInside(domain, point);
          if (listed.push(JSON.stringify(point)) === 300) break;
        }
        expect(new Set(listed).size).toBe(listed.length);
        if (listed.length < 300) {
          const rng = seeded(seed);
          for (let draw = 0; draw < 20; draw++) expect(listed).toContain(JSON.stringify(domain.random(rng)));
        }
      }),
    );
  });

  it("can be told as JSON", () => {
    fc.assert(
      fc.property(domains, ({ domain: { spec } }) => {
        expect(sorted(JSON.parse(JSON.stringify(spec)))).toEqual(sorted(spec));
      }),
    );
  });

  it("takes no value from outside", () => {
    const cases: readonly (readonly [space.Domain, unknown[]])[] = [
      [space.choices([1, "a", null]), [2, "b", undefined, () => 1, Number.NaN]],
      [space.number({ min: 0, max: 1 }), [-0.1, 1.1, "0.5", Number.NaN, undefined]],
      [space.number({ min: 0, max: 1, step: 0.25 }), [0.3]],
      [space.boolean(), [0, "true"]],
      [space.subset(["a", "b", "c"], { max: 2 }), [["b", "a"], ["a", "a"], ["d"], ["a", "b", "c"], "a", [undefined]]],
      [space.sequence(space.boolean(), { min: 1, max: 2 }), [[], [true, true, true], [1], "true"]],
      [arithmetic, ["x", "(x, y) => z", "(x, y) => (9)", "(x, y) => x ", `(x, y) => ${"(".repeat(30_000)}`, 5]],
    ];
    for (const [domain, values] of cases) for (const value of values) expect(domain.pointOf(value)).toBeUndefined();
  });
});

describe("numbers", () => {
  it("lie on their grid to the last digit", () => {
    const domain = space.number({ min: 0.1, max: 1, step: 0.1 });
    expect([...domain.all()]).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
  });

  it("are drawn evenly over the orders of magnitude on a log scale", () => {
    const domain = space.number({ min: 1e-4, max: 1, scale: "log" });
    const rng = seeded(1);
    const small = Array.from({ length: 2_000 }, () => domain.random(rng) as number).filter((value) => value < 1e-2);
    expect(small.length / 2_000).toBeCloseTo(0.5, 1);
  });

  it("have neighbours near and far", () => {
    const domain = space.number({ min: 0, max: 1 });
    const rng = seeded(1);
    const steps = Array.from({ length: 500 }, () => Math.abs((domain.neighbour(0.5, rng) as number) - 0.5));
    expect(Math.min(...steps)).toBeLessThan(0.002);
    expect(Math.max(...steps)).toBeGreaterThan(0.25);
  });
});

describe("a grammar", () => {
  it("derives texts that run, no deeper than told", () => {
    const rng = seeded(3);
    let point = arithmetic.random(rng);
    for (let step = 0; step < 300; step++) {
      point =
        step % 3 === 0 ? arithmetic.crossover(point, arithmetic.random(rng), rng) : arithmetic.neighbour(point, rng);
      const text = arithmetic.valueOf(point) as string;
      expect(new Function(`return (${text})(2, 3);`)()).toEqual(expect.any(Number));
      // Of `expr` four levels are left under the program.
      expect(depthOf(text)).toBeLessThanOrEqual(5);
    }
  });

  it("reaches every other text of a small one by steps", () => {
    const small = space.grammar({
      start: "a",
      rules: { a: ["x", "({{a}}{{b}})"], b: space.choices(["y", "z"]) },
      maxDepth: 3,
    });
    const all = [...small.all()].map((point) => small.valueOf(point));
    expect(all).toEqual(["x", "(xy)", "(xz)", "((xy)y)", "((xy)z)", "((xz)y)", "((xz)z)"]);
    const rng = seeded(0);
    const seen = new Set<Json>();
    for (let point = small.random(rng), step = 0; step < 200; step++) {
      point = small.neighbour(point, rng);
      seen.add(small.valueOf(point));
    }
    expect([...seen].sort()).toEqual([...all].sort());
  });

  it("keeps bounded what branches without bound", () => {
    const bushy = space.grammar({
      start: "e",
      rules: { e: ["{{e}}{{e}}{{e}}{{e}}", "{{e}}{{e}}", "1"] },
      maxDepth: 60,
    });
    const rng = seeded(5);
    let point = bushy.random(rng);
    for (let step = 0; step < 50; step++) {
      point = step % 2 === 0 ? bushy.crossover(point, bushy.random(rng), rng) : bushy.neighbour(point, rng);
      expect((bushy.valueOf(point) as string).length).toBeLessThan(2_000);
    }
  });

  it("reads back a text of its own that someone else wrote, left recursion and all", () => {
    const sums = space.grammar({
      start: "sum",
      rules: {
        sum: ["{{sum}} + {{term}}", "{{term}}"],
        term: ["a", "b", "{{n}}"],
        n: space.number({ min: 0, max: 100 }),
      },
      maxDepth: 6,
    });
    const point = sums.pointOf("a + 12.5 + b") as Json;
    expect(sums.valueOf(point)).toBe("a + 12.5 + b");
    expect(sums.pointOf("a + 12.5 + b +")).toBeUndefined();
    expect(sums.pointOf("a + a + a + a + a + a + a + a")).toBeUndefined();
  });

  it("writes values that are no text as JSON", () => {
    const domain = space.grammar({
      start: "v",
      rules: { v: "f({{arg}})", arg: space.choices([[1, 2], { a: null }, true]) },
    });
    expect([...domain.all()].map((point) => domain.valueOf(point))).toEqual(["f([1,2])", 'f({"a":null})', "f(true)"]);
  });
});

function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const char of text.slice(text.indexOf("=>"))) {
    if (char === "(") deepest = Math.max(deepest, ++depth);
    if (char === ")") depth -= 1;
  }
  return deepest;
}

describe("a space", () => {
  const rng = () => seeded(11);
  const both = spaceOf({
    bits: space.sequence(space.boolean(), { min: 8, max: 8 }),
    rate: space.number({ min: 0, max: 1 }),
  });

  it("steps in one parameter at a time, and crosses all of them", () => {
    const chance = rng();
    for (let draw = 0; draw < 100; draw++) {
      const [a, b] = [both.random(chance), both.random(chance)];
      const stepped = both.neighbour(a, chance);
      const changed = both.names.filter((name) => JSON.stringify(stepped[name]) !== JSON.stringify(a[name]));
      expect(changed).toHaveLength(1);
      const child = both.valuesOf(both.crossover(a, b, chance));
      expect(Object.keys(both.pointOf(child))).toEqual(["bits", "rate"]);
      const [low, high] = [
        Math.min(a["rate"] as number, b["rate"] as number),
        Math.max(a["rate"] as number, b["rate"] as number),
      ];
      expect(child["rate"]).toBeGreaterThanOrEqual(low - 1e-12);
      expect(child["rate"]).toBeLessThanOrEqual(high + 1e-12);
      for (const [at, bit] of (child["bits"] as boolean[]).entries()) {
        expect([(a["bits"] as Json[])[at], (b["bits"] as Json[])[at]]).toContain(Number(bit));
      }
    }
  });

  it("says which values are inside, name by name", () => {
    expect(both.pointOf({ rate: 0.5, bits: [true], other: 1 })).toEqual({ rate: 0.5 });
    expect(both.pointOf({})).toEqual({});
  });

  it("of one program stays there", () => {
    const one = spaceOf({ a: space.choices(["only"]), b: space.number({ min: 1, max: 1 }) });
    const point = one.random(rng());
    expect(one.neighbour(point, rng())).toEqual(point);
    expect([...one.all()].map((each) => one.valuesOf(each))).toEqual([{ a: "only", b: 1 }]);
  });

  it("takes a domain of one's own", () => {
    const order = space.custom({
      name: "orders of 4",
      random: (chance) => shuffled([0, 1, 2, 3], chance),
      neighbour: (value, chance) => {
        const [at, list] = [chance.integer(3), value as number[]];
        return list.with(at, list[at + 1] as number).with(at + 1, list[at] as number);
      },
      has: (value) => Array.isArray(value) && value.length === 4,
    });
    const own = spaceOf({ order });
    const chance = rng();
    const point = own.neighbour(own.random(chance), chance);
    expect([...(own.valuesOf(point)["order"] as number[])].sort()).toEqual([0, 1, 2, 3]);
    expect(own.pointOf({ order: [1] })).toEqual({});
    expect(own.pointOf({ order: undefined })).toEqual({});
    expect(own.spec).toEqual({ order: { kind: "custom", name: "orders of 4" } });
  });
});

describe("a space that cannot be is refused, with its mend:", () => {
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["no choices", () => space.choices([]), /choices needs a list of one or more values; got \[\]/],
    [
      "a choice that is there twice",
      () =>
        space.choices([
          { a: 1, b: 2 },
          { b: 2, a: 1 },
        ]),
      /twice/,
    ],
    ["min above max", () => space.number({ min: 2, max: 1 }), /finite min ≤ max; got \{ min: 2, max: 1 \}/],
    ["no number", () => space.number({ min: Number.NaN, max: 1 }), /finite min ≤ max/],
    ["a step of 0", () => space.number({ min: 0, max: 1, step: 0 }), /step is a number above 0; got 0/],
    ["a log scale from 0", () => space.number({ min: 0, max: 1, scale: "log" }), /log scale needs min above 0; got 0/],
    [
      "another scale",
      () => space.number({ min: 0, max: 1, scale: "cubic" as never }),
      /"linear" or "log"; got "cubic"/,
    ],
    ["a range without end", () => space.number({ min: -1e308, max: 1.7e308 }), /too wide/],
    ["more items than there are", () => space.subset(["a"], { max: 2 }), /subset has 1 items/],
    [
      "lengths that cross",
      () => space.sequence(space.boolean(), { min: 3, max: 2 }),
      /0 ≤ min ≤ max; got min 3 and max 2/,
    ],
    ["a sequence without end", () => space.sequence(space.boolean(), {}), /sequence needs a max/],
    [
      "an undefined nonterminal",
      () => grammarOf({ a: "{{b}}" }),
      /"a" has the slot \{\{b\}\}, which no rule defines.*: a\./,
    ],
    ["a nonterminal that never ends", () => grammarOf({ a: ["{{b}}", "x"], b: "({{b}})" }), /"b" never ends/],
    ["two that never end through each other", () => grammarOf({ a: "{{b}}", b: "{{a}}" }), /"a" never ends/],
    ["a nonterminal without productions", () => grammarOf({ a: [] }), /rule "a" is one or more texts/],
    ["a rule that is none", () => grammarOf({ a: {} as never }), /rule "a" is one or more texts/],
    ["a rule of null", () => grammarOf({ a: null as never }), /rule "a" is one or more texts/],
    [
      "an undefined start",
      () => space.grammar({ start: "z", rules: { a: "x" } }),
      /starts with "z", which no rule defines/,
    ],
    ["no depth", () => space.grammar({ start: "a", rules: { a: "x" }, maxDepth: 0 }), /from 1 to 100; got 0/],
    [
      "too little depth",
      () => grammarOf({ a: "({{b}})", b: "x" }, 1),
      /shortest text is 2 levels deep, and its maxDepth is 1/,
    ],
    ["nothing at all", () => spaceOf({}), /needs a domain for one or more parameters/],
    [
      "a list in the place of a domain",
      () => spaceOf({ a: ["x"] as never }),
      /space of "a" is a domain such as .*; got \["x"\]/,
    ],
  ];
  const grammarOf = (rules: Readonly<Record<string, space.Rule>>, maxDepth = 5) =>
    space.grammar({ start: "a", rules, maxDepth });

  it.each(cases)("%s", (_what, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: "bad-space" }));
  });
});
