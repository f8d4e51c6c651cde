import { describe, expect, test } from "vitest";
import { framesOf, pathOf, readFrame } from "../../../src/nodes/source/frames.ts";

describe("a frame's place is read", () => {
  test.each([
    ["a file URL", "    at solve (file:///app/a.ts:3:9)", "/app/a.ts", 3, 9],
    ["a path without a function name", "    at /app/a.ts:3:9", "/app/a.ts", 3, 9],
    ["an async frame", "    at async Solver.solve (/app/a.ts:3:9)", "/app/a.ts", 3, 9],
    ["an async frame without a name", "    at async file:///app/a.ts:3:9", "/app/a.ts", 3, 9],
    ["a constructor", "    at new Solver (/app/a.ts:3:9)", "/app/a.ts", 3, 9],
    ["a method with an alias", "    at Object.run [as go] (/app/a.ts:3:9)", "/app/a.ts", 3, 9],
    ["a folder with brackets and spaces", "    at solve (/app (old)/b c/a.ts:3:9)", "/app (old)/b c/a.ts", 3, 9],
    ["the same without a name", "    at /app (old)/a.ts:3:9", "/app (old)/a.ts", 3, 9],
    ["an escaped file URL", "    at solve (file:///app%20two/%C3%A4.ts:3:9)", "/app two/ä.ts", 3, 9],
    ["a Windows path", "    at solve (C:\\app\\a.ts:3:9)", "C:/app/a.ts", 3, 9],
    ["a Windows file URL", "    at solve (file:///C:/app/a.ts:3:9)", "C:/app/a.ts", 3, 9],
    ["a Vite id with a query", "    at /@fs//app/a.ts?v=12ab:3:9", "/app/a.ts", 3, 9],
    ["a Vite id on Windows", "    at /@fs/C:/app/a.ts?t=1:3:9", "C:/app/a.ts", 3, 9],
  ])("from %s", (_, line, file, row, column) => {
    expect(readFrame(line)?.place).toEqual({ file, line: row, column });
  });

  test.each([
    ["Node's own modules", "    at Module._compile (node:internal/modules/cjs/loader:1356:14)"],
    ["built-in functions", "    at Array.map (<anonymous>)"],
    ["built-in constructors", "    at new Promise (<anonymous>)"],
  ])("but not from %s, which have no file", (_, line) => {
    expect(readFrame(line)).toMatchObject({ place: undefined, evaluated: false });
  });

  test.each([
    "    at eval (eval at run (/app/a.ts:1:2), <anonymous>:1:1)",
    "    at eval at run (/app/a.ts:1:2), <anonymous>:1:1",
  ])("eval'ed code is marked: %s", (line) => {
    expect(readFrame(line)).toMatchObject({ place: undefined, evaluated: true });
  });
});

test("the message of an error, also one of several lines, makes no frames", () => {
  const stack = "Error: first\nsecond (line:1:2)\n    at solve (/app/a.ts:3:9)";
  expect(framesOf(stack)).toEqual([
    { caller: "solve", place: { file: "/app/a.ts", line: 3, column: 9 }, evaluated: false },
  ]);
});

test.each([[undefined], [[{ getFileName: () => "/app/a.ts" }]], [42]])(
  "a stack that is no text has no frames: %j",
  (stack) => {
    expect(framesOf(stack)).toEqual([]);
  },
);

test("a path with a stray percent sign is kept", () => {
  expect(pathOf("file:///app/100%/a.ts")).toBe("/app/100%/a.ts");
});
