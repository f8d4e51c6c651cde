/** The page on the sandbox names what differs between the two engines, and between the sandbox and Node. */
import { readFileSync } from "node:fs";
import vm from "node:vm";
import { beforeAll, expect, test } from "vitest";
import { evenSource } from "../../../src/sandbox/guest-names.ts";
import { nodeProcess } from "../../../src/sandbox/process/node-process.ts";
import { quickjs } from "../../../src/sandbox/quickjs.ts";
import type { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { confine } from "../process/confinement.ts";
import { expressions } from "./expressions.ts";
import { callProbe, expressionProbe, walkProbe } from "./probe.ts";

/** What the sandbox adds by itself, and what makes code: these are tested on their own. */
const skipped = "globalThis console structuredClone TextEncoder TextDecoder eval Function".split(" ");
/** Refused by the check; V8 has them, and does not let them be taken away. */
const refused = ["console", "Error.stackTraceLimit", "Symbol.dispose", "Symbol.asyncDispose"];
/** What QuickJS and Node 20 do not agree on, and what it does not agree on with later versions. */
const byVersion = [
  "new RegExp with modifiers or repeated names of groups",
  "a third argument for the function that JSON.parse calls",
];

type Results = ReadonlyMap<string, string>;

/** All probes; keys begin with the name that the page uses, which for expressions is that of their group. */
function probeAll(ask: (probe: string, argument: unknown) => [string, string][]): Results {
  const groups = Object.entries(expressions);
  const groupOf = new Map(groups.flatMap(([name, list]) => list.map((text) => [text, name] as const)));
  const evaluated = ask(expressionProbe, [...groupOf.keys()]);
  return new Map([
    ...ask(walkProbe, skipped),
    ...ask(callProbe, skipped),
    ...evaluated.map(([text, result]) => [`${groupOf.get(text)} #${text}`, result] as const),
  ]);
}

function inSandbox(sandbox: Sandbox): Results {
  const session = sandbox.open();
  try {
    return probeAll((source, argument) => {
      const params = [/\((\w+)\)/.exec(source)?.[1] as string];
      const spec = { entry: "f", params, async: false, scope: [] };
      return session.call({ source, spec, scope: {}, timeoutMs: 600_000 }, [argument]) as [string, string][];
    });
  } finally {
    session.close();
  }
}

function inNode(): Results {
  const context = vm.createContext();
  vm.runInContext(evenSource(), context);
  Object.assign(context, { structuredClone, TextEncoder, TextDecoder });
  return probeAll((source, argument) => {
    const text = vm.runInContext(`JSON.stringify((${source})(${JSON.stringify(argument)}))`, context) as string;
    return JSON.parse(text) as [string, string][];
  });
}

/** The names of what differs. */
function differing(a: Results, b: Results): string[] {
  const keys = [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key));
  const names = keys.map((key) => key.replace(/ #[^]*/, ""));
  return [...new Set(names)].filter((name) => !refused.includes(name)).sort();
}

/** The names in the first column of the table below a heading. */
function documented(heading: string): string[] {
  const page = readFileSync("docs/sandbox.md", "utf8");
  const section = page.split(`\n### ${heading}\n`)[1]?.split("\n#")[0] as string;
  const rows = section.split("\n").filter((line) => /^\| (?!what )/.test(line));
  const names = rows.flatMap((row) => (row.split("|")[1] as string).split(";"));
  return names.map((name) => name.trim().replaceAll("`", "")).sort();
}

const results: Record<string, Results> = {};
beforeAll(async () => {
  const levels = { quickjs: quickjs({ memoryBytes: 2 ** 28 }), process: nodeProcess({ confine }) };
  await Promise.all(Object.values(levels).map((level) => level.load()));
  for (const [name, level] of Object.entries(levels)) results[name] = inSandbox(level);
  results["node"] = inNode();
});

test("tens of thousands of calls give the same in all three", () => {
  const { quickjs: first, process: second, node } = results as Record<string, Results>;
  const same = [...(first as Results)].filter(([key, text]) => second?.get(key) === text && node?.get(key) === text);
  expect(same.length).toBeGreaterThan(50_000);
});

test("the page names what differs between QuickJS and V8, and nothing else", () => {
  const found = differing(results["quickjs"] as Results, results["process"] as Results);
  expect([...new Set([...found, ...byVersion])].sort()).toEqual(documented("Between the levels"));
});

test("the page names what differs between the sandbox and Node, and nothing else", () => {
  const found = differing(results["process"] as Results, results["node"] as Results);
  expect(found).toEqual(documented("Between the sandbox and Node"));
});
