import { describe, expect, expectTypeOf, it } from "vitest";
import {
  count,
  flag,
  group,
  must,
  number,
  type OptionTable,
  oneOf,
  optional,
  probability,
  recordSettings,
  resolveOptions,
  type SettingsOf,
  text,
  texts,
} from "../../src/util/options.ts";

interface Options {
  readonly size?: number;
  readonly kind?: "plain" | "fancy";
  readonly limit?: number;
  readonly share?: number;
  readonly parts?: { readonly first?: number; readonly second?: number };
  readonly rule?: () => boolean;
  readonly title?: string;
}

const always = () => true;

const table = {
  size: [3, count()],
  kind: ["plain", oneOf("plain", "fancy")],
  limit: [null, optional(number(0))],
  share: [0.5, probability],
  parts: [{}, group({ first: [1, count()], second: [0, count(0)] })],
  rule: [
    always,
    must<() => boolean>("be a function", (value) => typeof value === "function"),
    (rule: () => boolean) => rule.name,
  ],
  title: [null, optional(text), (title: string | null) => title ?? undefined],
} satisfies OptionTable<Options>;

const resolve = (options: object) => resolveOptions("sorter", options, table);

describe("a table of options", () => {
  it("fills in every default, those of a group too", () => {
    const { rule, ...settings } = resolve({});
    expect(rule()).toBe(true);
    const parts = { first: 1, second: 0 };
    expect(settings).toEqual({ size: 3, kind: "plain", limit: null, share: 0.5, parts, title: null });
  });

  it("keeps what is given, and takes undefined as not given", () => {
    const settings = resolve({ size: 7, kind: undefined, limit: 0, parts: { second: 2 } });
    expect(settings).toMatchObject({ size: 7, kind: "plain", limit: 0, parts: { first: 1, second: 2 } });
  });

  it("records the settings with their defaults, so a default is recorded like the same value given", () => {
    const recorded = recordSettings(resolve({ size: 3, rule: always }), table);
    expect(recordSettings(resolve({}), table)).toEqual(recorded);
    const parts = { first: 1, second: 0 };
    expect(recorded).toEqual({ size: 3, kind: "plain", limit: null, share: 0.5, parts, rule: "always" });
    expect(recordSettings(resolve({ title: "T" }), table)).toHaveProperty("title", "T");
  });

  it.each([
    [{ size: 0 }, "`size` must be a whole number, 1 or more; got 0."],
    [{ size: "3" }, "`size` must be a whole number, 1 or more; got 3."],
    [{ kind: "odd" }, '`kind` must be "plain" or "fancy"; got "odd".'],
    [{ limit: -1 }, "`limit` must be a finite number, 0 or more; got -1."],
    [{ share: 1.1 }, "`share` must be a number from 0 to 1; got 1.1."],
    [{ share: Number.NaN }, "`share` must be a number from 0 to 1; got NaN."],
    [{ parts: 3 }, "`parts` must be a record of options; got 3."],
    [{ parts: { first: 0 } }, "`parts.first` must be a whole number, 1 or more; got 0."],
    [{ parts: { frist: 1 } }, '`parts` of sorter has no option "frist". Did you mean "first"?'],
    [{ rule: 1 }, "`rule` must be a function; got 1."],
    [{ sice: 1 }, 'sorter has no option "sice". Did you mean "size"?'],
    [{ toString: 1 }, 'sorter has no option "toString". It has size, kind,'],
  ])("refuses %j and names the culprit", (options, message) => {
    expect(() => resolve(options)).toThrow(expect.objectContaining({ code: "bad-option" }));
    expect(() => resolve(options)).toThrow(message);
  });

  it("gives the settings and their record the types of the checks", () => {
    type Settings = SettingsOf<typeof table>;
    expectTypeOf<Settings["size"]>().toEqualTypeOf<number>();
    expectTypeOf<Settings["kind"]>().toEqualTypeOf<"plain" | "fancy">();
    expectTypeOf<Settings["limit"]>().toEqualTypeOf<number | null>();
    expectTypeOf<Settings["parts"]>().toEqualTypeOf<{ readonly first: number; readonly second: number }>();
    expectTypeOf(recordSettings(resolve({}), table).rule).toEqualTypeOf<string>();
  });

  it("does not compile when an option is missing, too many, or has a default of another type", () => {
    // @ts-expect-error `kind` has no row.
    const missing = { size: [3, count()] } satisfies OptionTable<Pick<Options, "size" | "kind">>;
    // @ts-expect-error There is no `kind`.
    const extra = { size: [3, count()], kind: [1, count()] } satisfies OptionTable<Pick<Options, "size">>;
    // @ts-expect-error The default of `size` is a number.
    const other = { size: ["3", count()] } satisfies OptionTable<Pick<Options, "size">>;
    expect([missing, extra, other]).toHaveLength(3);
  });
});

describe("checks", () => {
  it("accept what they name", () => {
    expect(number()("x", -1.5, "f")).toBe(-1.5);
    expect(flag("x", false, "f")).toBe(false);
    expect(texts("x", [], "f")).toEqual([]);
    expect(optional(text)("x", null, "f")).toBeNull();
  });

  it.each([
    [number(), Number.POSITIVE_INFINITY, "`x` must be a finite number; got Infinity."],
    [flag, 1, "`x` must be true or false; got 1."],
    [text, null, "`x` must be a string; got null."],
    [texts, ["a", 1], "`x` must be a list of strings"],
    [oneOf("a", "b", "c"), "d", '`x` must be "a", "b" or "c"; got "d".'],
  ])("refuse all else", (check, value, message) => {
    expect(() => check("x", value, "f")).toThrow(message);
  });
});
