/** Several independent items as one: the batch template, and the choice of which items go together. */

import { combine, type Feedback, toFeedback } from "../graph/feedback.ts";
import { FeedbackError } from "../graph/feedback-error.ts";
import { type Graph, LearningGraph } from "../graph/graph.ts";
import { messageOf, TracegradError } from "../util/errors.ts";
import { preview } from "../util/preview.ts";
import { requireWholeNumber } from "../util/require.ts";
import { batchify } from "./batchify.ts";
import { interactive } from "./interactive.ts";
import type { LearningItem, LearningTemplate } from "./template.ts";

/** How many failures a batch should hold beside successes, so that the optimizer can compare them. */
export interface BatchMix {
  /** How many items of a batch are failures (a failed run, or a score below 1), from 0 up to the batch size. */
  readonly failures: number;
  /** How many items beyond one batch may wait for a better match. Default: three times the batch size. */
  readonly lookAhead?: number;
}

/** Options of {@link batch}. */
export interface BatchOptions {
  /**
   * Reorders items, within a look-ahead, so that each batch holds that many failures and otherwise successes, as far
   * as there are enough of both: the oldest of each first, and within a batch in the order in which they came. Default:
   * batches in the order of the stream.
   */
  readonly mix?: BatchMix;
  /** What becomes of a batch that is short: the last one, or where fewer episodes go on. Default: `"keep"`. */
  readonly last?: "keep" | "drop";
  /**
   * How the feedback on the members becomes feedback on the batch: listed by index (`ID [i]: …`, as in the paper's
   * appendix C.4), or by your own function. Default: `"list"`.
   */
  readonly aggregate?: "list" | ((feedback: readonly Feedback[]) => Feedback);
}

/**
 * The batch template, G = batchify(g1 … gB): each update learns from `size` items of the inner template, which may be
 * a batch or episodes too. In an environment, `size` episodes run side by side and their k-th windows make the k-th
 * batch, so it never holds two windows of one episode; where fewer episodes go on, it is short. Source: the paper's appendices C.4
 * and D.3.
 * @param size Learning items in a batch; a last batch may be shorter.
 * @param inner What makes the items from experiences. Default: `interactive()`.
 * @throws TracegradError `bad-option` for an invalid size, inner template or option.
 * @example
 * batch(3, episodic({ horizon: 25 })) // for each update, 25 steps of each of three episodes
 */
export function batch(
  size: number,
  inner: LearningTemplate = interactive(),
  options: BatchOptions = {},
): LearningTemplate {
  const { last = "keep", aggregate = "list" } = options;
  requireWholeNumber("size", size);
  requireTemplate(inner);
  requireChoices(last, aggregate);
  const mix = options.mix === undefined ? undefined : checkedMix(options.mix, size);
  return {
    spec: {
      kind: "batch",
      size,
      inner: inner.spec,
      last,
      aggregate: aggregate === "list" ? "list" : `function ${aggregate.name}`,
      ...(mix === undefined ? {} : { mix }),
    },
    wants: size * inner.wants,
    episodes: inner.episodes,
    async *stream(experiences) {
      const pool = new Pool(size, mix);
      for await (const item of inner.stream(experiences)) {
        pool.add(item);
        if (item.pause !== true && pool.isReady) yield batchItem(pool.take(), aggregate);
        // An episode whose window waits must not go on to its next one.
        if (item.pause === true) for (const items of pool.takeAll(last)) yield batchItem(items, aggregate);
      }
      for (const items of pool.takeAll(last)) yield batchItem(items, aggregate);
    },
  };
}

function requireTemplate(inner: LearningTemplate): void {
  if (typeof (inner as Partial<LearningTemplate> | null)?.stream === "function") return;
  throw new TracegradError(
    "bad-option",
    "The second argument of batch is a template, such as interactive() or episodic({ horizon: 25 }); got " +
      `${preview(inner)}. Options come third.`,
  );
}

function requireChoices(last: unknown, aggregate: unknown): void {
  if (last !== "keep" && last !== "drop") {
    throw new TracegradError("bad-option", `\`last\` is "keep" or "drop"; got ${preview(last)}.`);
  }
  if (aggregate !== "list" && typeof aggregate !== "function") {
    throw new TracegradError("bad-option", `\`aggregate\` is "list" or a function; got ${preview(aggregate)}.`);
  }
}

