/** A program and the package in one file, where the installed package is not what was bundled. */
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

const program = `
import { bundle, trace } from "tracegrad";
const show = (shout) => trace(() => shout("hello")).then(
  ({ value, error }) => console.log(JSON.stringify({ value, data: error?.message })),
  ({ code, message }) => console.log(JSON.stringify({ code, message })),
);
try {
  await show(bundle(async (text) => text.toUpperCase(), { name: "shout", trainable: true }));
} catch ({ code, message }) {
  console.log(JSON.stringify({ code, message, atDefinition: true }));
}
`;

/** Errors that come from what is loaded from the installed package, or pass through it. */
const failing = `
import { bundle, ExternalCallError, SourceError, TracegradError, trace } from "tracegrad";
const thrown = {};
const keep = (name, fn) => {
  try { fn(); } catch (error) { thrown[name] = error; }
};
keep("refused", () => bundle((n) => n + unknownName, { name: "add", trainable: true }));
const down = () => { throw new ExternalCallError("outage", "down"); };
const ask = bundle((question) => down(question), { name: "ask", trainable: true, scope: { down } });
keep("outage", () => trace(() => ask("hello")));
console.log(JSON.stringify({
  code: thrown.refused.code,
  isOwn: thrown.refused instanceof TracegradError && thrown.refused.cause instanceof SourceError,
  outage: thrown.outage instanceof ExternalCallError && thrown.outage.message,
}));
`;

let folder = "";
const installed = () => join(folder, "node_modules/tracegrad");

// A user's project: the bundle, and the package beside it as a copy that the tests change.
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "tracegrad-one-file-")));
  const home = inject("builtPackage");
  cpSync(join(home, "dist"), join(installed(), "dist"), { recursive: true });
  cpSync(join(home, "package.json"), join(installed(), "package.json"));
  const packages = join(home, "node_modules");
  for (const name of readdirSync(packages))
    if (!name.startsWith(".")) symlinkSync(join(packages, name), join(folder, "node_modules", name));
  for (const [name, contents] of Object.entries({ program, failing })) {
    const stdin = { contents, resolveDir: folder };
    const outfile = join(folder, `${name}.mjs`);
    await build({ stdin, outfile, bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "error" });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(name = "program"): Promise<unknown> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", `${name}.mjs`], {
    cwd: folder,
    env,
  });
  return JSON.parse(stdout);
}

describe("a program in one file with the package", () => {
  test("runs trainable code by the files of the installed package", async () => {
    expect(await run()).toEqual({ value: "HELLO" });
  });

  test("knows errors of trainable code by its own classes", async () => {
    expect(await run("failing")).toEqual({ code: "bad-trainable", isOwn: true, outage: "down" });
  });

  test.each(["nodes/source/read-source", "sandbox/quickjs"])("says that %s is not deployed", async (part) => {
    const file = join(installed(), `dist/${part}.cjs`);
    // Strict as all modules are.
    expect(readFileSync(file, "utf8")).toMatch(/^(?:\/\/.*\n)*"use strict";/);
    renameSync(file, `${file}.away`);
    expect(await run()).toMatchObject({
      code: "no-package",
      message: expect.stringContaining(`${part}.cjs is missing`),
    });
    renameSync(`${file}.away`, file);
  });

  test("says which file of the package is not deployed, and does not blame the program", async () => {
    rmSync(join(installed(), "dist/sandbox/worker.js"));
    expect(await run()).toMatchObject({ message: expect.stringMatching(/worker\.js is missing\. Mark "tracegrad"/) });
  });

  test("takes no other version than that which was bundled", async () => {
    writeFileSync(join(installed(), "package.json"), '{ "name": "tracegrad", "version": "0.0.1" }');
    expect(await run()).toEqual({
      code: "no-package",
      message: expect.stringMatching(/is part of a bundle.*node_modules\/tracegrad holds version 0\.0\.1\. Mark "trac/),
      atDefinition: true,
    });
  });
});
