import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { folderAbove, home, packageFile, packageVersion } from "../../src/util/home.ts";

const name = "nodes/source/call-site";

describe("the folder of the package", () => {
  test.for([
    ["/app/node_modules/tracegrad/src/nodes/source/call-site.ts", "/app/node_modules/tracegrad"],
    ["/app/node_modules/tracegrad/dist/nodes/source/call-site.js", "/app/node_modules/tracegrad"],
    ["/app/node_modules/tracegrad/dist/shared/tracegrad-QPRCIZ25.js", "/app/node_modules/tracegrad"],
    ["C:\\app\\node_modules\\tracegrad\\dist\\shared\\tracegrad-QPRCIZ25.js", "C:/app/node_modules/tracegrad"],
    ["/src/app/dist/src/nodes/source/call-site.ts", "/src/app/dist"],
  ] as const)("is read from %s", ([path, folder]) => {
    expect(folderAbove(path, name)).toBe(folder);
  });

  test.for([
    "/app/dist/index.js",
    "/app/src/nodes/source/call-site-2.ts",
    "/app/src/source/call-site.ts",
    "/app/dist/shared/tracegrad-B1xYz_4-.js",
    "/app/dist/assets/tracegrad-QPRCIZ25.js",
    "/app/dist/vendor/shared/tracegrad-QPRCIZ25.js",
  ])("is not read from %s, which is a user's", (path) => {
    expect(folderAbove(path, name)).toBeUndefined();
  });

  test("is this one, whose package.json says the version", () => {
    const root = resolve(import.meta.dirname, "../..");
    const { version } = JSON.parse(readFileSync(resolve(root, "package.json"), "utf8")) as { version: string };
    expect([home(), packageVersion()]).toEqual([root.replaceAll("\\", "/"), version]);
  });
});

describe("a file of the package", () => {
  test("is in the sources where the code runs from them", () => {
    expect(packageFile("sandbox/worker.ts")).toBe(resolve(import.meta.dirname, "../../src/sandbox/worker.ts"));
  });

  test("that is missing is named, with the fix", () => {
    expect(() => packageFile("sandbox/none.wasm")).toThrow(/none\.wasm is missing\. Mark "tracegrad" as external/);
  });
});
