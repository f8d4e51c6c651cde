/** The figures of docs/prompts-of-algorithms.md, counted from the prompts themselves. */

import { readFileSync } from "node:fs";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { batchify, bundle, credit, type Feedback, node, parameter, t, trace } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import { textGrad } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";
import { suggest, textOf } from "../readers.ts";
import { roleOf } from "../textgrad/readers.ts";
import * as algorithms from "./algorithms.ts";

const page = readFileSync("docs/prompts-of-algorithms.md", "utf8");
const toolTokens = ({ tool }: ModelRequest): string =>
  tool === undefined ? "" : `, tool ${countTokens(JSON.stringify(tool))}`;
const tokens = (request: ModelRequest): string =>
  `${countTokens(request.system ?? "")} + ${countTokens(textOf(request))}${toolTokens(request)}`;

/** The last cell of the row that begins with `title`. */
const cellOf = (title: string): string | undefined =>
  page
    .split("\n")
    .find((line) => line.startsWith(`| ${title} |`))
    ?.split("|")
    .at(-2)
    ?.trim();

test("the tokens of OPRO, ACE and MIPRO are those of the prompts on record", async () => {
  const [opro] = await algorithms.oproPrompts();
  const [reflector, curator] = await algorithms.acePrompts();
  const instruction = (await algorithms.miproPrompts()).at(-1);
  expect(cellOf("tokens of the reflector")).toBe(tokens(reflector as ModelRequest));
  expect(cellOf("of the curator")).toBe(tokens(curator as ModelRequest));
  expect(cellOf("tokens of the prompt")).toBe(tokens(opro as ModelRequest));
  expect(cellOf("tokens of an instruction")).toBe(tokens(instruction as ModelRequest));
});

test("the tokens that evolution adds are those of the prompt on record", async () => {
  const [request] = await algorithms.evolutionPrompts();
  const [, added = ""] = /^# Context\n([^]*?)\n\n# Your answer/m.exec(textOf(request as ModelRequest)) ?? [];
  expect(cellOf("tokens of the note")).toBe(`${countTokens(added)} beside OptoPrime's prompt`);
});

const judged: readonly (readonly [question: string, feedback: Feedback])[] = [
  ["When did the tower open?", { text: "Expected 1889.", score: 0, maxScore: 1 }],
  ["Where is it?", { text: "Correct.", score: 1, maxScore: 1 }],
  ["Who built it?", { text: "Expected Eiffel.", score: 0, maxScore: 1 }],
];

/** The requests of one step on the program of `bench/peers/textgrad_calls.py`, on the first `count` of its runs. */
async function textGradCalls(count: number): Promise<readonly ModelRequest[]> {
  const summarizer = parameter("Summarize the text.", { name: "summarizer", doc: "Tells the model how to summarize." });
  const answerer = parameter("Answer by the summary.", { name: "answerer", doc: "Tells the model how to answer." });
  const said = (text: string) =>
    text.startsWith("Summarize") ? "A tower in Paris, built for a fair." : "I do not know.";
  const ask = bundle(async (prompt: string) => said(prompt), { name: "ask", doc: "Asks the model." });
  const runs = judged.slice(0, count).map(([question]) => {
    const text = node(`The tower opened in 1889 in Paris for a fair. Eiffel built it.\nQuestion: ${question}`, {
      name: "text",
    });
    return trace(async () => {
      const summary = await ask(t`${summarizer}\n\n${text}`);
      return ask(t`${answerer}\n\n${summary.call("toUpperCase")}`);
    });
  });
  const feedback = judged.slice(0, count).map(([, one]) => one);
  const llm = scripted((request) => (roleOf(request) === "rewrite" ? suggest({}) : "It should ask to keep the years."));
  await textGrad([summarizer, answerer], { llm }).step(credit(batchify(await Promise.all(runs)), feedback));
  return llm.calls;
}

/** `300 + 161 to 194, tool 114`. */
function range(requests: readonly ModelRequest[]): string {
  const [first] = requests as readonly [ModelRequest, ...ModelRequest[]];
  const users = requests.map((request) => countTokens(textOf(request)));
  return `${countTokens(first.system ?? "")} + ${Math.min(...users)} to ${Math.max(...users)}${toolTokens(first)}`;
}

test("the calls and tokens of TextGrad are those of the original's program", async () => {
  const [one, three] = [await textGradCalls(1), await textGradCalls(3)];
  const of = (requests: readonly ModelRequest[], isRewrite: boolean) =>
    requests.filter((request) => (roleOf(request) === "rewrite") === isRewrite);
  const counts = (requests: readonly ModelRequest[]) =>
    `${of(requests, false).length} gradients, ${of(requests, true).length} rewrites`;
  expect(cellOf("calls for a step on one wrong run")).toBe(counts(one));
  expect(cellOf("on three runs, one of them right")).toBe(counts(three));
  expect(cellOf("tokens of a gradient")).toBe(range(of(three, false)));
  expect(cellOf("tokens of a rewrite, one run")).toBe(range(of(one, true)));
  expect(cellOf("of three runs")).toBe(range(of(three, true)));
  const all = three
    .flatMap(({ system = "", tool, ...request }) => [system, textOf(request), tool ? JSON.stringify(tool) : ""])
    .reduce((sum, text) => sum + countTokens(text), 0);
  expect(cellOf("all tokens of the step on three runs")).toBe(all.toLocaleString("en"));
});
