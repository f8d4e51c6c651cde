/** A run, its export, and the export live again in another program. */

import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, evaluate, parameter, train, withParameters } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { exportedFiles, exportModule, type LearnedProgram, load, readLearned, writeExport } from "tracegrad/production";
import { readRun } from "tracegrad/report";
import { scripted } from "tracegrad/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracegrad-production-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A program as it stands in the source: a prompt, a function that may be rewritten, and a list. */
function program() {
  const prompt = parameter("Answer.", { name: "prompt", doc: "What to say." });
  const words = parameter(["a"], { name: "words" });
  const clean = bundle((text: string): string => text, { name: "clean", trainable: true });
  const ask = bundle(
    (start: string, list: readonly string[], question: string) => `${start} ${list[0]} ${question}! `,
    {
      name: "ask",
    },
  );
  return { agent: async (question: string) => clean(ask(prompt, words, question)), parameters: [prompt, words, clean] };
}

const rows = [..."abcdefgh"].map((input) => ({ input, target: "" }));
const guide = code((_question, output: string) => output.startsWith("Say") && !output.endsWith(" "));

/** A run that changes the prompt in its first step, and the function in its second. */
async function learn(): Promise<string> {
  const { agent, parameters } = program();
  const answers = [
    { prompt: "Say\nit" },
    { clean: "function clean(text: string): string {\n  // A `${'}`.\n  return text.trim();\n}" },
  ];
  const llm = scripted(() => ({
    toolInput: { reasoning: "Because sk-ant-api03-abcdefghijklmnop.", suggestion: answers.shift() ?? {} },
  }));
  const run = join(folder, "run");
  const half = code((_question, output: string) => {
    const score = (output.startsWith("Say") ? 0.5 : 0) + (output.endsWith(" ") ? 0 : 0.5);
    return { score, text: "Begin with Say, end with no space." };
  });
  await train({
    ...{ agent, guide: half, folder: run, budget: { steps: 2 }, maxScore: 1 },
    data: split(rows, { train: 4, validation: 4 }),
    optimizer: optoPrime(parameters, { llm }),
  }).result;
  return run;
}

const exported = async (run: string) => {
  const out = join(folder, "learned");
  await writeExport(exportedFiles(await readRun(run)), out);
  return (file: string) => join(out, file);
};

describe("an export", () => {
  it("holds the values with the steps, the examples and the feedback behind them", async () => {
    const file = await exported(await learn());
    const learned = JSON.parse(await readFile(file("learned.json"), "utf8")) as LearnedProgram;
    expect(learned).toMatchObject({
      ...{ format: "tracegrad-learned", version: 1, step: 2, code: ["clean"] },
      values: { prompt: "Say\nit", words: ["a"] },
      steps: [
        { step: 1, changed: ["prompt"] },
        { step: 2, changed: ["clean"] },
      ],
    });
    expect(learned.verdict.length).toBeGreaterThan(0);
    for (const { examples, feedback } of learned.steps) {
      expect(examples.length).toBeGreaterThan(0);
      expect(feedback).toContain("Begin with Say");
    }
    expect(await readFile(file("values/prompt.txt"), "utf8")).toBe("Say\nit\n");
    expect(await readFile(file("values/clean.ts"), "utf8")).toContain("text.trim()");
    expect(JSON.parse(await readFile(file("values/words.json"), "utf8"))).toEqual(["a"]);
  });

  it("has a patch that says the step of each line, without secrets, and that tools apply both ways", async () => {
    const file = await exported(await learn());
    const patch = await readFile(file("learned.patch"), "utf8");
    expect(patch).toContain("+Say\n+it\n");
    expect(patch).toMatch(/^@@ .* @@ lines 1 to 2: step 1$/m);
    expect(patch).toMatch(/^@@ .* @@ lines? .*: step 2$/m);
    expect(patch).toContain("# Step 1 changed prompt.");
    expect(patch).not.toContain("api03");
    const learned = await readFile(file("values/clean.ts"), "utf8");
    const apply = (...flags: readonly string[]) =>
      execFileSync("git", ["apply", ...flags, "learned.patch"], { cwd: join(folder, "learned") });
    apply("-R");
    expect(await readFile(file("values/prompt.txt"), "utf8")).toBe("Answer.\n");
    apply();
    expect(await readFile(file("values/clean.ts"), "utf8")).toBe(learned);
  });

  it("of the baseline changes nothing", async () => {
    const files = exportedFiles(await readRun(await learn()), 0);
    expect(files.get("learned.patch")).not.toContain("@@");
    expect(files.get("values/prompt.txt")).toBe("Answer.\n");
  });
});

