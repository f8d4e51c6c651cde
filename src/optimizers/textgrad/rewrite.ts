/** Asks for the new value of one parameter, by its value, its purpose, its uses with the gradients, and the past. */

import type { FeedbackRecord } from "../../graph/feedback-record.ts";
import { feedbackText, feedbackWithin } from "../../graph/feedback-text.ts";
import type { Graph } from "../../graph/graph.ts";
import type { LanguageModel, ModelRequest } from "../../llm/llm.ts";
import { cut, leftOutText, within } from "../../util/cut.ts";
import { imageName, imageOf } from "../../util/images.ts";
import type { Proposal } from "../algorithm.ts";
import { bareProblem, type Problem, type Variable } from "../problem.ts";
import { contentOf, firstImages, type Images, imagesAmong, imageText, maxImages } from "../prompt/images.ts";
import { askForProposal } from "../prompt/proposal.ts";
import { jsonReply } from "../prompt/reply.ts";
import { fenced, joinSections, valueText, variableLines } from "../prompt/text.ts";
import { type BoundedText, firstWithin, type TokenLimit, writeWithin } from "../prompt/within-tokens.ts";
import type { ReceivedFeedback } from "./backward.ts";
import { rewriteSystem } from "./prompt-text.ts";
import { imagesInUses, operationLines, type UsesAmount, usesText, usualAmount } from "./uses.ts";

/** An earlier value of a parameter, and how it should have been different. */
export type PastStep = { readonly value: string; readonly gradient: string };

/** What the new value of one parameter is written from. */
export interface RewriteBasis {
  readonly variable: Variable;
  /** How its value should have been different. */
  readonly gradient: FeedbackRecord;
  /** Where that was said; undefined where only the gradient is known. */
  readonly uses: VariableUses | undefined;
  /** The oldest first. */
  readonly past: readonly PastStep[];
  readonly note: string | undefined;
}

/** The uses of a variable in the runs. */
export interface VariableUses {
  readonly graph: Graph;
  readonly received: ReceivedFeedback;
  /** How many runs that depend on it had the best score, and so are not shown. */
  readonly best: number;
}

/** How a new value is asked for. */
export interface RewriteSettings {
  readonly llm: LanguageModel;
  readonly signal: AbortSignal | undefined;
  readonly objective: string;
  readonly constraints: readonly string[];
  readonly momentum: boolean;
  /** The most characters of a gradient, of each past value and gradient, and of a value in a run. */
  readonly limits: { readonly gradient: number; readonly past: number; readonly value: number };
  /** How long the prompt may be. */
  readonly limit: TokenLimit;
  readonly maxReplyTokens: number;
  /** Null: the model's own. */
  readonly temperature: number | null;
  readonly retries: number;
}

/** The proposal for one parameter. */
export function rewrite(basis: RewriteBasis, settings: RewriteSettings): Promise<Proposal> {
  const { llm, signal, retries } = settings;
  const problem = bareProblem([basis.variable], basis.gradient);
  const request = requestOf(basis, problem, settings);
  return askForProposal({ request, problem, llm, signal, format: jsonReply, retries });
}

function requestOf(basis: RewriteBasis, problem: Problem, settings: RewriteSettings): ModelRequest {
  const { variable, gradient, uses } = basis;
  const images = imagesAmong([variable, ...(uses === undefined ? [] : imagesInUses(uses))], maxImages);
  const { text } = writeWithin(settings.limit, (maxCharacters) =>
    promptWithin(basis, problem, { ...settings, images, maxCharacters }),
  );
  const { maxReplyTokens, temperature } = settings;
  const tool = jsonReply.tool(problem);
  return {
    system: rewriteSystem,
    messages: [{ role: "user", content: contentOf(text, images, firstImages(gradient)) }],
    maxTokens: maxReplyTokens,
    ...(tool === undefined ? {} : { tool }),
    ...(temperature === null ? {} : { temperature }),
  };
}

interface PromptSettings extends RewriteSettings {
  /** The images that go with the prompt. */
  readonly images: Images;
  readonly maxCharacters: number;
}

/** How much is written of what can be long. Shares are of the whole prompt. */
interface PromptAmount {
  readonly uses: UsesAmount;
  /** How many of the past steps, the newest. */
  readonly past: number;
  /** The share of the feedback where it is on all uses together, and that of each past value and feedback. */
  readonly feedback: number;
  readonly note: number;
  readonly value: number;
}

/** The first amount that fits is taken. The value comes last: who does not see all of it cannot keep it. */
const amounts: readonly PromptAmount[] = [
  { uses: usualAmount, past: Infinity, feedback: Infinity, note: Infinity, value: Infinity },
  { uses: { uses: 40, inputs: 30, text: 300 }, past: Infinity, feedback: 0.3, note: Infinity, value: Infinity },
  { uses: { uses: 20, inputs: 20, text: 200 }, past: 4, feedback: 0.1, note: 0.1, value: Infinity },
  { uses: { uses: 10, inputs: 10, text: 100 }, past: 2, feedback: 0.05, note: 0.1, value: Infinity },
  { uses: { uses: 3, inputs: 5, text: 100 }, past: 0, feedback: 0.05, note: 0.05, value: 0.5 },
  { uses: { uses: 1, inputs: 2, text: 50 }, past: 0, feedback: 0.05, note: 0.05, value: 0.2 },
];

/** The most characters of the value where there is room for more: an earlier answer may have made it huge. */
const maxValueLength = 60_000;

/**
 * The prompt with as much of what can be long as fits. Objective, documentation, constraints and instructions are never
 * cut.
 */
