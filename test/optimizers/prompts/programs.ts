/** Programs whose prompts are kept as text files, and the problem of each. */

import { batchify, bundle, credit, episodic, type Feedback, model, node, parameter, t, trace } from "tracegrad";
import { playEpisode } from "tracegrad/environments";
import { type Problem, problemOf } from "tracegrad/extend";
import { PongAgent, seedChance } from "../../../examples/pong/agent.ts";
import { PongWorld } from "../../../examples/pong/world.ts";

/** The first program of the README: a prompt and a parser, on one question. */
export async function readmeProblem(): Promise<Problem> {
  const { graph, parameters } = await answered("What is 17 + 25?", "The answer is 42");
  return problemOf(credit(graph, { text: "Right would be 42; the answer has words around it.", score: 0 }), parameters);
}

const instructions = parameter("Answer the question.", { name: "instructions", doc: "What the model is told." });
const extract = bundle(
  /** Takes the answer out of what the model said. */
  function extract(said: string): string {
    return said.trim();
  },
  { trainable: true },
);

async function answered(question: string, said: string) {
  const ask = bundle(
    /** Asks the model. */
    async function ask(_prompt: string): Promise<string> {
      return said;
    },
  );
  const graph = await trace(async () =>
    extract(await ask(t`${instructions}\n\nQuestion: ${node(question, { name: "question" })}`)),
  );
  return { graph, parameters: graph.parameters };
}

/** The same program on eight questions, two of which are answered alike. */
export async function batchProblem(): Promise<Problem> {
  const runs = await Promise.all(
    Array.from({ length: 8 }, (_, index) => answered(`What is ${index} + ${index * 7}?`, `It is ${index * 8}.`)),
  );
  const graphs = runs.map(({ graph }) => graph);
  const feedback = runs.map((_, index) => ({
    text: `Expected "${index * 8}", got "It is ${index * 8}.".`,
    score: 0,
  }));
  return problemOf(credit(batchify(graphs), feedback), runs[0]?.parameters ?? []);
}

/** One of the functions that the agent may call. */
type Tool = (query: string) => string;

const system = parameter("You are a helpful assistant. Use tools.", { name: "system", doc: "The system prompt." });

/** An agent of five turns, in which three calls of tools fail. */
export async function toolAgentProblem(): Promise<Problem> {
  const search: Tool = (query) => {
    if (query.length % 3 !== 1) throw new Error(`no index for "${query}"`);
    return `Three results for ${query}: the first says that it opened in 1889.`;
  };
  const chat = bundle(async function chat(messages: readonly { role: string; content: string }[]) {
    const turn = messages.filter(({ role }) => role === "assistant").length;
    const query = `tower ${"x".repeat(turn)}`;
    return { content: `I look for ${query}.`, calls: [{ tool: "search", args: { query } }] };
  });
  const runTool = bundle(function runTool(query: string): string {
    try {
      return search(query);
    } catch (error) {
      return `Error: ${(error as Error).message}`;
    }
  });
  const finish = bundle(
    /** Makes the answer out of the last result. */
    function finish(result: string): string {
      return result.slice(0, 20);
    },
    { trainable: true },
  );
  const question = node("When did the tower open?", { name: "question" });
  const graph = await trace(async () => {
    const messages: unknown[] = [
      { role: "system", content: system },
      { role: "user", content: question },
    ];
    let last: unknown = question;
    for (let turn = 0; turn < 5; turn++) {
      const said = await chat([...messages] as never);
      const result = runTool(said.at("calls", 0, "args").at("query") as never);
      messages.push({ role: "assistant", content: said.at("content") }, { role: "tool", content: result });
      last = result;
    }
    return finish(last as never);
  });
  return problemOf(credit(graph, { text: "The answer has to name the year.", score: 0.2 }), graph.parameters);
}

/** An episode of Pong. */
export async function episodeProblem(maxSteps: number): Promise<Problem> {
  seedChance(3);
  const { act } = model(PongAgent);
  const { experiences } = await playEpisode(act, new PongWorld(), { seed: 5, maxSteps });
  for await (const { graph, feedback } of episodic().stream(experiences)) {
    return problemOf(credit(graph, feedback as Feedback), graph.parameters);
  }
  throw new Error("the episode has no graph");
}
