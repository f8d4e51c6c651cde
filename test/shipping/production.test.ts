/** A run, its export, and the export live again in another program. */

import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, evaluate, type Parameter, parameter, train, withParameters } from "tracegrad";
import { learn as learnTexts, traceFetch } from "tracegrad/agents";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { exportModule, exportRun, type LearnedProgram, load, readLearned, writeExport } from "tracegrad/production";
import { readRun } from "tracegrad/report";
import { scripted } from "tracegrad/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

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
async function learn(reasoning = "Because sk-ant-api03-abcdefghijklmnop."): Promise<string> {
  const { agent, parameters } = program();
  const answers = [
    { prompt: "Say\nit" },
    { clean: "function clean(text: string): string {\n  // A `${'}`.\n  return text.trim();\n}" },
  ];
  const llm = scripted(() => ({
    toolInput: { reasoning, suggestion: answers.shift() ?? {} },
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
  await writeExport(exportRun(await readRun(run)).files, out);
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
    expect(await readFile(file("values/prompt.txt"), "utf8")).toBe("Say\nit");
    expect(await readFile(file("values/clean.ts"), "utf8")).toContain("text.trim()");
    expect(JSON.parse(await readFile(file("values/words.json"), "utf8"))).toEqual(["a"]);
  });

  it("has a patch that says the step of each line, without secrets, and that tools apply both ways", async () => {
    const file = await exported(await learn());
    const patch = await readFile(file("learned.patch"), "utf8");
    expect(patch).toContain("+Say\n+it\n\\ No newline");
    expect(patch).toMatch(/^@@ .* @@ lines 1 to 2: step 1$/m);
    expect(patch).toMatch(/^@@ .* @@ lines? .*: step 2$/m);
    expect(patch).toContain("# Step 1 changed prompt.");
    for (const text of [patch, await readFile(file("learned.json"), "utf8")]) expect(text).not.toContain("api03");
    const learned = await readFile(file("values/clean.ts"), "utf8");
    const apply = (...flags: readonly string[]) =>
      execFileSync("git", ["apply", ...flags, "learned.patch"], { cwd: join(folder, "learned") });
    apply("-R");
    expect(await readFile(file("values/prompt.txt"), "utf8")).toBe("Answer.");
    apply();
    expect(await readFile(file("values/clean.ts"), "utf8")).toBe(learned);
  });

  it("leaves no part of a secret that is cut off", async () => {
    const file = await exported(
      await learn(`${"x".repeat(990)} sk-ant-api03-${"abcdefgh".repeat(10)} ${"y".repeat(2_000)}`),
    );
    expect(await readFile(file("learned.patch"), "utf8")).not.toMatch(/api03|abcdefgh/);
  });

  it("replaces an earlier export, and leaves other files alone", async () => {
    const run = await learn();
    const file = await exported(run);
    await writeFile(file("values/removed.txt"), "old");
    await writeFile(file("values/README"), "mine");
    await exported(run);
    await expect(readFile(file("values/removed.txt"))).rejects.toThrow("ENOENT");
    expect(await readFile(file("values/README"), "utf8")).toBe("mine");
  });

  it("of a run that has not ended says so, unless a step is asked for", async () => {
    const { agent, parameters } = program();
    const clean = "function clean(text: string): string {\n  return text.trim();\n}";
    const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { prompt: "Say", clean } } }));
    const run = join(folder, "waiting");
    let files: (() => unknown) | undefined;
    await train({
      ...{ agent, guide, folder: run, budget: { steps: 1 } },
      data: split(rows, { train: 4, validation: 4 }),
      optimizer: optoPrime(parameters, { llm }),
      acceptance: "best",
      approve: async () => {
        const saved = await readRun(run);
        files = () => exportRun(saved).files;
        expect(exportRun(saved, 1).files.get("learned.patch")).toContain("has decided nothing");
        return true;
      },
    }).result;
    expect(exportRun(await readRun(run), 0).files.get("learned.patch")).toContain("not this one");
    expect(files).toThrow(expect.objectContaining({ code: "not-decided" }));
  });

  it("leaves out what the run has stored redacted, and refuses a learned value of that kind", async () => {
    const url = parameter("https://me:hunter22x@db.example.com/x", { name: "url" });
    const words = parameter("a", { name: "words" });
    const agent = (question: string) => bundleOf(url, words, question);
    const bundleOf = bundle((place: string, word: string, question: string) => `${place} ${word} ${question}`, {
      name: "say",
    });
    const learning = (suggestion: object, to: string) =>
      train({
        ...{ agent, folder: join(folder, to), budget: { steps: 1 }, redact: true, acceptance: "best" },
        guide: (_: unknown, output: string) => ({ score: output.length, text: "Longer." }),
        data: split(rows, { train: 4, validation: 4 }),
        optimizer: optoPrime([url, words], { llm: scripted(() => ({ toolInput: { reasoning: "", suggestion } })) }),
      }).result;
    await learning({ words: "longer" }, "kept-out");
    const files = exportRun(await readRun(join(folder, "kept-out"))).files;
    expect(JSON.parse(files.get("learned.json") as string)).toMatchObject({
      values: { words: "longer" },
      redacted: ["url"],
    });
    expect([...files.keys()]).not.toContain("values/url.txt");
    await learning({ url: "https://me:hunter22xyz@db.example.com/long" }, "refused");
    const refused = await readRun(join(folder, "refused"));
    expect(() => exportRun(refused).files).toThrow(expect.objectContaining({ code: "redacted-value" }));
  });

  it("of the baseline changes nothing", async () => {
    const files = exportRun(await readRun(await learn()), 0).files;
    expect(files.get("learned.patch")).not.toContain("@@");
    expect(files.get("values/prompt.txt")).toBe("Answer.");
  });
});

