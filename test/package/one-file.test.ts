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

/** What a deployed program does, with the code that only its call needs, and then what is loaded from the package. */
const deployed = `
import { bundle, FeedbackError, NoParameterError, parameter, trace, WorkflowGraph } from "tracegrad";
const prompt = parameter("Be brief.", { name: "prompt" });
const ask = bundle(async (rules, { text }, limit = 3) => rules + " " + text.slice(0, limit), { name: "ask" });
const fail = bundle((text) => { throw new Error("bad " + text); }, { name: "fail" });
const graph = await trace(() => ask(prompt, { text: "hello" }));
const results = {
  value: graph.value,
  inputs: Object.keys(graph.output.inputs),
  failed: trace(() => fail("word")).error.message,
};
const attempt = async (name, fn) => {
  try { results[name] = await fn(); } catch (error) { results[name] = error.code ?? String(error); }
};
await attempt("show", () => graph.show());
await attempt("toDot", () => graph.toDot().split("\\n")[0]);
await attempt("toSvg", () => graph.toSvg().then((svg) => svg.includes("</svg>")));
await attempt("toGraphology", () => graph.toGraphology().then(({ order }) => order));
await attempt("toJSON", () => JSON.parse(JSON.stringify(graph)).nodes.length);
await attempt("fromJSON", () => {
  const again = WorkflowGraph.fromJSON(graph.toJSON(), { parameters: [prompt] });
  return again.value === graph.value && again.parameters[0] === prompt && again instanceof WorkflowGraph;
});
await attempt("backward", () => graph.backward("Good.").signals.get(prompt).value);
await attempt("feedback", () => {
  try { graph.backward(NaN); } catch (error) { if (error instanceof FeedbackError) return "refused"; throw error; }
});
await attempt("noParameter", () => {
  const other = trace(() => ask("a", { text: "b" }));
  return other.then((one) => {
    try { one.backward("x"); } catch (error) { if (error instanceof NoParameterError) return "refused"; throw error; }
  });
});
console.log(JSON.stringify(results));
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
  for (const [name, contents] of Object.entries({ program, failing, deployed })) {
    const stdin = { contents, resolveDir: folder };
    const outfile = join(folder, `${name}.mjs`);
    await build({ stdin, outfile, bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "error" });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the deployed program gives wherever it runs. */
const called = {
  value: "Be brief. hel",
  inputs: ["rules", "arg1", "limit"],
  failed: '"fail" failed: Error: bad word',
};
/** What it needs the package for. */
const needPackage = [
  "show",
  "toDot",
  "toSvg",
  "toGraphology",
  "toJSON",
  "fromJSON",
  "backward",
  "feedback",
  "noParameter",
];

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

  test("shows, reads back and judges its graphs by the parts of the installed package", async () => {
    expect(await run("deployed")).toEqual({
      ...called,
      show: expect.stringContaining("ask(rules=prompt, arg1="),
      toDot: "digraph tracegrad {",
      toSvg: true,
      toGraphology: 4,
      toJSON: 4,
      fromJSON: true,
      backward: "Be brief.",
      feedback: "refused",
      noParameter: "refused",
    });
  });

  test.each(["nodes/source/read-source", "nodes/code", "graph/views", "graph/backward"])(
    "has no second copy in %s of what is told apart by being the same",
    (part) => {
      const text = readFileSync(join(installed(), `dist/${part}.cjs`), "utf8");
      expect(text).toContain('require("shared:');
      expect(text).not.toMatch(/\bSymbol\(|extends [\w.]*Error\b|new [\w.]*AsyncLocalStorage\b/);
    },
  );

  test.each(["nodes/source/read-source", "nodes/code", "sandbox/quickjs"])(
    "says that %s is not deployed",
    async (part) => {
      const file = join(installed(), `dist/${part}.cjs`);
      // Strict as all modules are.
      expect(readFileSync(file, "utf8")).toMatch(/^(?:\/\/.*\n)*"use strict";/);
      renameSync(file, `${file}.away`);
      expect(await run()).toMatchObject({
        code: "no-package",
        message: expect.stringContaining(`${part}.cjs is missing`),
      });
      renameSync(`${file}.away`, file);
    },
  );

  test("says which file of the package is not deployed, and does not blame the program", async () => {
    rmSync(join(installed(), "dist/sandbox/worker.js"));
    expect(await run()).toMatchObject({ message: expect.stringMatching(/worker\.js is missing\. Mark "tracegrad"/) });
  });

  test("calls its functions without the package, and says what it needs for the rest", async () => {
    const away = `${installed()}.away`;
    renameSync(installed(), away);
    expect(await run("deployed")).toEqual({
      ...called,
      ...Object.fromEntries(needPackage.map((name) => [name, "no-package"])),
    });
    renameSync(away, installed());
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
