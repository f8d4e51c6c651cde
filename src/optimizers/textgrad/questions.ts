/**
 * What a model is asked about one operation of a run, and how its answer is read: each input alone, or all in one call.
 * The same operation gives the same bytes.
 */

import { callOf } from "../../graph/call-text.ts";
import type { FeedbackRecord } from "../../graph/feedback-record.ts";
import { feedbackWithin } from "../../graph/feedback-text.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Message, ModelReply, ModelRequest } from "../../llm/llm.ts";
import { ExceptionNode, type Node } from "../../nodes/node.ts";
import { cut, leftOutText } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import { withoutThinking } from "../../util/thinking.ts";
import { countTokens } from "../../util/tokens.ts";
import { type AnswerForm, answerTool, maxReplyLength, readAnswer, refuse } from "../prompt/answer.ts";
import { accept, type ReplyReading } from "../prompt/ask.ts";
import { contentOf, firstImages, type Images, imagesAmong, maxImages, namesIn } from "../prompt/images.ts";
import { fenced, joinSections } from "../prompt/text.ts";
import type { AnswerFields } from "../prompt/unwrap.ts";
import { type BoundedText, firstWithin, writeWithin } from "../prompt/within-tokens.ts";
import { type InputLimits, inputLine, labelOf, maxDocLength, originLine } from "./inputs.ts";
import type { JudgedInput, PlannedNode } from "./plan.ts";
import { edgeSystem, edgeTask, hintsTool, hintText, nodeSystem, nodeTask } from "./prompt-text.ts";

/** One call of a model, and how its answer is read. */
export interface GradientQuestion {
  readonly inputs: readonly JudgedInput[];
  readonly request: ModelRequest;
  /** A gradient, or a refusal, for each of the inputs, in their order. */
  read(reply: ModelReply): readonly ReplyReading<string>[];
}

/** How the inputs of an operation are judged. */
export interface GradientMethod {
  readonly name: "textGradient" | "semantic";
  /** How many calls an operation with so many inputs to judge takes. */
  calls(inputs: number): number;
  questions(view: OperationView): readonly GradientQuestion[];
}

/** One call an input. */
export const byEdge: GradientMethod = {
  name: "textGradient",
  calls: (inputs) => inputs,
  questions: (view) =>
    view.step.inputs.map((input) => {
      const task = edgeTask(labelOf(view.graph, view.step.node, input));
      const messages = [operationMessage(view, [input], task)];
      return { inputs: [input], request: { system: edgeSystem, messages }, read: (reply) => [readText(reply)] };
    }),
};

/** One call an operation. */
export const byNode: GradientMethod = {
  name: "semantic",
  calls: (inputs) => Math.min(1, inputs),
  questions(view) {
    const { inputs, node } = view.step;
    if (inputs.length === 0) return [];
    const labels = inputs.map((input) => labelOf(view.graph, node, input));
    const messages = [operationMessage(view, inputs, nodeTask(labels))];
    const properties = labels.map((label, at) => [`hint_${at + 1}`, { type: "string", description: hintText(label) }]);
    const tool = answerTool("give_hints", hintsTool, Object.fromEntries(properties));
    const request = { system: nodeSystem, messages, tool };
    return [{ inputs, request, read: (reply) => readHints(reply, inputs.length) }];
  },
};

/** Why a reply cannot be read; undefined when it may hold an answer. */
function problemWith({ stopReason, text }: ModelReply): string | undefined {
  if (stopReason === "length") return "the answer was cut at the token limit";
  if (stopReason === "refusal") return "the model refused to answer";
  return text.length > maxReplyLength ? `the answer has ${text.length} characters` : undefined;
}

/** The answer as plain text: a gradient for one value. */
export function readText(reply: ModelReply): ReplyReading<string> {
  const problem = problemWith(reply);
  if (problem !== undefined) return refuse(problem);
  const text = withoutThinking(reply.text).trim();
  return text === "" ? refuse("the answer was empty") : accept(text);
}

function readHints(reply: ModelReply, count: number): readonly ReplyReading<string>[] {
  const hints = hintsIn(reply);
  return Array.from({ length: count }, (_, at) => {
    const text = typeof hints === "string" ? "" : (hints.get(at + 1)?.trim() ?? "");
    if (text !== "") return accept(text);
    return refuse(typeof hints === "string" ? hints : `the answer has no single hint ${at + 1}`);
  });
}

const hintKey = /^hint[_ ]?(\d{1,6})$/i;

/** JSON with a field for each hint. */
const hintsForm: AnswerForm = {
  key: "hint_",
  missing: "the answer has no hint",
  read: (fields) => (Object.keys(fields).some((key) => hintKey.test(key)) ? fields : undefined),
};

/** The hints by number: of a tool call, of JSON in the text, or of lines `Hint 1: …`; or why there are none. */
function hintsIn(reply: ModelReply): ReadonlyMap<number, string> | string {
  const problem = problemWith(reply);
  if (problem !== undefined) return problem;
  const { value: fields, refused } = readAnswer(reply, [hintsForm]);
  if (fields !== undefined) return hintsOfFields(fields);
  const isJson = reply.toolInput !== undefined || /"hint[_ ]?\d/i.test(reply.text);
  return isJson ? (refused[0]?.reason as string) : hintsOfLines(withoutThinking(reply.text));
}

function hintsOfFields(fields: AnswerFields): ReadonlyMap<number, string> {
  const hints = new Map<number, string>();
  for (const [key, hint] of Object.entries(fields)) {
    const number = hintKey.exec(key)?.[1];
    if (number !== undefined && typeof hint === "string") hints.set(Number(number), hint);
  }
  return hints;
}

