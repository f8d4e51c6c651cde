import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest, requireKnown } from "../../src/util/known-names.ts";

const known = { steps: true, llmCalls: true, tokens: true, usd: true, seconds: true, evaluations: true } as const;
type Limits = { [K in keyof typeof known]?: number };
const names = Object.keys(known);

describe("an unknown name", () => {
  it.each([
    ["USD", "usd"],
    ["llm_calls", "llmCalls"],
    ["LLM-CALLS", "llmCalls"],
    ["llmcall", "llmCalls"],
    ["step", "steps"],
    ["token", "tokens"],
    ["evaluatons", "evaluations"],
  ])("%s is refused with %s", (name, meant) => {
    const check = () => requireKnown("`budget`", { [name]: 1 } as Limits, known);
    expect(check).toThrow(`\`budget\` has no option "${name}". Did you mean "${meant}"?`);
    expect(check).toThrow(expect.objectContaining({ code: "bad-option" }));
  });

  it("that is near to none is refused with all that are known", () => {
    expect(() => requireKnown("`budget`", { elephants: 1 } as Limits, known)).toThrow(
      /no option "elephants"\. It has steps, llmCalls, tokens/,
    );
  });

  it.each(["constructor", "__proto__", "toString"])("%s, which every object has, is unknown too", (name) => {
    const given = JSON.parse(`{ ${JSON.stringify(name)}: 1 }`) as Limits;
    expect(() => requireKnown("`budget`", given, known)).toThrow(`no option "${name}"`);
  });

  it("without a value is passed over, and known names are", () => {
    const check = () => requireKnown<Limits>("`budget`", { ...{ elephants: undefined }, usd: 1 }, known);
    expect(check).not.toThrow();
  });
});

describe("the nearest name", () => {
  it("is the name itself whatever its case and its joints", () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.infiniteStream(fc.boolean()), (name, choices) => {
        const next = (): boolean => choices.next().value as boolean;
        const spelt = [...name].map((char) => (next() ? char.toUpperCase() : char) + (next() ? "_" : "")).join("");
        expect(nearest(spelt, names)).toBe(name);
      }),
    );
  });

  it("is found through one wrong, missing or doubled character", () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), fc.constantFrom("", "q", "zz"), (name, at, put) => {
        const place = at % name.length;
        expect(nearest(name.slice(0, place) + put + name.slice(place + 1), names)).toBeDefined();
      }),
    );
  });
});