function checkedMix({ failures, lookAhead }: BatchMix, size: number): Required<BatchMix> {
  requireWholeNumber("mix.failures", failures, { zero: true });
  if (failures > size) {
    throw new TracegradError(
      "bad-option",
      `A batch of ${size} cannot hold ${failures} failures: see \`mix.failures\`.`,
    );
  }
  if (lookAhead !== undefined) requireWholeNumber("mix.lookAhead", lookAhead, { zero: true });
  return { failures, lookAhead: lookAhead ?? 3 * size };
}

interface WaitingItem {
  readonly item: LearningItem;
  readonly failed: boolean;
}

/** Learning items that wait for their batch, in the order in which they came. */
class Pool {
  readonly #size: number;
  readonly #mix: Required<BatchMix> | undefined;
  readonly #waiting: WaitingItem[] = [];

  constructor(size: number, mix: Required<BatchMix> | undefined) {
    this.#size = size;
    this.#mix = mix;
  }

  get count(): number {
    return this.#waiting.length;
  }

  add(item: LearningItem): void {
    this.#waiting.push({ item, failed: this.#mix !== undefined && isFailure(item) });
  }

  /** Whether a batch can be taken that no further item would improve, or that no longer may wait for one. */
  get isReady(): boolean {
    if (this.#mix === undefined || this.count < this.#size) return this.count >= this.#size;
    const { failures, lookAhead } = this.#mix;
    const failed = this.#waiting.filter((one) => one.failed).length;
    const enough = failed >= failures && this.count - failed >= this.#size - failures;
    return enough || this.count >= this.#size + lookAhead;
  }

  /** Takes the next batch out: all that is left when that is less. */
  take(): readonly LearningItem[] {
    const chosen = new Set(this.#choose());
    const rest = this.#waiting.filter((one) => !chosen.has(one));
    const taken = this.#waiting.filter((one) => chosen.has(one)).map((one) => one.item);
    this.#waiting.splice(0, this.count, ...rest);
    return taken;
  }

  /** Takes all batches out; a short one is dropped when `last` says so. */
  takeAll(last: "keep" | "drop"): readonly (readonly LearningItem[])[] {
    const batches: (readonly LearningItem[])[] = [];
    while (this.count > 0) batches.push(this.take());
    return last === "keep" ? batches : batches.filter(({ length }) => length === this.#size);
  }

  #choose(): readonly WaitingItem[] {
    if (this.#mix === undefined) return this.#waiting.slice(0, this.#size);
    const { failures } = this.#mix;
    const bad = this.#waiting.filter((one) => one.failed);
    const good = this.#waiting.filter((one) => !one.failed);
    const matching = [...bad.splice(0, failures), ...good.splice(0, this.#size - failures)];
    // Where one kind is short, the other fills the batch.
    return [...matching, ...bad, ...good].slice(0, this.#size);
  }
}

function isFailure({ graph, feedback }: LearningItem): boolean {
  const items = (Array.isArray(feedback) ? feedback : [feedback]) as readonly Feedback[];
  return hasFailed(graph) || items.some((item) => (toFeedback(item).score ?? 1) < 1);
}

function hasFailed(graph: Graph): boolean {
  return graph.error !== undefined || (graph instanceof LearningGraph && graph.members.some(hasFailed));
}

function batchItem(items: readonly LearningItem[], aggregate: NonNullable<BatchOptions["aggregate"]>): LearningItem {
  const feedback = items.map(feedbackOf);
  const episodes = items.flatMap((item) => item.episodes ?? []);
  return {
    graph: batchify(items.map((item) => item.graph)) as Graph,
    feedback: aggregate === "list" ? feedback : aggregated(aggregate(feedback)),
    size: items.reduce((sum, item) => sum + item.size, 0),
    ...(items.at(-1)?.pause === true ? { pause: true } : {}),
    ...(episodes.length === 0 ? {} : { episodes }),
  };
}

/**
 * The feedback on a learning item as one. That on a batch is indented, so that its indices are not taken for those around it.
 */
function feedbackOf({ feedback }: LearningItem): Feedback {
  if (!Array.isArray(feedback)) return feedback as Feedback;
  const items = feedback as readonly Feedback[];
  const whole = combine(items.map(toFeedback));
  return { ...whole, text: `A batch of ${items.length}:\n${whole.text}`.replaceAll("\n", "\n  ") };
}

function aggregated(feedback: Feedback): Feedback {
  try {
    return toFeedback(feedback);
  } catch (error) {
    throw new FeedbackError(`What \`aggregate\` gave is not feedback. ${messageOf(error)}`);
  }
}
