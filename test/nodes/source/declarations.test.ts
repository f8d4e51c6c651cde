/** The types that a signature names, in its own file and in others. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { declaredTypes, TypeFile } from "../../../src/nodes/source/declarations.ts";
import { parseFile, parseText } from "../../../src/nodes/source/parse.ts";
import type { SyntaxNode } from "../../../src/nodes/source/syntax.ts";

const folder = mkdtempSync(join(tmpdir(), "tracegrad-types-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The declarations of the last function of `main.ts`, by name and file. */
function typesOf(files: Readonly<Record<string, string>>): readonly (readonly [string, string, string])[] {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const path = join(folder, "main.ts");
  const parsed = parseFile(path);
  if (parsed === undefined) throw new Error("main.ts does not parse");
  const fn = (parsed.program.body as readonly SyntaxNode[]).at(-1) as SyntaxNode;
  return declaredTypes(new TypeFile(path, parsed), fn).map(({ name, text, from }) => [
    name,
    text,
    from.replace(`${folder}/`, ""),
  ]);
}

test("stand in the same file, with what they name in turn, each once, and with their JSDoc", () => {
  const main = `/** Where a ticket goes. */
export type Team = "billing" | "tech";
interface Label { team: Team; next?: Label }
interface Label { more: Other<string> }
type Other<T> = { of: T };
type Unused = number;
function parse(reply: string, seen: readonly Label[]): Promise<Label | null> { return null as never; }`;
  expect(typesOf({ "main.ts": main })).toEqual([
    ["Label", "interface Label { team: Team; next?: Label }\n\ninterface Label { more: Other<string> }", "main.ts"],
    ["Team", '/** Where a ticket goes. */\ntype Team = "billing" | "tech";', "main.ts"],
    ["Other", "type Other<T> = { of: T };", "main.ts"],
  ]);
});

test("come through relative imports, renamed and passed on, and a package is only named", () => {
  const files = {
    "main.ts": `import type { Renamed as Mine, Passed } from "./second.js";
import type Plain from "./third.ts";
import { type ZodType } from "zod";
import * as all from "./third.ts";
function f(a: Mine, b: Passed, c: Plain, d: ZodType, e: all.Deep): void {}`,
    "second.ts": `export * from "./fourth.js"; type Own = { third: import("./third.ts").default };
export type { Own as Renamed }; export { Deep as Passed } from "./third.ts";`,
    "third.ts": `import type { Fourth } from "./fourth.ts"; export default interface Plain { x: 1 }
export interface Deep extends Fourth { y: 2 }`,
    "fourth.ts": "export interface Fourth { z: 3 }",
  };
  expect(typesOf(files).map(([name, , from]) => [name, from])).toEqual([
    ["Own", "second.ts"],
    ["Deep", "third.ts"],
    ["Plain", "third.ts"],
    ["ZodType", "zod"],
    ["Fourth", "fourth.ts"],
  ]);
});

test("a missing file, a circle of files and too many types are no error", () => {
  const circle = { "main.ts": 'import type { A } from "./a.ts";\nfunction f(a: A, b: Lost): void {}' };
  expect(typesOf({ ...circle, "a.ts": 'export * from "./b.ts";', "b.ts": 'export * from "./a.ts";' })).toEqual([]);
  expect(typesOf({ "main.ts": 'import type { A } from "./none.ts";\nfunction f(a: A): void {}' })).toEqual([]);
  const many = Array.from({ length: 100 }, (_, at) => `type T${at} = { next: T${at + 1} };`).join("\n");
  expect(typesOf({ "main.ts": `${many}\nfunction f(a: T0): void {}` }).length).toBe(40);
});

test("are looked for once: each result of a function is compared with its type, and a file is slow to walk", () => {
  const other = join(folder, "other.ts");
  writeFileSync(other, "export interface Found { x: 1 }");
  const path = join(folder, "main.ts");
  const text = 'import type { Found, Missing } from "./other.ts"; function f(): Found {}';
  const file = new TypeFile(path, parseText(text, path));
  const found = file.find("Found");
  expect(found).toMatchObject({ nodes: [{ type: "TSInterfaceDeclaration" }] });
  expect(file.find("Missing")).toBeUndefined();
  writeFileSync(other, "export interface Found { y: 2 } export interface Missing {}");
  expect(file.find("Found")).toBe(found);
  expect(file.find("Missing")).toBeUndefined();
});
