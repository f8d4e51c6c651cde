/** Asks for the new value of one parameter: its value, what it is for, its gradient, and what was said of it before. */

import { type FeedbackRecord, feedbackWithin } from "../../graph/feedback.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Content, LanguageModel, ModelRequest } from "../../llm/llm.ts";
import type { Node } from "../../nodes/node.ts";
import { cut } from "../../util/cut.ts";
import type { Proposal } from "../algorithm.ts";
import type { Problem, Variable } from "../problem.ts";
import { ask } from "../prompt/ask.ts";
import { fenced, valueText } from "../prompt/fence.ts";
import { isImage } from "../prompt/images.ts";
import { jsonReply } from "../prompt/reply.ts";
import { recurring } from "./momentum.ts";
import { rewriteSystem } from "./prompt-text.ts";
import { sections } from "./text.ts";
import { mostImages } from "./told.ts";

/** An earlier value of a parameter, and how it should have been different. */
export type PastStep = { readonly value: string; readonly gradient: string };

/** How many characters of the value are shown: a prompt must fit whatever an earlier answer has made of it. */
const maxValue = 60_000;

/** What is asked of one parameter. */
export interface Rewrite {
  readonly variable: Variable;
  /** How its value should have been different. */
  readonly gradient: FeedbackRecord;
  /** The oldest first. */
  readonly past: readonly PastStep[];
  /** The run's graph, where it is known. */
  readonly graph: Graph | undefined;
  readonly note: string | undefined;
}

/** How it is asked. */
export interface RewriteSettings {
  readonly llm: LanguageModel;
  readonly signal: AbortSignal | undefined;
  readonly objective: string;
  readonly constraints: readonly string[];
  readonly momentum: boolean;
  /** The most characters of a gradient, and of each past value and gradient. */
  readonly limits: { readonly gradient: number; readonly past: number };
  readonly maxReplyTokens: number;
  readonly temperature: number | undefined;
  readonly retries: number;
}

/** The proposal for one parameter. */
export function rewrite(asked: Rewrite, settings: RewriteSettings): Promise<Proposal> {
  const { llm, signal, retries } = settings;
  const problem = { variables: [asked.variable], shown: [], docs: [], feedback: asked.gradient };
  const first = requestOf(asked, problem, settings);
  return ask({ first, problem, llm, signal, format: jsonReply, retries });
}

function requestOf(asked: Rewrite, problem: Problem, settings: RewriteSettings): ModelRequest {
  const prompt = promptOf(asked, problem, settings);
  const { maxReplyTokens, temperature } = settings;
  const tool = jsonReply.tool(problem);
  return {
    system: rewriteSystem,
    messages: [{ role: "user", content: contentOf(prompt, asked) }],
    maxTokens: maxReplyTokens,
    ...(tool === undefined ? {} : { tool }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

function contentOf(prompt: string, { variable, gradient }: Rewrite): string | readonly Content[] {
  const own = isImage(variable.value) ? [variable.value] : [];
  const images = [...own, ...(gradient.images ?? []).slice(0, mostImages)];
  if (images.length === 0) return prompt;
  const blocks = images.map(({ mediaType, data }) => ({ type: "image" as const, mediaType, data }));
  return [{ type: "text", text: prompt }, ...blocks];
}

function promptOf({ variable, gradient, past, graph, note }: Rewrite, problem: Problem, rest: RewriteSettings): string {
  const { objective, constraints, momentum, limits } = rest;
  const text = feedbackWithin(gradient, limits.gradient);
  const back = momentum
    ? recurring(
        text,
        past.map((step) => step.gradient),
      )
    : [];
  return sections([
    ["Objective", objective],
    ["Variables", variableText(variable)],
    ["Used by", graph === undefined ? "" : usesOf(graph, variable)],
    ["Constraints", constraints.map((one) => `- ${one}`).join("\n")],
    ["Feedback", fenced(text)],
    ["Past steps", past.map((step, at) => pastText(step, at, limits.past)).join("\n")],
    ["Came back", back.map(({ point, times }) => `- In ${times} of the last ${past.length}: ${point}`).join("\n")],
    ["Note", note ?? ""],
    ["Your answer", jsonReply.instructions(problem)],
  ]);
}

function variableText({ name, parameter, value }: Variable): string {
  const { kind, doc, constraint, code } = parameter;
  const lines = [`(${kind}) ${name}${doc === undefined ? "" : `: ${doc}`}`];
  if (constraint !== undefined) lines.push(`Constraint: ${constraint}`);
  if (code !== undefined) lines.push(`Signature to keep: ${code.signature}`);
  const scope = code?.spec.scope ?? [];
  if (scope.length > 0) lines.push(`Beside standard JavaScript it may use: ${scope.join(", ")}`);
  lines.push(fenced(isImage(value) ? "[the first image]" : cut(valueText(value), maxValue)));
  return lines.join("\n");
}

const [mostUses, useLength] = [5, 300];

/** What the operations do that take a parameter, each operation once. */
function usesOf(graph: Graph, { parameter }: Variable): string {
  const uses = new Set<string>();
  for (const node of graph.nodes) {
    if (uses.size === mostUses) break;
    if (!graph.parentsOf(node).includes(parameter as Node)) continue;
    uses.add(`- ${node.op}${node.doc === undefined || node.doc === "" ? "" : `: ${cut(node.doc, useLength)}`}`);
  }
  return [...uses].join("\n");
}

function pastText({ value, gradient }: PastStep, at: number, limit: number): string {
  const [was, said] = [fenced(cut(value, limit)), fenced(cut(gradient, limit))];
  return `## Step ${at + 1}\nValue:\n${was}\nFeedback on it:\n${said}`;
}

/** What is remembered of a step. */
export function pastOf(value: unknown, gradient: FeedbackRecord, limit: number): PastStep {
  const text = isImage(value) ? `[an image (${value.mediaType})]` : valueText(value);
  return { value: cut(text, limit), gradient: feedbackWithin(gradient, limit) };
}
