/** Values against types as they are written. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { TypeFile } from "../../../src/nodes/source/declarations.ts";
import { parseFile } from "../../../src/nodes/source/parse.ts";
import { isNode, type SyntaxNode } from "../../../src/nodes/source/syntax.ts";
import { mismatchOf } from "../../../src/nodes/source/type-fit.ts";

let files = 0;

/** Where `value` misses `type`, in a file with these declarations. */
function miss(type: string, value: unknown, declarations = ""): string | undefined {
  const text = `${declarations}\nfunction f(): ${type} {}`;
  const path = `/virtual/types-${files++}.ts`;
  const parsed = parseFile(path, text);
  if (parsed === undefined) throw new Error(`does not parse: ${text}`);
  const body = parsed.program.body as readonly SyntaxNode[];
  const node = body.at(-1)?.returnType;
  if (!isNode(node)) throw new Error("no type");
  const found = mismatchOf({ node, file: new TypeFile(path, parsed) }, value);
  return found && `${found.path}: ${found.type}`;
}

const label = `type Team = "billing" | "tech"; interface Base { readonly id?: number }
interface Label extends Base { team: Team; readonly priority: 1 | 2 | 3; tags: readonly string[]; note?: string }
interface Tree<T> { value: T; children: Tree<T>[] } type Pair<A, B> = [first: A, second?: B];`;

test.each<[type: string, value: unknown, missed: string | undefined]>([
  ["Label", { team: "billing", priority: 1, tags: [] }, undefined],
  ["Label", { team: "billing", priority: 1, tags: ["a"], more: true }, undefined],
  ["Label", { team: "Billing", priority: 1, tags: [] }, '.team: "billing" | "tech"'],
  ["Label", { team: "tech", priority: "1", tags: [] }, ".priority: 1 | 2 | 3"],
  ["Label", { team: "tech", priority: 1, tags: ["a", 2] }, ".tags[1]: string"],
  ["Label", { team: "tech", priority: 1 }, ".tags: string[]"],
  ["Label", { team: "tech", priority: 1, tags: [], id: "x" }, ".id: number"],
  ["Label", null, ": Label"],
  ["Label | null", null, undefined],
  ["Label | undefined", { team: "x", priority: 1, tags: [] }, '.team: "billing" | "tech"'],
  ["Tree<number>", { value: 1, children: [{ value: "2", children: [] }] }, ".children[0].value: number"],
  ["Pair<string, number>", ["a"], undefined],
  ["Pair<string, number>", ["a", "b"], "[1]: number"],
  ["Pair<string, number>", ["a", 1, 2], ": [first: A, second?: B]"],
  ["[string, ...number[]]", ["a", "b"], undefined],
  ["Record<string, number>", { a: 1, b: "2" }, ".b: number"],
  ['Record<"a" | "b", number>', { a: 1 }, ".b: number"],
  ["{ length: number }", "text", undefined],
  ["{ [key: string]: boolean }", { a: 1 }, ".a: boolean"],
  ["{ [key: number]: boolean; size: number }", { 0: true, size: 2 }, undefined],
  ["-1 | 0", -1, undefined],
  ["-1 | 0", 1, ": -1 | 0"],
  ["readonly string[]", "abc", ": string[]"],
  ["Date | Map<string, number> | Partial<Label> | Label['team']", 7, undefined],
  ["void", 7, undefined],
])("%s of %j", (type, value, missed) => {
  expect(miss(type, value, label)).toBe(missed);
});

test("a name that means two things in a file, or that comes from elsewhere, fits everything", () => {
  expect(miss("Local", 1, "type Local = string; function g() { type Local = number; }")).toBeUndefined();
  expect(miss("T", 1, "type T = string; function g<T>(x: T) {}")).toBeUndefined();
  expect(miss("Known", 1, 'import type { Known } from "somewhere";')).toBeUndefined();
  expect(miss("Missing", 1, 'import type { Missing } from "./missing.js";')).toBeUndefined();
});

/** Types with values that they accept. */
const accepted: fc.Arbitrary<{ type: string; value: unknown }> = fc.letrec<{
  typed: { type: string; value: unknown };
}>((tie) => ({
  typed: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("unknown", "string", "object").map((type) => ({ type, value: type === "object" ? {} : "a" })),
    fc.integer().map((value) => ({ type: "number", value })),
    fc.boolean().map((value) => ({ type: String(value), value })),
    fc.string({ unit: "grapheme-ascii" }).map((value) => ({ type: JSON.stringify(value), value })),
    fc.constantFrom(null, undefined).map((value) => ({ type: String(value), value })),
    fc.array(tie("typed"), { maxLength: 3 }).map((items) => ({
      type: `(${["never", ...items.map(({ type }) => type)].join(" | ")})[]`,
      value: items.map(({ value }) => value),
    })),
    fc.array(tie("typed"), { maxLength: 3 }).map((items) => ({
      type: `[${items.map(({ type }) => `(${type})`).join(", ")}]`,
      value: items.map(({ value }) => value),
    })),
    fc
      .dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.tuple(tie("typed"), fc.boolean()), { maxKeys: 4 })
      .map((members) => ({
        type: `{ ${Object.entries(members)
          .map(([key, [{ type }, optional]]) => `readonly ${key}${optional ? "?" : ""}: ${type}`)
          .join("; ")} }`,
        value: Object.fromEntries(Object.entries(members).map(([key, [{ value }]]) => [key, value])),
      })),
    fc.tuple(tie("typed"), tie("typed")).map(([one, other]) => ({
      type: `(${one.type}) | (${other.type})`,
      value: one.value,
    })),
  ),
})).typed;

test("no value that a type accepts is refused", () => {
  fc.assert(fc.property(accepted, ({ type, value }) => miss(type, value) === undefined));
});
