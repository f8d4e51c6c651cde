/** A graph of LangGraph with one node that asks a model: untraced, traced by us, and traced by others. */

import { LangChainTracer } from "@langchain/core/tracers/tracer_langchain";
import { Annotation, START, StateGraph } from "@langchain/langgraph";
import { ChatOpenAI } from "@langchain/openai";
import { trace } from "tracegrad";
import { learn, traceFetch } from "tracegrad/agents";
import { droppingClient, droppingTracer } from "./backends.ts";
import { QUESTION, REPLY, SYSTEM_PROMPT } from "./texts.ts";
import type { Variants } from "./variant.ts";

const body = JSON.stringify({
  ...{ id: "chatcmpl-1", object: "chat.completion", created: 1, model: "gpt-5-mini" },
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: REPLY, refusal: null } }],
  usage: { prompt_tokens: 60, completion_tokens: 40, total_tokens: 100 },
});
/** In place of a server, whose time would hide what is measured. */
const send: typeof fetch = async () => new Response(body, { headers: { "content-type": "application/json" } });

type Around = <R>(work: () => Promise<R>) => Promise<R>;

function graphOf(fetch: typeof globalThis.fetch, around: Around = (work) => work()) {
  const model = new ChatOpenAI({ model: "gpt-5-mini", apiKey: "none", configuration: { fetch } });
  return new StateGraph(Annotation.Root({ question: Annotation<string>, answer: Annotation<string> }))
    .addNode("model", ({ question }) =>
      around(async () => {
        const { text } = await model.invoke([
          { role: "system", content: SYSTEM_PROMPT },
          { role: "user", content: question },
        ]);
        return { answer: text };
      }),
    )
    .addEdge(START, "model")
    .compile();
}

const callTraced = (): (() => Promise<unknown>) => {
  const graph = graphOf(traceFetch(send));
  const agent = learn(async (question: string) => (await graph.invoke({ question })).answer, { system: SYSTEM_PROMPT });
  return () => trace(() => agent(QUESTION));
};

/** The ways to run the graph. */
export const langGraph: Variants = {
  untraced() {
    const graph = graphOf(send);
    return () => graph.invoke({ question: QUESTION });
  },
  door() {
    const graph = graphOf(traceFetch(send));
    return () => graph.invoke({ question: QUESTION });
  },
  traced: callTraced,
  spans: callTraced,
  langSmith() {
    const graph = graphOf(send);
    const callbacks = [new LangChainTracer({ client: droppingClient() })];
    return () => graph.invoke({ question: QUESTION }, { callbacks });
  },
  /** LangGraph writes no spans itself: one by hand around the node. */
  openTelemetry() {
    const tracer = droppingTracer();
    const graph = graphOf(send, (work) =>
      tracer.startActiveSpan("model", async (span) => {
        try {
          return await work();
        } finally {
          span.end();
        }
      }),
    );
    return () => graph.invoke({ question: QUESTION });
  },
};
