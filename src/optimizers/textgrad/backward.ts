/** Carries feedback back through a graph level by level, with a model's help: the walk that textual gradients share. */

import type { Signal } from "../../graph/credit.ts";
import { type FeedbackRecord, feedbackText } from "../../graph/feedback.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { append, getOrSet } from "../../util/collections.ts";
import { cut, within } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";
import { mapLimited } from "../../util/limit.ts";
import { fenced } from "../prompt/fence.ts";
import { type Asked, Caller } from "./caller.ts";
import { type Method, type Query, readText } from "./method.ts";
import type { CarrySettings, GradientFallback, TextCredit } from "./options.ts";
import { passed } from "./pass.ts";
import { type Plan, planOf, type Step } from "./plan.ts";
import { reduceSystem } from "./prompt-text.ts";
import { messageOf } from "./render.ts";
import { passesThrough } from "./structural.ts";
import { sections } from "./text.ts";
import { type Gathered, gather, type Part, recordOf } from "./told.ts";

/**
 * The credit of `feedback` on the output of `graph`, with a text of its own for each parameter: for all that are
 * trainable, or for `targets` only.
 * @throws TracegradError `too-many-calls` before anything is spent.
 */
export async function carryBack(
  graph: Graph,
  feedback: FeedbackRecord,
  { method, settings, targets }: { method: Method; settings: CarrySettings; targets?: ReadonlySet<Parameter> },
): Promise<TextCredit> {
  settings.signal?.throwIfAborted();
  const plan = planOf(graph, targets);
  const spare = settings.maxCalls - requireCalls(plan, method, settings);
  const pass = new Pass({ graph, feedback, method, settings }, spare);
  for (const level of plan.levels) await pass.level(level);
  const signals = new Map<Parameter, Signal>();
  for (const parameter of plan.parameters) {
    const { value, version } = graph.read(parameter);
    const told = pass.told.get(parameter) as FeedbackRecord;
    signals.set(parameter, { parameter, value, version, feedback: told, subgraph: undefined });
  }
  return { feedback, signals, exchanges: pass.caller.exchanges, fallbacks: pass.fallbacks };
}

/** How many calls the operations of a plan take. Throws when they are too many. */
function requireCalls({ levels }: Plan, method: Method, { maxCalls, passThrough }: CarrySettings): number {
  let needed = 0;
  for (const { node, inputs } of levels.flat()) {
    if (!passesThrough(node, passThrough)) needed += method.calls(inputs.length);
  }
  if (needed <= maxCalls) return needed;
  throw new TracegradError(
    "too-many-calls",
    `${method.name} needs ${needed} model calls for this graph; \`maxCalls\` is ${maxCalls}, so none was made. Raise it, learn ` +
      "from fewer runs or a shorter horizon at once, or name operations in `passThrough` that need no judging.",
  );
}

interface Given {
  readonly graph: Graph;
  readonly feedback: FeedbackRecord;
  readonly method: Method;
  readonly settings: CarrySettings;
}

/** One backward pass. Whatever is concurrent is only asked in any order: all is noted in the order of the nodes. */
class Pass {
  readonly caller: Caller;
  readonly fallbacks: GradientFallback[] = [];
  /** What each parameter was told. */
  readonly told = new Map<unknown, FeedbackRecord>();
  readonly #given: Given;
  /** What the successors of each node said of it so far. */
  readonly #parts = new Map<number, Part[]>();
  /** The feedback on outputs that each node led to: what its inputs are told when a gradient cannot be had. */
  readonly #origins = new Map<number, Set<FeedbackRecord>>();
  /** Calls that may be spent beside those of the operations. */
  #spare: number;

  constructor(given: Given, spare: number) {
    this.#given = given;
    this.#spare = spare;
    this.caller = new Caller(given.settings);
  }

