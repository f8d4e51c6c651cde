/** Rows of a data set of the spans of a running system: what was asked, what was answered, and how it was judged. */

import { TracegradError } from "../util/errors.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { evaluationsIn } from "./openinference.ts";
import { readSpans, type SpanRecord, type SpanSource } from "./span-record.ts";
import { childrenFirst, type SpanNode, treesOf } from "./span-tree.ts";

/** Options of {@link examplesFromSpans}. */
export interface SpanExampleOptions {
  /** The name of the evaluation whose score a row has (`gen_ai.evaluation.name`). Default: the first one with a score. */
  readonly evaluation?: string;
}

/** One run of the system as a row for `split`, `train` or `evaluate`. */
export interface SpanExample {
  /** The ids of the trace and its root span. */
  readonly id: string;
  /** The first message of the user, of the root or of the first span that has one. */
  readonly input: string;
  /** What came out of the root or of the last span that says it; undefined when none does. */
  readonly output: string | undefined;
  /** The score of the evaluation, where one was recorded, and what it said: its explanation, or else its label. */
  readonly score: number | undefined;
  readonly feedback: string | undefined;
  /** The text of the failure of the root. */
  readonly error: string | undefined;
}

const names: NamesOf<SpanExampleOptions> = { evaluation: true };
const nameKey = "gen_ai.evaluation.name";

/**
 * Rows of GenAI spans, one for each root, in the order in which they began. A root without a message of a user gives
 * none. The rows have no `target`: choose the good answers by their score, or let a guide judge without one.
 * @throws TracegradError `no-content` when no span has a message, `bad-spans` as `graphsFromSpans`, `bad-option`.
 * @example
 * const rows = examplesFromSpans(await readFile("traces.json", "utf8")).filter(({ score }) => score === 1);
 * const data = split(rows, { train: 15, validation: 10, target: ({ output }) => output });
 */
export function examplesFromSpans(source: SpanSource, options: SpanExampleOptions = {}): readonly SpanExample[] {
  requireKnown("examplesFromSpans", options, names);
  const trees = treesOf(readSpans(source));
  const rows = trees.flatMap((tree) => exampleOf(tree, options.evaluation) ?? []);
  if (rows.length > 0 || trees.length === 0) return rows;
  throw new TracegradError(
    "no-content",
    `None of the ${trees.length} traces holds a message of a user. Record content: emitSpans({ content: true }), or the ` +
      "option of your instrumentation, such as OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT.",
  );
}

function exampleOf(root: SpanNode, evaluation: string | undefined): SpanExample | undefined {
  const spans = childrenFirst(root);
  const input = inputOf(root) ?? spans.map(inputOf).find((text) => text !== undefined);
  if (input === undefined) return undefined;
  const output = root.content.output ?? spans.findLast(({ content }) => content.output !== undefined)?.content.output;
  const { span } = root;
  return { id: `${span.traceId}/${span.spanId}`, input, output, ...judgementIn(spans, evaluation), error: span.error };
}

function inputOf({ content }: SpanNode): string | undefined {
  return content.messages.find(({ role, text }) => role === "user" && text !== "")?.text;
}

type SpanJudgement = Pick<SpanExample, "score" | "feedback">;

function judgementIn(spans: readonly SpanNode[], wanted: string | undefined): SpanJudgement {
  // The root is judged as a whole, so it comes first.
  const judgements = spans.toReversed().flatMap(({ span }) => judgementsOf(span, wanted));
  const scored = judgements.find(({ score }) => score !== undefined);
  return scored ?? judgements[0] ?? { score: undefined, feedback: undefined };
}

function judgementsOf({ events, attributes: own }: SpanRecord, wanted: string | undefined): readonly SpanJudgement[] {
  const results = events.filter(({ name }) => name === "gen_ai.evaluation.result");
  const given = [...results.map(({ attributes }) => attributes), own, ...evaluationsIn(own)];
  return given
    .filter((attributes) => (wanted ?? attributes[nameKey]) === attributes[nameKey])
    .map((attributes) => {
      const score = attributes["gen_ai.evaluation.score.value"];
      const texts = [attributes["gen_ai.evaluation.explanation"], attributes["gen_ai.evaluation.score.label"]];
      return {
        score: typeof score === "number" ? score : undefined,
        feedback: texts.find((text) => typeof text === "string"),
      };
    })
    .filter(({ score, feedback }) => score !== undefined || feedback !== undefined);
}