/** One that is given twice is left out. */
function hintsOfLines(text: string): ReadonlyMap<number, string> {
  const hints = new Map<number, string>();
  const repeated = new Set<number>();
  const parts = text.split(/^[ \t>*#-]*hint[ _](\d{1,6})[ \t*]*:[ \t*]*/im);
  for (let at = 1; at < parts.length; at += 2) {
    const number = Number(parts[at]);
    if (hints.has(number)) repeated.add(number);
    hints.set(number, parts[at + 1] as string);
  }
  for (const number of repeated) hints.delete(number);
  return hints;
}

/** An operation of a run, as a question shows it. */
export interface OperationView {
  readonly graph: Graph;
  readonly step: PlannedNode;
  /** The feedback on its output. */
  readonly feedback: FeedbackRecord;
  /** What is aimed at beside that; empty for nothing more. */
  readonly objective: string;
  readonly limits: ViewLimits;
}

/** How much is shown. */
export interface ViewLimits {
  /** The most characters of one value. All inputs together get eight times as much. */
  readonly value: number;
  /** The most characters of the feedback. */
  readonly feedback: number;
  /** The most tokens of the prompt. */
  readonly tokens: number;
}

const [minValueLength, maxInputs] = [40, 100];

/** How much of an operation is written. Shares are of the whole prompt. */
interface OperationAmount extends InputLimits {
  /** The most inputs beside those to judge. */
  readonly others: number;
  /** The share of the feedback. */
  readonly feedback: number;
}

/** The first amount that fits is taken. */
const amounts: readonly OperationAmount[] = [
  { value: Infinity, about: Infinity, others: maxInputs, feedback: Infinity },
  { value: 300, about: 300, others: 30, feedback: 0.3 },
  { value: 100, about: 100, others: 10, feedback: 0.1 },
  { value: minValueLength, about: 0, others: 0, feedback: 0.05 },
];

/**
 * The message that shows an operation: the inputs to judge, numbered like their hints, and all the rest; with the
 * images among the values and in the feedback.
 */
function operationMessage(view: OperationView, judged: readonly JudgedInput[], task: string): Message {
  const { graph, step, feedback, limits } = view;
  const places = new Set(judged.flatMap((input) => input.places));
  const parents = graph.parentsOf(step.node);
  const others = parents.map((_, place) => place).filter((place) => !places.has(place));
  const visible = others.slice(0, Math.max(0, maxInputs - judged.length));
  const nodes = [step.node, ...[...places, ...visible].map((place) => parents[place] as Node)];
  const values = nodes.map((node) => ({ name: graph.nameOf(node), value: graph.valueOf(node) }));
  const images = imagesAmong(values, maxImages);
  const { text } = writeWithin({ maxTokens: limits.tokens, count: countTokens }, (maxCharacters) =>
    promptWithin(view, { judged, others, visible, task, images, maxCharacters }),
  );
  return messageOf(text, feedback, images);
}

interface OperationInputs {
  readonly judged: readonly JudgedInput[];
  /** The places of the other inputs, and of those among them that are shown where there is room. */
  readonly others: readonly number[];
  readonly visible: readonly number[];
  readonly task: string;
  readonly images: Images;
  readonly maxCharacters: number;
}

/** The prompt with as much of what can be long as fits. The objective and the task are never cut. */
function promptWithin(view: OperationView, inputs: OperationInputs): BoundedText {
  return firstWithin(inputs.maxCharacters, amounts, {
    what: "the objective and the inputs to judge, with the rest as short as it may be,",
    write: (amount) => operationPrompt(view, inputs, amount),
  });
}

function operationPrompt(view: OperationView, inputs: OperationInputs, amount: OperationAmount): string {
  const { graph, feedback, objective, limits } = view;
  const { judged, others, task, images, maxCharacters } = inputs;
  const { node } = view.step;
  const visible = inputs.visible.slice(0, amount.others);
  const share = Math.floor((8 * limits.value) / (judged.length + visible.length));
  const own = { value: Math.max(minValueLength, Math.min(limits.value, share, amount.value)), about: amount.about };
  const lines = visible.map((place) => inputLine({ graph, node, images }, [place], own));
  const left = others.length - visible.length;
  if (left > 0) lines.push(`(${leftOutText(left, "more input")})`);
  const numbered = judged.flatMap((input, at) => [
    `${at + 1}. ${inputLine({ graph, node, images }, input.places, own)}`,
    ...originLine(graph, input.node, own),
  ]);
  const output = preview(graph.valueOf(node), Math.min(limits.value, amount.value), namesIn(images));
  const said = feedbackWithin(feedback, Math.min(limits.feedback, amount.feedback * maxCharacters));
  return joinSections([
    ["Objective", objective === "" ? undefined : objective],
    ["Operation", operationText(graph, node, Math.max(minValueLength, Math.min(amount.about, maxDocLength)))],
    ["Inputs to judge", numbered],
    ["Other inputs", lines],
    [node instanceof ExceptionNode ? "It failed" : "Output", output],
    ["Feedback", fenced(said)],
    ["Your task", task],
  ]);
}

/** The call, and its documentation. */
function operationText(graph: Graph, node: Node, limit: number): string {
  const doc = node.doc === undefined || node.doc === "" ? "" : `[${node.op}] ${cut(node.doc, limit)}`;
  return `${callOf(graph, node, { maxInputs: limit })}\n${doc}`.trimEnd();
}

/** The message of a prompt, with the images that it names and those of the feedback. */
export function messageOf(
  prompt: string,
  feedback: Pick<FeedbackRecord, "images">,
  named: Images = new Map(),
): Message {
  return { role: "user", content: contentOf(prompt, named, firstImages(feedback)) };
}
