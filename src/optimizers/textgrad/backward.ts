/** Carries feedback back through a graph level by level, with a model's help: the walk that textual gradients share. */

import type { Signal } from "../../graph/credit.ts";
import type { FeedbackRecord } from "../../graph/feedback-record.ts";
import type { Graph } from "../../graph/graph.ts";
import type { ModelRequest } from "../../llm/llm.ts";
import { Parameter } from "../../nodes/parameter.ts";
import { isAbort } from "../../util/abort.ts";
import { getOrSet } from "../../util/collections.ts";
import { cut, shorten, within } from "../../util/cut.ts";
import { ExternalCallError, messageOf as errorMessageOf, TracegradError } from "../../util/errors.ts";
import { atPath } from "../../util/external-call.ts";
import { mapLimited } from "../../util/limit.ts";
import type { Exchange } from "../algorithm.ts";
import { refuse } from "../prompt/answer.ts";
import { accept, askFor, type ReplyReading } from "../prompt/ask.ts";
import { fenced, joinSections } from "../prompt/text.ts";
import {
  type FeedbackPart,
  feedbackWith,
  type GatheredFeedback,
  gatherFeedback,
  noCalls,
  PartList,
  passFeedback,
} from "./feedback.ts";
import type { GradientFallback, PropagatorSettings, TextCredit } from "./options.ts";
import { type BackwardPlan, type BestRuns, bestRunsOf, type PlannedNode, passageOf, planOf, praiseOf } from "./plan.ts";
import { reduceSystem } from "./prompt-text.ts";
import { type GradientMethod, type GradientQuestion, messageOf, readText } from "./questions.ts";

/** How feedback is carried back. */
export interface CarryOptions {
  readonly method: GradientMethod;
  readonly settings: PropagatorSettings;
  /** The parameters to reach. Default: all trainable ones. */
  readonly targets?: ReadonlySet<Parameter>;
}

/** What a backward pass gives. */
export interface BackwardResult {
  readonly credit: TextCredit;
  /** What each parameter got, in parts; nothing for one that only runs with the best score depend on. */
  readonly received: ReadonlyMap<Parameter, ReceivedFeedback>;
  readonly best: BestRuns;
}

/** The feedback on a value. */
export interface ReceivedFeedback {
  readonly record: FeedbackRecord;
  readonly parts: readonly FeedbackPart[];
  /** Whether a model has put the parts together, because they were too long. */
  readonly isReduced: boolean;
}

/**
 * Carries `feedback` on the output of `graph` back to its parameters. The signal of a parameter holds its own text; of
 * one that only runs with the best score depend on, the feedback on these as it is.
 * @throws TracegradError `too-many-calls` before anything is spent.
 */
export async function carryBack(
  graph: Graph,
  feedback: FeedbackRecord,
  { method, settings, targets }: CarryOptions,
): Promise<BackwardResult> {
  settings.signal?.throwIfAborted();
  const best = bestRunsOf(graph, feedback, settings.maxScore);
  const plan = planOf(graph, { targets, spared: best.places });
  const spare = settings.maxCalls - requireCalls(plan, method, settings);
  const pass = new BackwardPass({ graph, feedback, method, settings }, spare);
  for (const level of plan.levels) await pass.level(level);
  const { exchanges, fallbacks, received } = pass;
  const signals = new Map<Parameter, Signal>();
  for (const parameter of plan.parameters) {
    const { value, version } = graph.read(parameter);
    const own = received.get(parameter)?.record ?? praiseOf(parameter, best) ?? feedback;
    signals.set(parameter, { parameter, value, version, feedback: own, subgraph: undefined });
  }
  return { credit: { feedback, signals, exchanges, fallbacks }, received, best };
}

