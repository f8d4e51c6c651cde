/**
 * Mistakes that people make, each as a small program. `‸` stands before the word that the compiler must point at first,
 * and `says` holds what its message must tell: the culprit, the fix, or both.
 */

/** What all the programs begin with. Names that belong to one optimizer or search stand only here. */
export const prelude = `
import {
  batch, bundle, evaluate, model, node, parameter, study, t, trace, train,
  type Node, type Nodeable, type RunFileOptions, type Traced, type TrainOptions,
} from "tracegrad";
import { split, type Split } from "tracegrad/data";
import { code, exactMatch } from "tracegrad/guides";
import type { LanguageModel } from "tracegrad/llm";
import { add } from "tracegrad/operators";
import * as operators from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
declare const llm: LanguageModel;
const prompt = parameter("Think step by step.");
const shout = bundle((text: string, times?: number): string => text.toUpperCase().repeat(times ?? 1));
const later = bundle(async (text: string): Promise<string> => text);
const agent = (question: Nodeable<string>): Node<string> => shout(t\`\${prompt} \${question}\`);
const optimizer = optoPrime([prompt], { llm });
const rows = [{ input: "a", target: "A" }];
const otherRows = [{ prompt: "a", expected: "A" }];
const untypedRows: Record<string, unknown>[] = [];
const sizes = { train: 1, validation: 1 };
const data = split(rows, sizes);
const guide = exactMatch();
const text = node("a");
const number = node(1);
const record = node({ user: { name: "Ada" } });
class Solver {
  @bundle() ask(question: string): string { return question; }
  solve(this: Traced<Solver>, question: Node<string>): Node<string> { return this.ask(question); }
  shout(this: Traced<Solver>, question: string): Node<string> { return this.ask(question); }
}
const solver = model(Solver);
`;

/** One mistake. */
export interface Mistake {
  readonly program: string;
  readonly says: readonly string[];
}

/** Mistakes with nodes and traced functions. */
const nodes: Readonly<Record<string, Mistake>> = {
  "an argument of another type": { program: "shout(‸1);", says: ["'number'", "'Nodeable<string>'"] },
  "arguments in the wrong order": { program: "shout(‸2, text);", says: ["'number'", "'Nodeable<string>'"] },
  "too many arguments": { program: 'shout("a", 1, ‸"b");', says: ["Expected 1-2 arguments"] },
  "a node of another type": { program: "shout(‸number);", says: ["'Node<number>'", "'Nodeable<string>'"] },
  "a key that is not there": { program: 'record.at(‸"nobody");', says: ['"nobody"', '"user"'] },
  "a key that is not there, further down": { program: 'record.at("user", ‸"age");', says: ['"age"', '"name"'] },
  "no await before .data": { program: 'later("a").‸data;', says: ["Did you forget to use 'await'?"] },
  "no await before .backward": {
    program: 'trace(() => later("a")).‸backward("Wrong.");',
    says: ["Did you forget to use 'await'?"],
  },
  "a promise as an argument": { program: 'shout(‸later("a"));', says: ["'Promise<Node<string>>'"] },
  "arithmetic with +": { program: "‸number + 1;", says: ["'+'", "'Node<number>'"] },
  "arithmetic with *": { program: "‸number * 2;", says: ["arithmetic"] },
  "a comparison with >": { program: "‸number > 1;", says: ["'>'", "'Node<number>'"] },
  "a comparison with ===": { program: "‸number === 1;", says: ["'Node<number>' and 'number' have no overlap"] },
  "a method of the value": { program: "text.‸toUpperCase();", says: ["'toUpperCase'", "'Node<string>'"] },
  "a node as a value": { program: "const ‸plain: string = text;", says: ["'Node<string>'", "'string'"] },
  "a value as a node": { program: 'const ‸made: Node<string> = "a";', says: ["'string'", "'Node<string>'"] },
  "add, of texts": { program: "add(‸text, text);", says: ["`concat`"] },
  "add, of a text and a node": { program: 'add(‸"a", text);', says: ["`concat`"] },
  "an option of bundle that does not exist": {
    program: "bundle((x: number) => x, { ‸trainble: true });",
    says: ["'trainable'"],
  },
};

/** Mistakes in classes of one's own. */
export const classMistakes: Readonly<Record<string, Mistake>> = {
  "a composition with a plain parameter": {
    program: 'solver.shout(‸"a");',
    says: ["declare this parameter as Node<…>"],
  },
  "a composition without this": {
    program: `class Forgetful {
  @‸bundle() ask(question: string): string { return question; }
  go(question: Node<string>): Node<string> { return this.ask(question); }
}`,
    says: ["`this: Traced<Class>`", "`go`"],
  },
  "a composition of a list without this": {
    program: `class Forgetful {
  @‸bundle({ trainable: true }) ask(question: string): string { return question; }
  go(best?: Node<string>, ...others: Node<string>[]): Node<string> { return this.ask(others[0]); }
}`,
    says: ["`this: Traced<Class>`", "`go`"],
  },
  "new in the place of model()": { program: "‸new Solver().solve(text);", says: ["`model(Class)`"] },
  "new in the place of model(), for train": {
    program: "train({ ‸agent: new Solver().solve, optimizer, guide, data });",
    says: ["`model(Class)`"],
  },
  "@bundle without parentheses": {
    program: "class Bare {\n  @‸bundle ask(question: string): string { return question; }\n}",
    says: ["`@bundle()`"],
  },
};