describe("load", () => {
  it("makes learned values live, and scores as the run did", async () => {
    const file = await exported(await learn());
    const { agent, parameters } = program();
    await load(parameters, file("learned.json"));
    expect((await evaluate({ agent, data: rows, guide })).mean).toBe(1);
  });

  it("takes a URL, and the content that a bundler imports", async () => {
    const file = await exported(await learn());
    const learned = JSON.parse(await readFile(file("learned.json"), "utf8")) as LearnedProgram;
    for (const source of [pathToFileURL(file("learned.json")), learned]) {
      const { agent, parameters } = program();
      const state = await readLearned(parameters, source);
      expect((await agent("x")).data).not.toBe("Say\nit a x!");
      expect((await withParameters(state, () => agent("x"))).data).toBe("Say\nit a x!");
    }
  });

  it("names each value that does not fit and says why, and changes nothing", async () => {
    const learned = {
      format: "tracegrad-learned",
      version: 1,
      values: { promt: "x", words: 3, clean: "function no(" },
    };
    const { agent, parameters } = program();
    const failure = load(parameters, learned);
    await expect(failure).rejects.toMatchObject({ code: "bad-state" });
    await expect(failure).rejects.toThrow(/"promt": the program has no such parameter. "prompt" may be it/);
    await expect(failure).rejects.toThrow(/"words": expected an array, got a number/);
    await expect(failure).rejects.toThrow(/"clean": /);
    expect((await agent("x")).data).toBe("Answer. a x! ");
  });

  it.each([
    ["a file that is not there", "gone.json", /gone\.json cannot be read/],
    ["another file", { format: "tracegrad-run", version: 1 }, /no learned program/],
    ["a newer version", { format: "tracegrad-learned", version: 2, values: {} }, /version 2/],
    ["no values", { format: "tracegrad-learned", version: 1 }, /no values/],
  ])("refuses %s", async (_, source, message) => {
    const failure = load(program().parameters, source);
    await expect(failure).rejects.toMatchObject({ code: "bad-state" });
    await expect(failure).rejects.toThrow(message);
  });

  it("refuses a target without parameters", async () => {
    await expect(load({}, { format: "tracegrad-learned" })).rejects.toMatchObject({ code: "bad-state" });
    const nothing = load({}, { format: "tracegrad-learned", version: 1, values: {} });
    await expect(nothing).rejects.toMatchObject({ code: "no-parameter" });
  });
});

describe("exportModule", () => {
  it("gives a module without imports whose functions score the same", async () => {
    const file = await exported(await learn());
    const { parameters } = program();
    await load(parameters, file("learned.json"));
    const text = exportModule(parameters);
    expect(text).not.toMatch(/^import /m);
    await writeFile(join(folder, "module.ts"), text);
    const { clean, prompt, words } = (await import(join(folder, "module.ts"))) as {
      clean: (text: string) => string;
      prompt: string;
      words: readonly string[];
    };
    const agent = (question: string) => clean(`${prompt} ${words[0]} ${question}! `);
    expect((await evaluate({ agent, data: rows, guide })).mean).toBe(1);
  });

  it("gives a function of its scope for code that has one", async () => {
    const lookUp = (word: string): string => `<${word}>`;
    const mark = bundle((word: string): string => lookUp(word), { name: "mark", trainable: true, scope: { lookUp } });
    await writeFile(join(folder, "scoped.ts"), exportModule(mark));
    const module = (await import(join(folder, "scoped.ts"))) as {
      mark: (scope: { lookUp: typeof lookUp }) => (word: string) => string;
    };
    expect(module.mark({ lookUp })("a")).toBe("<a>");
  });
});