function promptWithin(basis: RewriteBasis, problem: Problem, settings: PromptSettings): BoundedText {
  return firstWithin(settings.maxCharacters, amounts, {
    what: "the objective, documentation and constraints, with the rest as short as it may be,",
    write: (amount) => promptOf(basis, problem, { ...settings, amount }),
  });
}

type AmountSettings = PromptSettings & { readonly amount: PromptAmount };

function promptOf(basis: RewriteBasis, problem: Problem, settings: AmountSettings): string {
  const { variable, gradient, uses, past, note } = basis;
  const { objective, constraints, momentum, limits, amount, maxCharacters } = settings;
  const text = feedbackWithin(gradient, Math.min(limits.gradient, amount.feedback * maxCharacters));
  const now = uses === undefined ? text : pointsText(uses.received, limits.gradient);
  const pastGradients = past.map((step) => step.gradient);
  const points = momentum ? recurringPoints(now, pastGradients) : [];
  return joinSections([
    ["Objective", objective === "" ? undefined : objective],
    ["Variables", variableText(variable, settings)],
    ["Constraints", constraints.map((one) => `- ${one}`)],
    ["Used by", uses && operationLines(uses.received.parts)],
    ["Uses", uses && usesSection(uses, variable, settings)],
    ["Feedback", uses === undefined || uses.received.isReduced ? fenced(text) : undefined],
    ["Past steps", pastTexts(past, settings)],
    ["Came back", points.map(({ point, times }) => `- In ${times} of ${past.length} past steps: ${point}`)],
    ["Note", note === "" || note === undefined ? undefined : cut(note, Math.floor(amount.note * maxCharacters))],
    ["Your answer", jsonReply.instructions(problem)],
  ]);
}

function variableText(variable: Variable, { images, amount, maxCharacters }: AmountSettings): string {
  const { value } = variable;
  const limit = Math.min(maxValueLength, Math.floor(amount.value * maxCharacters));
  const text = imageText(value, images) ?? cut(valueText(value), limit);
  return [...variableLines(variable), fenced(text)].join("\n");
}

function usesSection(
  { graph, received, best }: VariableUses,
  variable: Variable,
  { limits, images, amount }: AmountSettings,
): string {
  const texts = usesText({
    ...{ graph, variable, received, images, amount: amount.uses },
    limits: { value: limits.value, feedback: limits.gradient },
  });
  const isOne = best === 1;
  const note = `(${best} other run${isOne ? "" : "s"} had the best score and ${isOne ? "is" : "are"} not shown.)`;
  return [...texts, ...(best === 0 ? [] : [note])].join("\n\n");
}

function pastTexts(past: readonly PastStep[], { limits, amount, maxCharacters }: AmountSettings): readonly string[] {
  const left = Math.max(0, past.length - amount.past);
  const limit = Math.min(limits.past, amount.feedback * maxCharacters);
  const texts = past.slice(left).map((step, at) => pastText(step, left + at + 1, limit));
  return left === 0 ? texts : [`(${leftOutText(left, "earlier step")})`, ...texts];
}

function pastText({ value, gradient }: PastStep, number: number, limit: number): string {
  const [valueBlock, gradientBlock] = [fenced(cut(value, limit)), fenced(cut(gradient, limit))];
  return `## Step ${number}\nValue:\n${valueBlock}\nFeedback on it:\n${gradientBlock}`;
}

/** What is remembered of a step. */
export function pastOf({ variable, gradient, uses }: RewriteBasis, limit: number): PastStep {
  const { value } = variable;
  const image = imageOf(value);
  const text = image === undefined ? valueText(value) : imageName(image);
  const said = uses === undefined ? feedbackWithin(gradient, limit) : pointsText(uses.received, limit);
  return { value: cut(text, limit), gradient: said };
}

/** What was said, each text once, without the names of the calls: those of another step mean nothing. */
function pointsText({ record, parts, isReduced }: ReceivedFeedback, limit: number): string {
  const records = isReduced ? [record] : parts.map((part) => part.record);
  return within([...new Set(records.map(feedbackText))], limit).join("\n");
}

/** A point of the newest gradient that past ones made too: earlier changes did not fix it. */
interface RecurringPoint {
  readonly point: string;
  /** How many of the past gradients make it. */
  readonly times: number;
}

const [maxPoints, maxPointLength, maxRecurring] = [200, 300, 5];
/** The share of words that two points must have in common to count as one: models seldom repeat themselves exactly. */
const minSharedWords = 0.5;

/** The points of `now` that `past` makes too, the most frequent first. Found by comparing words, without a model. */
function recurringPoints(now: string, past: readonly string[]): readonly RecurringPoint[] {
  const before = past.map((text) => pointsOf(text).map(wordsOf));
  return pointsOf(now)
    .map((point) => {
      const words = wordsOf(point);
      const isSame = (other: ReadonlySet<string>) => sharedWords(words, other) >= minSharedWords;
      return { point: cut(point, maxPointLength), times: before.filter((points) => points.some(isSame)).length };
    })
    .filter(({ times }) => times > 0)
    .sort((a, b) => b.times - a.times)
    .slice(0, maxRecurring);
}

/** The sentences and lines of a text, each once. */
function pointsOf(text: string): readonly string[] {
  const points = text.split(/\n+|(?<=[.!?;])\s+/).map((point) => point.trim());
  return [...new Set(points.filter((point) => point !== ""))].slice(0, maxPoints);
}

/** What a point is about: its words in lower case. Numbers are ignored, since they say how much and not what. */
function wordsOf(point: string): ReadonlySet<string> {
  return new Set(point.toLowerCase().match(/\p{L}+/gu) ?? []);
}

/** The share of all words that both points have; 0 for points without words. */
function sharedWords(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of one) if (other.has(word)) shared += 1;
  const all = one.size + other.size - shared;
  return all === 0 ? 0 : shared / all;
}
