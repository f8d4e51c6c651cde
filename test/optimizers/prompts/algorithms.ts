/** One small program, and the prompts that each algorithm writes for it. */

import { batchify, bundle, credit, type Feedback, node, type Parameter, parameter, t, trace, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import type { ModelRequest } from "tracegrad/llm";
import {
  ace,
  type Optimizer,
  opro,
  optoPrime,
  optoPrimeMulti,
  type Playbook,
  playbook,
  playbookText,
  textGrad,
} from "tracegrad/optimizers";
import {
  beamSearch,
  type Demonstration,
  demonstrations,
  demonstrationsText,
  evolution,
  mipro,
  prioritySearch,
  type Search,
} from "tracegrad/search";
import { type ScriptedModel, scripted } from "tracegrad/testing";
import { suggest, textOf } from "../readers.ts";

/** What the model of the program answers: right, wrong, and what cannot be parsed. */
const answers: Readonly<Record<string, string>> = {
  "How tall is the tower, in metres?": '{"answer": 330}',
  "In which year was it opened?": '{"answer": 1887}',
  "Who designed it?": "It was designed by Stephen Sauvestre.",
};
const targets: Readonly<Record<string, unknown>> = {
  "How tall is the tower, in metres?": 330,
  "In which year was it opened?": 1889,
  "Who designed it?": "Sauvestre",
};
const questions = Object.keys(answers);

const ask = bundle(
  /** Asks the model. */
  async function ask(prompt: string): Promise<string> {
    return answers[prompt.slice(prompt.lastIndexOf("\n") + 1)] ?? "I do not know.";
  },
);
const parse = bundle(
  /** Reads the answer out of JSON. */
  function parse(said: string): unknown {
    return (JSON.parse(said) as { answer?: unknown }).answer;
  },
);
const makeInstructions = () =>
  parameter("Answer the question about the Eiffel Tower as JSON.", {
    name: "instructions",
    doc: "What the model is told.",
  });

function judge(question: string, output: unknown): { readonly text: string; readonly score: number } {
  const target = JSON.stringify(targets[question]);
  const got = JSON.stringify(output);
  return got === target ? { text: "Right.", score: 1 } : { text: `Expected ${target}, got ${got}.`, score: 0 };
}

type Run = (question: string) => Promise<unknown>;

/** The credit of the three runs: one is right, one wrong, one fails. */
async function creditOf(run: Run) {
  const graphs = await Promise.all(questions.map((question) => trace(async () => run(question))));
  const feedback = graphs.map((graph, at): Feedback => {
    if (graph.error !== undefined) return { text: `The run failed: ${graph.error.message}`, score: 0 };
    return judge(questions[at] as string, graph.value);
  });
  return credit(batchify(graphs as never), feedback as never);
}

const questionNode = (question: string) => node(question, { name: "question" });

/** The requests of an optimizer's steps on the three runs, one step for each answer that rewrites. */
async function requestsOf(
  make: (target: Parameter<string>, llm: ScriptedModel) => Optimizer,
  answer: (request: ModelRequest, at: number) => unknown,
  steps = 1,
): Promise<readonly ModelRequest[]> {
  const instructions = makeInstructions();
  const llm = scripted((request, at) => answer(request, at) as object);
  const optimizer = make(instructions, llm);
  const run: Run = async (question) => parse(await ask(t`${instructions}\n${questionNode(question)}`));
  for (let step = 0; step < steps; step++) await optimizer.step(await creditOf(run));
  return llm.calls;
}

const better = [
  "Answer with JSON and nothing else.",
  'Answer with JSON, such as {"answer": 330}.',
  "Answer with JSON: names as text, years as numbers.",
];
const rewriteTo = (at: number) => suggest({ instructions: better[at % better.length] }, `Idea ${at + 1}.`);

export async function textGradPrompts(): Promise<readonly ModelRequest[]> {
  const make = (target: Parameter<string>, llm: ScriptedModel) => textGrad(target, { llm, maxScore: 1, memorySize: 2 });
  const gradient = "It should demand JSON and nothing else, also for names.";
  const calls = await requestsOf(make, (request, at) => (request.tool === undefined ? gradient : rewriteTo(at)), 2);
  return [calls[0], calls.at(-1)] as ModelRequest[];
}

export async function oproPrompts(): Promise<readonly ModelRequest[]> {
  return (
    await requestsOf(
      (target, llm) => opro(target, { llm }),
      (_, at) => rewriteTo(at),
      3,
    )
  ).slice(-1);
}

/** One that refines, and one that picks. */
export async function optoPrimeMultiPrompts(): Promise<readonly ModelRequest[]> {
  const settings = { generation: "selfRefinement", select: "bestOf", candidates: 2 } as const;
  const make = (target: Parameter<string>, llm: ScriptedModel) => optoPrimeMulti(target, { llm, ...settings });
  const answer = ({ tool }: ModelRequest, at: number) =>
    tool?.name === "pick_proposal" ? { toolInput: { reasoning: "So.", best: 1 } } : rewriteTo(at);
  return (await requestsOf(make, answer)).slice(1);
}

/** The reflector's and the curator's. */
export async function acePrompts(): Promise<readonly ModelRequest[]> {
  const book = playbook(["Answer with JSON.", "Be brief."], { name: "book" });
  const llm = scripted(({ tool }) =>
    tool?.name === "reflect"
      ? {
          toolInput: {
            reasoning: "One run had no JSON.",
            error: "Prose.",
            rootCause: "The advice says nothing of names.",
            correctApproach: "JSON for names, too.",
            keyInsight: "JSON always.",
            bulletTags: [{ id: "b1", tag: "helpful" }],
          },
        }
      : { toolInput: { reasoning: "So.", operations: [] } },
  );
  const run: Run = async (question) => {
    const shown = bundle((given: Playbook) => playbookText(given), { name: "write_playbook" })(book);
    return parse(await ask(t`${shown}\n${questionNode(question)}`));
  };
  await ace(book, { llm }).step(await creditOf(run));
  return [0, 1].map(
    (at) => llm.calls.filter(({ tool }) => tool?.name === (at === 0 ? "reflect" : "curate_playbook"))[0],
  ) as ModelRequest[];
}

async function searched(search: Search, answer: (request: ModelRequest, at: number) => unknown, evaluations = 40) {
  const instructions = makeInstructions();
  const shots = demonstrations({ name: "shots", max: 2 });
  const llm = scripted((request, at) => answer(request, at) as object);
  const shotsText = bundle((list: readonly Demonstration[]) => demonstrationsText(list), { name: "write_shots" });
  const agent = async (question: string) =>
    parse(await ask(t`${instructions}\n${shotsText(shots)}${questionNode(question)}`));
  const rows = [...questions, ...questions].map((input) => ({ input, target: targets[input] }));
  await train<string, unknown, unknown>({
    agent: agent as never,
    optimizer: optoPrime([instructions, shots], { llm }),
    guide: code((input: string, output: unknown) => judge(input, output)),
    data: split(rows, { train: 3, validation: 3, allowOverlap: "The prompts are what is tested." }),
    search,
    acceptance: "best",
    budget: { evaluations },
    maxScore: Number.POSITIVE_INFINITY,
    concurrency: 1,
    seed: 1,
  }).result;
  return llm.calls;
}

/** The description of the data, and the first instruction. */
export async function miproPrompts(): Promise<readonly ModelRequest[]> {
  const answer = ({ tool }: ModelRequest, at: number) =>
    tool === undefined
      ? "Questions on a tower; answers are numbers and names."
      : { toolInput: { instruction: better[at % 3] } };
  const calls = await searched(mipro({ trials: 2 } as never), answer);
  return [
    calls.find(({ tool }) => tool === undefined),
    calls.findLast(({ tool }) => tool !== undefined),
  ] as ModelRequest[];
}

/** The first that has two parents, and others to take from. */
export async function evolutionPrompts(): Promise<readonly ModelRequest[]> {
  const search = evolution({ islands: 1, operators: { mutate: 0.3, crossover: 0.7 } } as never);
  const calls = await searched(search, (_, at) => suggest({ instructions: `${better[at % 3]} Idea ${at}.` }), 60);
  return calls.filter((request) => textOf(request).includes("second set")).slice(0, 1);
}

/** A summary of candidates, and the note that it becomes. */
export async function priorityPrompts(): Promise<readonly ModelRequest[]> {
  const answer = ({ tool }: ModelRequest, at: number) =>
    tool === undefined ? "JSON helps; names fail." : rewriteTo(at);
  const calls = await searched(prioritySearch({ summary: true }), answer, 60);
  const summary = calls.findLast(({ tool }) => tool === undefined);
  const noted = calls.find((request) => textOf(request).includes("JSON helps; names fail."));
  return [summary, noted] as ModelRequest[];
}

/** With the values that were tried before. */
export async function beamPrompts(): Promise<readonly ModelRequest[]> {
  const calls = await searched(beamSearch({ historySize: 3 }), (_, at) => rewriteTo(at), 60);
  return calls.filter((request) => textOf(request).includes("tried before")).slice(-1);
}
