/** Carries feedback back through a graph level by level, with a model's help: the walk that textual gradients share. */

import type { Signal } from "../../graph/credit.ts";
import { type FeedbackRecord, feedbackText } from "../../graph/feedback.ts";
import type { Graph } from "../../graph/graph.ts";
import type { ModelRequest } from "../../llm/llm.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { isAbort } from "../../util/abort.ts";
import { append, getOrSet } from "../../util/collections.ts";
import { cut, shorten, within } from "../../util/cut.ts";
import { ExternalCallError, messageOf as errorMessageOf, TracegradError } from "../../util/errors.ts";
import { atPath } from "../../util/external-call.ts";
import { mapLimited } from "../../util/limit.ts";
import type { Exchange } from "../algorithm.ts";
import { refuse } from "../prompt/answer.ts";
import { accept, askFor, type ReplyReading } from "../prompt/ask.ts";
import { fenced, joinSections } from "../prompt/text.ts";
import {
  feedbackWith,
  type GatheredFeedback,
  gatherFeedback,
  passesThrough,
  passFeedback,
  type SuccessorFeedback,
} from "./feedback.ts";
import type { GradientFallback, PropagatorSettings, TextCredit } from "./options.ts";
import { type BackwardPlan, type PlannedNode, planOf } from "./plan.ts";
import { reduceSystem } from "./prompt-text.ts";
import { type GradientMethod, type GradientQuestion, messageOf, readText } from "./questions.ts";

/** How feedback is carried back. */
export interface CarryOptions {
  readonly method: GradientMethod;
  readonly settings: PropagatorSettings;
  /** The parameters to reach. Default: all trainable ones. */
  readonly targets?: ReadonlySet<Parameter>;
}

/**
 * The credit of `feedback` on the output of `graph`, with its own text for each parameter that is reached.
 * @throws TracegradError `too-many-calls` before anything is spent.
 */
export async function carryBack(
  graph: Graph,
  feedback: FeedbackRecord,
  { method, settings, targets }: CarryOptions,
): Promise<TextCredit> {
  settings.signal?.throwIfAborted();
  const plan = planOf(graph, targets);
  const spare = settings.maxCalls - requireCalls(plan, method, settings);
  const pass = new BackwardPass({ graph, feedback, method, settings }, spare);
  for (const level of plan.levels) await pass.level(level);
  const signals = new Map<Parameter, Signal>();
  for (const parameter of plan.parameters) {
    const { value, version } = graph.read(parameter);
    const own = pass.received.get(parameter) as FeedbackRecord;
    signals.set(parameter, { parameter, value, version, feedback: own, subgraph: undefined });
  }
  return { feedback, signals, exchanges: pass.exchanges, fallbacks: pass.fallbacks };
}

/** How many calls the operations of a plan take. Throws when they are too many. */
function requireCalls(
  { levels }: BackwardPlan,
  method: GradientMethod,
  { maxCalls, passThrough }: PropagatorSettings,
): number {
  let needed = 0;
  for (const { node, inputs } of levels.flat()) {
    if (!passesThrough(node, passThrough)) needed += method.calls(inputs.length);
  }
  if (needed <= maxCalls) return needed;
  throw new TracegradError(
    "too-many-calls",
    `${method.name} needs ${needed} model calls for this graph; \`maxCalls\` is ${maxCalls}, so none was made. ` +
      "Raise it, learn from fewer runs or a shorter horizon at once, or name operations in `passThrough` " +
      "that need no judging.",
  );
}

/** What a pass works on. */
interface PassBasis {
  readonly graph: Graph;
  readonly feedback: FeedbackRecord;
  readonly method: GradientMethod;
  readonly settings: PropagatorSettings;
}

/** The readings of an answer, one for each input of the question. */
interface QuestionAnswer {
  readonly readings: readonly ReplyReading<string>[];
  readonly exchanges: readonly Exchange[];
}

type StepQuestion = GradientQuestion & { readonly step: PlannedNode };