describe("load", () => {
  it("makes learned values live, and scores as the run did", async () => {
    const file = await exported(await learn());
    const { agent, parameters } = program();
    await load(parameters, file("learned.json"));
    expect((await evaluate({ agent, data: rows, guide })).mean).toBe(1);
  });

  it("makes the texts of a learning program live, which go out from then on", async () => {
    const sent: string[] = [];
    const send = traceFetch(async (_, init) => {
      sent.push(String(init?.body));
      return Response.json({
        ...{ id: "msg_1", type: "message", role: "assistant", model: "m", stop_reason: "end_turn" },
        ...{ content: [{ type: "text", text: "Lima" }], usage: { input_tokens: 1, output_tokens: 1 } },
      });
    });
    const answer = async (question: string): Promise<number> => {
      const body = JSON.stringify({
        ...{ model: "m", max_tokens: 9, system: "Answer in one word." },
        messages: [{ role: "user", content: question }],
      });
      return (await send("http://localhost/v1/messages", { method: "POST", body })).status;
    };
    const agent = learnTexts(answer, { system: "Answer in one word." });
    await agent("Peru?");
    await load(agent, { format: "tracegrad-learned", version: 1, values: { system: "Name the capital only." } });
    await agent("Peru?");
    expect(sent.map((body) => (JSON.parse(body) as { system: string }).system)).toEqual([
      "Answer in one word.",
      "Name the capital only.",
    ]);
    expect(exportModule(agent)).toContain('export const system = "Name the capital only.";');
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

  it("leaves alone what it does not hold, also at the same time", async () => {
    const [a, b] = ["a", "b"].map((name) => parameter(name, { name })) as [Parameter<string>, Parameter<string>];
    const learned = (values: object) => ({ format: "tracegrad-learned", version: 1, values });
    await Promise.all([load([a, b], learned({ a: "A" })), load([a, b], learned({ b: "B" }))]);
    expect([a.data, b.data]).toEqual(["A", "B"]);
  });

  it("makes of a value what its schema makes of it", async () => {
    const schema = z.string().transform(async (text) => text.trim());
    const word = parameter("a", { name: "word", schema });
    await load(word, { format: "tracegrad-learned", version: 1, values: { word: "  B " } });
    expect(word.data).toBe("B");
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

  it("writes any data, and names that hide no global", async () => {
    const config = parameter(JSON.parse('{"__proto__": {"a": 1}, "b": 2}') as object, { name: "config" });
    const long = ["x", "y"].map((value) => parameter(value, { name: "n".repeat(64) }));
    const math = parameter("m", { name: "Math" });
    await writeFile(join(folder, "data.ts"), exportModule([config, ...long, math]));
    const module = (await import(join(folder, "data.ts"))) as Record<string, unknown>;
    expect(Object.keys(module["config"] as object)).toEqual(["__proto__", "b"]);
    expect(Object.values(module).filter((value) => value === "x" || value === "y" || value === "m")).toHaveLength(3);
    expect(module).not.toHaveProperty("Math");
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