  /** Handles nodes whose successors have all been handled. */
  async level(steps: readonly Step[]): Promise<void> {
    const told = await this.#settle(steps);
    const queries: (Query & { readonly step: Step })[] = [];
    for (const [at, step] of steps.entries()) {
      const record = told[at] as FeedbackRecord;
      if (step.inputs.length === 0) this.told.set(step.node, record);
      else if (passesThrough(step.node, this.#given.settings.passThrough)) this.#pass(step, record);
      else for (const query of this.#queries(step, record)) queries.push({ ...query, step });
    }
    const answers = await this.#askAll(queries);
    for (const [at, query] of queries.entries()) this.#take(query, answers[at] as Asked);
  }

  #queries(step: Step, told: FeedbackRecord): readonly Query[] {
    const { graph, method, settings } = this.#given;
    const { maxValueLength, maxTextLength, reduceAbove } = settings;
    const limits = { value: maxValueLength, feedback: Math.max(maxTextLength, reduceAbove) };
    return method.queries({ graph, step, told, limits });
  }

  #askAll(queries: readonly Query[]): Promise<Asked[]> {
    const asked = queries.map((query) => this.caller.prepared(query));
    return mapLimited(asked, this.#given.settings.concurrency, (ask) => ask());
  }

  /** Gives each input of an answered question its gradient, or the raw feedback where there is none. */
  #take({ step, inputs }: Query & { readonly step: Step }, asked: Asked): void {
    this.caller.note(asked);
    for (const [at, input] of inputs.entries()) {
      const read = asked.read[at] ?? { reason: "the answer could not be read" };
      const origins = [...(this.#origins.get(step.index) ?? [])];
      if ("text" in read) {
        const text = cut(read.text, this.#given.settings.maxTextLength);
        this.#give(input.index, step, { record: { text }, origins });
        continue;
      }
      this.#report(step, read.reason, this.#given.graph.nameOf(input.node));
      for (const origin of origins) this.#give(input.index, step, { record: origin, origins: [origin] });
    }
  }

  #pass(step: Step, told: FeedbackRecord): void {
    const { graph, feedback } = this.#given;
    const origins = [...(this.#origins.get(step.index) ?? [told])];
    for (const { input, record, origin } of passed({ graph, feedback, step, told })) {
      this.#give(input.index, step, { record, origins: origin === undefined ? origins : [origin] });
    }
  }

  #give(
    index: number,
    step: Step,
    { record, origins }: { readonly record: FeedbackRecord; readonly origins: readonly FeedbackRecord[] },
  ): void {
    const part = { at: step.index, from: this.#given.graph.nameOf(step.node), record };
    append(this.#parts, index, part);
    const known = getOrSet(this.#origins, index, () => new Set<FeedbackRecord>());
    for (const origin of origins) known.add(origin);
  }

  /** What each node is told: as it came, put together, or, where that is too long, reduced by a model. */
  async #settle(steps: readonly Step[]): Promise<readonly FeedbackRecord[]> {
    const gathered = steps.map((step) => this.#gathered(step));
    const { reduceAbove } = this.#given.settings;
    const isLong = ({ only, texts }: Gathered) => only === undefined && joined(texts).length > reduceAbove;
    const long = [...gathered.keys()].filter((at) => isLong(gathered[at] as Gathered));
    const affordable = long.slice(0, this.#spare);
    this.#spare -= affordable.length;
    const answers = await this.#askAll(affordable.map((at) => this.#reduction(gathered[at] as Gathered)));
    const reduced = new Map(affordable.map((at, index) => [at, answers[index] as Asked]));
    return gathered.map((one, at) => {
      const { only, texts, images } = one;
      if (only !== undefined) return only;
      const text = long.includes(at) ? this.#shortened(steps[at] as Step, texts, reduced.get(at)) : joined(texts);
      return recordOf(text, images);
    });
  }

  #gathered({ index, node }: Step): Gathered {
    const { graph, feedback } = this.#given;
    if (node !== graph.output) return gather(this.#parts.get(index) ?? []);
    this.#origins.set(index, new Set([feedback]));
    return { only: feedback, texts: [feedbackText(feedback)], images: [] };
  }

  #reduction({ texts, images }: Gathered): Query {
    const { reduceAbove } = this.#given.settings;
    // Several times as much as is kept: the model shall see more than what a plain cut would leave.
    const shown = within(texts, 4 * reduceAbove).map((text, at) => `${at + 1}. ${text}`);
    const prompt = sections([["Feedback", fenced(joined(shown))]]);
    const request = { system: reduceSystem, messages: [messageOf(prompt, { images })] };
    return { inputs: [], request, read: (reply) => [readText(reply)] };
  }

  /** The reduced text; where there is none, all texts cut to what is kept. */
  #shortened(step: Step, texts: readonly string[], asked: Asked | undefined): string {
    const { maxTextLength, reduceAbove, maxCalls } = this.#given.settings;
    if (asked !== undefined) this.caller.note(asked);
    const read = asked?.read[0] ?? {
      reason: `no call is left of the ${maxCalls} of \`maxCalls\` to reduce the feedback`,
    };
    if ("text" in read) return cut(read.text, maxTextLength);
    this.#report(step, read.reason);
    return cut(joined(within(texts, reduceAbove)), reduceAbove);
  }

  #report({ node }: Step, reason: string, input?: string): void {
    this.fallbacks.push({ node: this.#given.graph.nameOf(node), input, reason });
  }
}

function joined(texts: readonly string[]): string {
  return texts.join("\n");
}
