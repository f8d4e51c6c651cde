/** Embedding and reranking models of the AI SDK, in the two newest majors: nodes of a trace, calls of a run. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as six from "ai";
import { MockEmbeddingModelV3, MockRerankingModelV3 } from "ai/test";
import * as seven from "ai-7";
import { MockEmbeddingModelV4, MockRerankingModelV4 } from "ai-7/test";
import { evaluate, type Parameter, ParameterState, trace, withParameters } from "tracegrad";
import { learn, traceModel } from "tracegrad/agents";
import { exactMatch } from "tracegrad/guides";
import { describe, expect, it, onTestFinished } from "vitest";
import { collectSpans } from "../otel/spans.ts";

const TASK = "Represent the question for a search:";
const DOCUMENTS = ["a star", "a word", "a lyre of stars"];

const doEmbed = async ({ values }: { readonly values: readonly string[] }) => ({
  ...{ embeddings: values.map((value) => [value.length, 1, 0]), usage: { tokens: 7 }, warnings: [] },
  response: { headers: { "set-cookie": "sid=hidden", "request-id": "req_7" } },
});
const ranking = [
  { index: 2, relevanceScore: 0.9 },
  { index: 0, relevanceScore: 0.4 },
];
type Rerank = () => Promise<{ ranking: typeof ranking }>;

/** The models of the newer major fit the types of the older one in what is used here. */
const majors = [
  {
    ...{ name: "ai 6", sdk: six, embedder: () => new MockEmbeddingModelV3({ doEmbed }) },
    ranker: (doRerank: Rerank) => new MockRerankingModelV3({ doRerank }),
  },
  {
    ...{ name: "ai 7", sdk: seven as unknown as typeof six },
    embedder: () => new MockEmbeddingModelV4({ doEmbed }) as unknown as MockEmbeddingModelV3,
    ranker: (doRerank: Rerank) => new MockRerankingModelV4({ doRerank }) as unknown as MockRerankingModelV3,
  },
];

/** A program that embeds its question, ranks documents by it, and answers with the best one. */
function programOf({ sdk, embedder, ranker }: (typeof majors)[number]) {
  const { embed, rerank } = sdk;
  const embedding = embedder();
  const count = { ranked: 0 };
  const rank: Rerank = async () => {
    count.ranked += 1;
    return { ranking };
  };
  const calls = () => [embedding.doEmbedCalls.length, count.ranked];
  const plain = (one: MockEmbeddingModelV3, two: MockRerankingModelV3) =>
    async function search(question: string): Promise<string> {
      const { embedding: vector } = await embed({ model: one, value: `${TASK} ${question}` });
      const best = await rerank({ model: two, query: `${question} ${vector.length}`, documents: DOCUMENTS });
      return String(best.rerankedDocuments[0]);
    };
  const agent = learn(plain(traceModel(embedding), traceModel(ranker(rank))), { task: TASK });
  return { agent, calls, embedding, plain: plain(embedder(), ranker(rank)) };
}

describe("a model that embeds or ranks", () => {
  it.each(majors)("is a node of a trace and gives what it gives, in $name", async (major) => {
    const { agent, plain } = programOf(major);
    const expected = await plain("lyra");
    const graph = await trace(() => agent("lyra"));
    expect([expected, graph.value]).toEqual(["a lyre of stars", "a lyre of stars"]);
    const [embed, rerank] = ["embed", "rerank"].map((op) => graph.nodes.find((node) => node.op === op));
    expect([embed?.data, rerank?.data]).toEqual([
      "1 embedding of 3 numbers",
      "documents by relevance: 2 (0.9), 0 (0.4)",
    ]);
    expect([embed, rerank].map((node) => Object.keys(node?.inputs ?? {}))).toEqual([
      ["task", "question", "request"],
      ["question", "request"],
    ]);
    expect(graph.parameters.map(({ name }) => name)).toEqual(["task"]);
  });

  it.each(majors)("is sent the text of a candidate in $name", async (major) => {
    const { agent, embedding } = programOf(major);
    const task = agent.parameters.task as Parameter;
    await withParameters(ParameterState.of([task]).set([[task, "Question:"]]), () => agent("lyra"));
    expect(embedding.doEmbedCalls.map(({ values }) => values)).toEqual([["Question: lyra"]]);
  });

  it.each(majors)(
    "is counted in a run, and answered from its journal when that is resumed, in $name",
    async (major) => {
      const path = mkdtempSync(join(tmpdir(), "tracegrad-vectors-"));
      onTestFinished(() => rmSync(path, { recursive: true, force: true }));
      const { agent, calls } = programOf(major);
      const options = { agent, guide: exactMatch(), data: [{ input: "lyra", target: "a lyre of stars" }] };
      const run = (llmCalls: number) => evaluate({ ...options, folder: join(path, "run"), budget: { llmCalls } });
      expect(await run(1)).toMatchObject({ reason: "budget" });
      expect(calls()).toEqual([1, 0]);
      const { mean, spent, warnings } = await run(9);
      expect([mean, spent.llmCalls, spent.inputTokens >= 7, calls()]).toEqual([1, 2, true, [1, 1]]);
      expect(warnings).toEqual([expect.stringContaining("A reranking model tells no tokens")]);
    },
  );

  it("has spans of what it does", async () => {
    const { agent } = programOf(majors[0] as (typeof majors)[number]);
    const { ended } = collectSpans();
    await trace(() => agent("lyra"));
    await evaluate({ agent, guide: exactMatch(), data: [{ input: "lyra", target: "" }] });
    const names = ended().map(({ name }) => name.split(" ")[0]);
    expect(names.filter((name) => /^(chat|embeddings|rerank)$/.test(name ?? ""))).toEqual([
      ...["embeddings", "rerank", "embeddings", "rerank"],
    ]);
  });

  it("cannot be limited by tokens where it ranks", async () => {
    const { agent } = programOf(majors[0] as (typeof majors)[number]);
    const data = [{ input: "lyra", target: "" }];
    const run = evaluate({ agent, guide: exactMatch(), data, budget: { tokens: 100_000 } });
    await expect(run).rejects.toMatchObject({
      code: "uncounted",
      message: expect.stringContaining("only llmCalls, seconds and evaluations limit a run"),
    });
  });
});