/** Mistakes in the options of `train`. */
const training: Readonly<Record<string, Mistake>> = {
  "a misspelt option": { program: "train({ agent, ‸optimiser: optimizer, guide, data });", says: ["'optimizer'"] },
  "a misspelt option that is optional": {
    program: "train({ agent, optimizer, guide, data, ‸buget: { steps: 1 } });",
    says: ["'budget'"],
  },
  "a misspelt agent": { program: "train({ ‸agnt: agent, optimizer, guide, data });", says: ["'agent'"] },
  "no data": { program: "train(‸{ agent, optimizer, guide });", says: ["'data' is missing"] },
  "no optimizer": { program: "train(‸{ agent, guide, data });", says: ["'optimizer' is missing"] },
  "a guide for another output": {
    program:
      'train({ agent, optimizer, ‸guide: (_input: string, output: number) => ({ score: output, text: "" }), data });',
    says: ["'output'", "'string'", "'number'"],
  },
  "a guide for another target": {
    program:
      'train({ agent, optimizer, ‸guide: (_i: string, _o: string, target: number) => ({ score: target, text: "" }), data });',
    says: ["'target'", "'string'", "'number'"],
  },
  "a guide that returns a boolean": {
    program: "train({ agent, optimizer, ‸guide: (_input, output, target) => output === target, data });",
    says: ["'boolean'", "`code(fn)`"],
  },
  "a guide that returns a number": {
    program: "train({ agent, optimizer, ‸guide: (_input: string, output: string) => output.length, data });",
    says: ["'number'", "`code(fn)`"],
  },
  "a guide without a text": {
    program: "train({ agent, optimizer, ‸guide: () => ({ score: 1 }), data });",
    says: ["'text'"],
  },
  "feedback that is no text": {
    program: "train({ agent, optimizer, guide, data, ‸feedback: ({ score }) => score });",
    says: ["'number'", "'string | Promise<string>'"],
  },
  "feedback by what no rollout has": {
    program: "train({ agent, optimizer, guide, data, feedback: ({ ‸text }) => text });",
    says: ["'text'", "'RolloutOutcome'"],
  },
  "rows with other fields": {
    program: "train({ agent, optimizer, guide, ‸data: split(otherRows, sizes) });",
    says: ["`input: (row) => …`", "`input` or `question`"],
  },
  "rows without types": {
    program: "train({ agent, optimizer, guide, ‸data: split(untypedRows, sizes) });",
    says: ["loadJsonl<{ input: string; target: string }>"],
  },
  "rows with inputs of another type": {
    program: 'train({ agent, optimizer, guide, ‸data: split([{ input: 1, target: "" }], sizes) });',
    says: ["'Split<number, string>'", "`input: (row) => …`"],
  },
  "rows that are not split": {
    program: "train({ agent, optimizer, guide, ‸data: rows });",
    says: ["`data: split(rows, "],
  },
  "an agent of plain values": {
    program: "train({ ‸agent: (question: string) => question, optimizer, guide, data });",
    says: ["`bundle(fn)`"],
  },
  "an agent that asks for a node": {
    program: "train({ ‸agent: (question: Node<string>) => shout(question), optimizer, guide, data });",
    says: ["`Nodeable<…>`"],
  },
};

/** The same in the options of `evaluate`. */
const evaluating: Readonly<Record<string, Mistake>> = {
  "a misspelt option": { program: "evaluate({ agent, guide, data: rows, ‸repeat: 3 });", says: ["'repeats'"] },
  "a guide for another output": {
    program:
      'evaluate({ agent, ‸guide: (_input: string, output: number) => ({ score: output, text: "" }), data: rows });',
    says: ["'output'", "'string'", "'number'"],
  },
  "a guide that returns a boolean": {
    program: "evaluate({ agent, ‸guide: (input, output) => output === input, data: rows });",
    says: ["`code(fn)`"],
  },
  "rows with other fields": {
    program: "evaluate(‸{ agent, guide, data: otherRows });",
    says: ["'input' is missing", "`input` or `question`"],
  },
  "rows without a target": {
    program: 'evaluate(‸{ agent, guide, data: [{ input: "", gold: "" }] });',
    says: ["'target' is missing", "`target` or `answer`"],
  },
  "rows without types": {
    program: "evaluate({ agent, guide, ‸data: untypedRows });",
    says: ["loadJsonl<{ input: string; target: string }>"],
  },
  "a split as data": { program: "evaluate({ agent, guide, ‸data });", says: ["`data: data.validation`"] },
  "an agent that asks for a node": {
    program: "evaluate({ ‸agent: (question: Node<string>) => shout(question), guide, data: rows });",
    says: ["`Nodeable<…>`"],
  },
  "new in the place of model()": {
    program: "evaluate({ ‸agent: new Solver().solve, guide, data: rows });",
    says: ["`model(Class)`"],
  },
};

