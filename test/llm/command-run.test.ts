/** Programs on the command line as the models of a run: of its agent, and of its optimizer. */

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { evaluate, trace, train } from "tracegrad";
import { exactMatch } from "tracegrad/guides";
import { type CommandAnswer, type CommandOptions, command, type LanguageModel, type Usage } from "tracegrad/llm";
import { scripted } from "tracegrad/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "./folder.ts";
import { optionsOf } from "./yes-run.ts";

/** Answers as JSON with its usage: the agent's question by its prompt, the optimizer's with a new prompt. */
const program = `
const { readFileSync, appendFileSync } = require("fs");
const prompt = readFileSync(0, "utf8");
appendFileSync(process.argv[2], "x");
const suggestion = JSON.stringify({ reasoning: "", suggestion: { prompt: "Say yes." } });
const result = prompt.includes("Reply format") ? suggestion : prompt.includes("Say yes.") ? "yes" : "no";
console.log(JSON.stringify({ result, usage: { input_tokens: 100, output_tokens: 10 } }));
`;

function readJson(stdout: string): CommandAnswer {
  const { result, usage } = JSON.parse(stdout) as {
    readonly result: string;
    readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
  };
  return { text: result, usage: { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens } };
}

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, "tool.cjs"), program);
  appendFileSync(join(folder, "starts"), "");
});

const starts = (): number => readFileSync(join(folder, "starts"), "utf8").length;

function tool(options: CommandOptions = { read: readJson }): LanguageModel {
  const args = [join(folder, "tool.cjs"), join(folder, "starts")];
  return command(process.execPath, args, { name: "tool", maxRetries: 0, ...options });
}

describe("a program as the model of an agent and of OptoPrime", () => {
  it("learns by hand", async () => {
    const llm = tool();
    const { agent, optimizer } = optionsOf(llm);
    const graph = await trace(() => agent("q"));
    expect(graph.output.data).toBe("no");
    graph.backward("It should be yes.");
    await optimizer.step();
    expect((await trace(() => agent("q"))).output.data).toBe("yes");
  });

  it("is trained, counted and priced", async () => {
    const result = await train({
      ...optionsOf(tool()),
      prices: { tool: { input: 10, output: 100 } },
      budget: { steps: 1, usd: 5 },
    }).result;
    expect(result.best.values["prompt"]).toBe("Say yes.");
    const { spent } = result;
    expect(spent.llmCalls).toBe(starts());
    expect(spent).toMatchObject({ inputTokens: 100 * starts(), outputTokens: 10 * starts() });
    expect(spent.usd).toBeCloseTo((starts() * (100 * 10 + 10 * 100)) / 1e6);
    expect(spent.byRole.optimizer.llmCalls).toBe(1);
  });

  it("counts the dollars that it prints, unless prices name it", async () => {
    const read = (stdout: string): CommandAnswer => {
      const { text, usage } = readJson(stdout);
      return { text, usage: { ...(usage as Usage), usd: 0.1 } };
    };
    const printed = await train({ ...optionsOf(tool({ read })), budget: { steps: 1 } }).result;
    expect(printed.spent.usd).toBe(printed.spent.llmCalls / 10);
    expect(printed.spent.inputTokens).toBe(100 * printed.spent.llmCalls);
    // A subscription is paid already, whatever the tool prints.
    const prices = { tool: { input: 0, output: 0 } };
    expect((await train({ ...optionsOf(tool({ read })), prices, budget: { steps: 1 } }).result).spent.usd).toBe(0);
    const replayed = scripted(() => ({ text: "no", usage: { inputTokens: 1, outputTokens: 1, usd: 5 } }));
    const agent = async (content: string) => (await replayed.generate({ messages: [{ role: "user", content }] })).text;
    expect((await evaluate({ agent, guide: exactMatch(), data: [{ input: "q", target: "no" }] })).spent.usd).toBe(0);
    const half = tool({ read: (stdout) => (starts() % 2 === 0 ? read(stdout) : readJson(stdout)) });
    expect((await train({ ...optionsOf(half), budget: { steps: 1 } }).result).spent.usd).toBe(undefined);
  });

  it("is held to a budget of calls", async () => {
    const result = await train({ ...optionsOf(tool()), budget: { steps: 9, llmCalls: 3 } }).result;
    expect([result.reason, result.spent.llmCalls, starts()]).toEqual(["budget", 3, 3]);
  });

  it("is refused under a budget of tokens when it does not say what it used", async () => {
    const silent = tool({ read: (stdout) => ({ text: readJson(stdout).text }) });
    const run = train({ ...optionsOf(silent), budget: { steps: 1, tokens: 1e9 } });
    await expect(run.result).rejects.toMatchObject({ code: "uncounted" });
    // A price of 0 says that it costs no money, whatever it uses.
    const free = { prices: { tool: { input: 0, output: 0 } }, budget: { steps: 1, usd: 0 } };
    expect((await train({ ...optionsOf(silent), ...free }).result).spent.usd).toBe(0);
  });

  it("stops the run when it fails, and scores nothing", async () => {
    writeFileSync(join(folder, "tool.cjs"), 'console.error("not logged in"); process.exitCode = 1;');
    const run = train({ ...optionsOf(tool()), budget: { steps: 1 } });
    await expect(run.result).rejects.toMatchObject({
      name: "ExternalCallError",
      code: "model-unavailable",
      message: expect.stringContaining("not logged in"),
    });
  });
});