/** How many calls the operations of a plan take. Throws when they are too many. */
function requireCalls({ levels }: BackwardPlan, method: GradientMethod, settings: PropagatorSettings): number {
  const { maxCalls } = settings;
  let needed = 0;
  for (const { node, inputs } of levels.flat()) {
    if (passageOf(node, settings) === "judged") needed += method.calls(inputs.length);
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
  readonly received = new Map<Parameter, ReceivedFeedback>();
  readonly #basis: PassBasis;
  /** What each node has got so far. */
  readonly #parts = new Map<number, PartList>();
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
    const all = await this.#settle(steps);
    const questions: StepQuestion[] = [];
    for (const [at, step] of steps.entries()) {
      const received = all[at] as ReceivedFeedback;
      const passage = passageOf(step.node, this.#basis.settings);
      if (step.node instanceof Parameter) this.received.set(step.node, received);
      else if (passage !== "judged") this.#pass(step, received, passage === "plain");
      else for (const question of this.#questions(step, received.record)) questions.push({ ...question, step });
    }
    const answers = await this.#askAll(questions);
    for (const [at, question] of questions.entries()) this.#take(question, answers[at] as QuestionAnswer);
  }

  #questions(step: PlannedNode, feedback: FeedbackRecord): readonly GradientQuestion[] {
    const { graph, method, settings } = this.#basis;
    const { maxValueLength, maxTextLength, reduceAbove, objective, maxPromptTokens: tokens } = settings;
    const limits = { value: maxValueLength, feedback: Math.max(maxTextLength, reduceAbove), tokens };
    return method.questions({ graph, step, feedback, objective, limits });
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
        this.#give(input.index, this.#partFrom(step, { text }), origins);
        continue;
      }
      this.#report(step, refused[0]?.reason ?? "", this.#basis.graph.nameOf(input.node));
      for (const origin of origins) this.#give(input.index, this.#partFrom(step, origin), [origin]);
    }
  }

  #partFrom(step: PlannedNode, record: FeedbackRecord): FeedbackPart {
    return { index: step.index, from: this.#basis.graph.nameOf(step.node), record, use: step, passed: noCalls };
  }

  #pass(step: PlannedNode, { record, parts }: ReceivedFeedback, isPlain: boolean): void {
    const { graph, feedback: outputFeedback } = this.#basis;
    const origins = [...(this.#origins.get(step.index) ?? [record])];
    for (const { input, part, origin } of passFeedback({ graph, outputFeedback, step, record, parts }, isPlain)) {
      this.#give(input.index, part, origin === undefined ? origins : [origin]);
    }
  }

  /** Gives a node a part, and the feedback that it came from. */
  #give(index: number, part: FeedbackPart, origins: readonly FeedbackRecord[]): void {
    getOrSet(this.#parts, index, () => new PartList()).add(part);
    const known = getOrSet(this.#origins, index, () => new Set<FeedbackRecord>());
    for (const origin of origins) known.add(origin);
  }

  /** The feedback on each node: as it came, joined, or, where that is too long, reduced by a model. */
  async #settle(steps: readonly PlannedNode[]): Promise<readonly ReceivedFeedback[]> {
    const gathered = steps.map((step) => this.#gather(step));
    const { reduceAbove } = this.#basis.settings;
    const isLong = ({ only, texts }: GatheredFeedback) => only === undefined && joinLines(texts).length > reduceAbove;
    const long = [...gathered.keys()].filter((at) => isLong(gathered[at] as GatheredFeedback));
    const affordable = long.slice(0, this.#spareCalls);
    this.#spareCalls -= affordable.length;
    const answers = await this.#askAll(affordable.map((at) => this.#reduction(gathered[at] as GatheredFeedback)));
    const answerAt = new Map(affordable.map((at, index) => [at, answers[index] as QuestionAnswer]));
    return gathered.map(({ parts, only, texts, images }, at) => {
      if (only !== undefined) return { record: only, parts, isReduced: false };
      const step = steps[at] as PlannedNode;
      const isReduced = long.includes(at);
      const text = isReduced ? this.#reduce(step, texts, answerAt.get(at)) : joinLines(texts);
      const record = feedbackWith(text, images);
      const isShared = isReduced && !(step.node instanceof Parameter);
      return { record, parts: isShared ? [this.#partOn(step, record)] : parts, isReduced };
    });
  }

  #gather(step: PlannedNode): GatheredFeedback {
    const { graph, feedback } = this.#basis;
    const isOutput = step.node === graph.output;
    if (isOutput) this.#origins.set(step.index, new Set([feedback]));
    return gatherFeedback(
      graph,
      isOutput ? [this.#partOn(step, feedback)] : (this.#parts.get(step.index)?.parts ?? []),
    );
  }

  /** What is said of a value itself. */
  #partOn({ index, node }: PlannedNode, record: FeedbackRecord): FeedbackPart {
    return { index, from: this.#basis.graph.nameOf(node), record, use: undefined, passed: noCalls };
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