const choices = "{ size: [1, 2] }";

/** The same in what the loop of a study returns. TypeScript points into an expression, and at the whole of a block. */
const studying: Readonly<Record<string, Mistake>> = {
  "a misspelt option": {
    program: `study(() => ‸({ agent, optimiser: optimizer, guide, data }), ${choices});`,
    says: ["'optimizer' is missing", "optimiser"],
  },
  "a guide that returns a boolean": {
    program: `study(() => ({ agent, optimizer, ‸guide: (i: string, o: string) => i === o, data }), ${choices});`,
    says: ["`code(fn)`"],
  },
  "a guide for another output, in a block": {
    program: `study(‸() => {
  return { agent, optimizer, guide: (_: string, output: number) => ({ score: output, text: "" }), data };
}, ${choices});`,
    says: ["'guide' are incompatible", "'output'"],
  },
  "rows that are not split, in a block": {
    program: `study(‸({ size }) => { return { agent, optimizer, guide, data: rows, template: batch(size) }; }, ${choices});`,
    says: ["'data' are incompatible", "`data: split(rows, "],
  },
  "rows with other fields": {
    program: `study(() => ({ agent, optimizer, guide, ‸data: split(otherRows, sizes) }), ${choices});`,
    says: ["`input: (row) => …`"],
  },
  "an agent of plain values": {
    program: `study(() => ({ ‸agent: (question: string) => question, optimizer, guide, data }), ${choices});`,
    says: ["`bundle(fn)`"],
  },
};

const groups = { nodes, classes: classMistakes, train: training, evaluate: evaluating, study: studying };

/** The mistakes by what is wrong. */
export const mistakes: Readonly<Record<string, Mistake>> = Object.fromEntries(
  Object.entries(groups).flatMap(([group, some]) =>
    Object.entries(some).map(([name, mistake]) => [`${group}: ${name}`, mistake] as const),
  ),
);

/** Programs that are right, and near to those that are not. */
export const rightPrograms: Readonly<Record<string, string>> = {
  "an agent and a guide whose types are inferred": `train({
  agent: async (question) => later(question),
  optimizer,
  guide: (input, output, target) => ({ score: input.length + output.length + target.length, text: "" }),
  data,
});`,
  "an agent that is a method of a model": "train({ agent: solver.solve, optimizer, guide, data });",
  "a guide of code": "train({ agent, optimizer, guide: code((_input, output, target) => output === target), data });",
  "feedback by the step and earlier rollouts": `train({
  agent, optimizer, guide, data,
  feedback: async ({ step, score, feedback }, { earlier }) => {
    const better = score > (earlier.findLast(({ failure }) => failure === undefined)?.score ?? 0);
    return \`Step \${step.toFixed(0)}: \${better ? "better" : "not better"}. \${feedback.trim()}\`;
  },
});`,
  "rows with other fields, and where to find them": `train({
  agent, optimizer, guide, data: split(otherRows, { ...sizes, input: (row) => row.prompt, target: (row) => row.expected }),
});`,
  "options that come from elsewhere": `
const run = <I, O, K>(options: TrainOptions<I, O, K>, more: RunFileOptions) => train({ ...options, ...more });
declare const needed: TrainOptions<string, string, string>;
train({ ...needed, agent: (question) => later(question) });`,
  "a study with a block": `study(({ size }) => {
  return { agent: model(Solver).solve, optimizer, guide, data, template: batch(size) };
}, ${choices});`,
  "an evaluation of plain values": `evaluate({
  agent: (question: string) => question,
  guide: (input, output, target) => ({ score: input.length + output.length + target.length, text: "" }),
  data: rows,
}).then(({ rows: [row] }) => row?.output?.length);`,
  "an evaluation of rows with other fields": `evaluate({
  agent: (question: string) => later(question),
  guide: (_input: string, output: string, target: string) => ({ score: output.length + target.length, text: "" }),
  data: otherRows,
  input: (row) => row.prompt,
  target: (row) => row.expected,
});`,
  "a class of bundled fields, whose functions take nodes": `class Fields {
  ask = bundle((question: string): string => question);
  format = (question: Node<string>): Node<string> => this.ask(question);
  @bundle() extract(reply: string): string { return reply; }
  go(question: Nodeable<string>): Node<string> { return this.ask(question); }
}`,
  "a generic class": `class Keeper<T> {
  @bundle() keep(value: T): T { return value; }
  both(this: Traced<Keeper<T>>, value: Node<T>, anything: any, ...more: T[]): Node<T> { return value; }
  one(value: T, ...more: T[]): T { return value; }
}`,
};