/** One backward pass. Calls run at once in any order, but their results are taken in the order of the nodes. */
class BackwardPass {
  readonly exchanges: Exchange[] = [];
  readonly fallbacks: GradientFallback[] = [];
  /** The feedback on each parameter. */
  readonly received = new Map<unknown, FeedbackRecord>();
  readonly #basis: PassBasis;
  /** The feedback of the successors of each node so far. */
  readonly #parts = new Map<number, SuccessorFeedback[]>();
  /** The feedback on the outputs that each node led to: what its inputs get where there is no gradient. */
  readonly #origins = new Map<number, Set<FeedbackRecord>>();
  /** Calls that may be made beside those of the operations. */
  #spareCalls: number;
  #callCount = 0;

  constructor(basis: PassBasis, spareCalls: number) {
    this.#basis = basis;
    this.#spareCalls = spareCalls;
  }

  /** Handles nodes whose successors have all been handled. */
  async level(steps: readonly PlannedNode[]): Promise<void> {
    const records = await this.#settle(steps);
    const questions: StepQuestion[] = [];
    for (const [at, step] of steps.entries()) {
      const record = records[at] as FeedbackRecord;
      if (step.inputs.length === 0) this.received.set(step.node, record);
      else if (passesThrough(step.node, this.#basis.settings.passThrough)) this.#pass(step, record);
      else for (const question of this.#questions(step, record)) questions.push({ ...question, step });
    }
    const answers = await this.#askAll(questions);
    for (const [at, question] of questions.entries()) this.#take(question, answers[at] as QuestionAnswer);
  }

  #questions(step: PlannedNode, feedback: FeedbackRecord): readonly GradientQuestion[] {
    const { graph, method, settings } = this.#basis;
    const { maxValueLength, maxTextLength, reduceAbove } = settings;
    const limits = { value: maxValueLength, feedback: Math.max(maxTextLength, reduceAbove) };
    return method.questions({ graph, step, feedback, limits });
  }

  #askAll(questions: readonly GradientQuestion[]): Promise<QuestionAnswer[]> {
    // The call paths are fixed here, in the order of the nodes, so they do not depend on which call is faster.
    const calls = questions.map((question) => ({ question, path: `gradient ${++this.#callCount}` }));
    const { concurrency, ...settings } = this.#basis.settings;
    return mapLimited(calls, concurrency, ({ question, path }) => askQuestion(question, path, settings));
  }

  /** Gives each input of an answered question its gradient, or the raw feedback where there is none. */
  #take({ step, inputs }: StepQuestion, { readings, exchanges }: QuestionAnswer): void {
    this.exchanges.push(...exchanges);
    for (const [at, input] of inputs.entries()) {
      const { value, refused } = readings[at] ?? refuse("the answer could not be read");
      const origins = [...(this.#origins.get(step.index) ?? [])];
      if (value !== undefined) {
        const text = cut(value, this.#basis.settings.maxTextLength);
        this.#give(input.index, step, { record: { text }, origins });
        continue;
      }
      this.#report(step, refused[0]?.reason ?? "", this.#basis.graph.nameOf(input.node));
      for (const origin of origins) this.#give(input.index, step, { record: origin, origins: [origin] });
    }
  }

  #pass(step: PlannedNode, feedback: FeedbackRecord): void {
    const { graph, feedback: outputFeedback } = this.#basis;
    const origins = [...(this.#origins.get(step.index) ?? [feedback])];
    for (const { input, record, origin } of passFeedback({ graph, outputFeedback, step, feedback })) {
      this.#give(input.index, step, { record, origins: origin === undefined ? origins : [origin] });
    }
  }

  #give(
    index: number,
    step: PlannedNode,
    { record, origins }: { readonly record: FeedbackRecord; readonly origins: readonly FeedbackRecord[] },
  ): void {
    const part = { index: step.index, from: this.#basis.graph.nameOf(step.node), record };
    append(this.#parts, index, part);
    const known = getOrSet(this.#origins, index, () => new Set<FeedbackRecord>());
    for (const origin of origins) known.add(origin);
  }

  /** The feedback on each node: as it came, joined, or, where that is too long, reduced by a model. */
  async #settle(steps: readonly PlannedNode[]): Promise<readonly FeedbackRecord[]> {
    const gathered = steps.map((step) => this.#gather(step));
    const { reduceAbove } = this.#basis.settings;
    const isLong = ({ only, texts }: GatheredFeedback) => only === undefined && joinLines(texts).length > reduceAbove;
    const long = [...gathered.keys()].filter((at) => isLong(gathered[at] as GatheredFeedback));
    const affordable = long.slice(0, this.#spareCalls);
    this.#spareCalls -= affordable.length;
    const answers = await this.#askAll(affordable.map((at) => this.#reduction(gathered[at] as GatheredFeedback)));
    const answerAt = new Map(affordable.map((at, index) => [at, answers[index] as QuestionAnswer]));
    return gathered.map(({ only, texts, images }, at) => {
      if (only !== undefined) return only;
      const isReduced = long.includes(at);
      const text = isReduced ? this.#reduce(steps[at] as PlannedNode, texts, answerAt.get(at)) : joinLines(texts);
      return feedbackWith(text, images);
    });
  }

  #gather({ index, node }: PlannedNode): GatheredFeedback {
    const { graph, feedback } = this.#basis;
    if (node !== graph.output) return gatherFeedback(this.#parts.get(index) ?? []);
    this.#origins.set(index, new Set([feedback]));
    return { only: feedback, texts: [feedbackText(feedback)], images: [] };
  }

  #reduction({ texts, images }: GatheredFeedback): GradientQuestion {
    const { reduceAbove } = this.#basis.settings;
    // Several times as much as the answer may have: the model should see more than a plain cut would leave.
    const lines = within(texts, 4 * reduceAbove).map((text, at) => `${at + 1}. ${text}`);
    const prompt = joinSections([["Feedback", fenced(joinLines(lines))]]);
    const request = { system: reduceSystem, messages: [messageOf(prompt, { images })] };
    return { inputs: [], request, read: (reply) => [readText(reply)] };
  }

  /** The reduced text; where there is none, all texts, cut. */
  #reduce(step: PlannedNode, texts: readonly string[], answer: QuestionAnswer | undefined): string {
    const { maxTextLength, reduceAbove, maxCalls } = this.#basis.settings;
    this.exchanges.push(...(answer?.exchanges ?? []));
    const noCall = `no call is left of the ${maxCalls} of \`maxCalls\` to reduce the feedback`;
    const { value, refused } = answer?.readings[0] ?? refuse(noCall);
    if (value !== undefined) return cut(value, maxTextLength);
    this.#report(step, refused[0]?.reason ?? "");
    return cut(joinLines(within(texts, reduceAbove)), reduceAbove);
  }

  #report({ node }: PlannedNode, reason: string, input?: string): void {
    this.fallbacks.push({ node: this.#basis.graph.nameOf(node), input, reason });
  }
}

/** Asks one question. A call that fails gives a refusal for each input; what must end the run is thrown. */
async function askQuestion(
  { inputs, request, read }: GradientQuestion,
  path: string,
  { llm, signal, maxReplyTokens, temperature }: Omit<PropagatorSettings, "concurrency">,
): Promise<QuestionAnswer> {
  const full: ModelRequest = {
    ...request,
    maxTokens: maxReplyTokens,
    ...(temperature === null ? {} : { temperature }),
  };
  const question = { request: full, llm, signal: signal ?? undefined, retries: 0 };
  try {
    signal?.throwIfAborted();
    const ask = () => askFor({ ...question, read: (reply) => accept(read(reply)) });
    const { value, exchanges } = await atPath(path, ask);
    // A model may ignore the signal; a cancelled pass gives nothing even so.
    signal?.throwIfAborted();
    return { readings: value ?? [], exchanges };
  } catch (error) {
    // An abort, and failures outside the program, are no judgement on the program.
    signal?.throwIfAborted();
    if (isAbort(error) || error instanceof ExternalCallError) throw error;
    const reading = refuse(`the call failed: ${shorten(errorMessageOf(error), 500)}`);
    return { readings: Array.from({ length: Math.max(1, inputs.length) }, () => reading), exchanges: [] };
  }
}

function joinLines(texts: readonly string[]): string {
  return texts.join("\n");
}
