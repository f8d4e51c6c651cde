/** What a span says of a piece of work: its name, its attributes before and after, and its event. */

import { type Attributes, SpanKind } from "@opentelemetry/api";
import { ExecutionError } from "../nodes/node.ts";
import { messageOf, partsOf, TracegradError } from "../util/errors.ts";
import { isRecord } from "../util/is-record.ts";
import type { ObservedCall, ObservedEvaluation, ObservedRequest, Work } from "../util/observe.ts";
import type { ContentWriter } from "./write-content.ts";

/** An event of a span. */
export interface SpanNote {
  readonly name: string;
  readonly attributes: Attributes;
}

/** The name and the kind of the span. Names take few values: what differs from run to run is in attributes. */
export function spanOf(work: Work): { readonly name: string; readonly kind: SpanKind } {
  switch (work.kind) {
    case "request":
      return { name: `${work.operation ?? "chat"} ${work.to}`, kind: SpanKind.CLIENT };
    case "call":
      return { name: work.name, kind: SpanKind.INTERNAL };
    case "trace":
      return { name: "invoke_workflow", kind: SpanKind.INTERNAL };
    default:
      return { name: `tracegrad.${work.kind}`, kind: SpanKind.INTERNAL };
  }
}

/** What is known when the work begins. */
export function attributesBefore(work: Work, writer: ContentWriter | undefined): Attributes {
  switch (work.kind) {
    case "request":
      return { ...requestAttributes(work), ...writer?.request(work.request) };
    case "call":
      return { "code.function.name": work.name, ...argumentsOf(work, writer) };
    case "trace":
      return { "gen_ai.operation.name": "invoke_workflow" };
    case "round":
      return { "tracegrad.round": work.round };
    case "proposal":
      return { "tracegrad.path": work.path };
    case "evaluation":
      return evaluationAttributes(work, writer);
    default:
      return {};
  }
}

function requestAttributes({ to, provider, operation = "chat", request, isAtHand }: ObservedRequest): Attributes {
  const { maxTokens, temperature } = isRecord(request) ? request : {};
  return {
    "gen_ai.operation.name": operation,
    "gen_ai.request.model": to,
    ...(provider === undefined ? {} : { "gen_ai.provider.name": provider }),
    ...(typeof maxTokens === "number" ? { "gen_ai.request.max_tokens": maxTokens } : {}),
    ...(typeof temperature === "number" ? { "gen_ai.request.temperature": temperature } : {}),
    ...(isAtHand ? { "tracegrad.at_hand": true } : {}),
  };
}

function argumentsOf({ args, nameOf }: ObservedCall, writer: ContentWriter | undefined): Attributes {
  if (writer === undefined) return {};
  const named = args.map((value, index) => [nameOf(index), writer.text(value)]);
  return { "tracegrad.inputs": JSON.stringify(Object.fromEntries(named)) };
}

function evaluationAttributes(
  { candidate, split, example }: ObservedEvaluation,
  writer: ContentWriter | undefined,
): Attributes {
  return {
    "tracegrad.candidate": candidate,
    "tracegrad.split": split,
    "tracegrad.example": example.id,
    ...(writer === undefined ? {} : { "gen_ai.input.messages": writer.message("user", example.input) }),
  };
}

/** What is known when the work has succeeded with `result`. */
export function attributesAfter(work: Work, result: unknown, writer: ContentWriter | undefined): Attributes {
  switch (work.kind) {
    case "request":
      return replyAttributes(work, result, writer);
    case "call":
      return writer === undefined ? {} : { "tracegrad.output": writer.text(result) };
    case "trace":
      return writer === undefined ? {} : { "gen_ai.output.messages": writer.message("assistant", result) };
    case "evaluation": {
      const output = isRecord(result) ? result["output"] : undefined;
      return writer === undefined || output === undefined
        ? {}
        : { "gen_ai.output.messages": writer.message("assistant", output) };
    }
    default:
      return {};
  }
}

/** The conventions' words for why a model stopped. */
const finishReasons: Readonly<Record<string, string>> = { end: "stop", tool: "tool_call", refusal: "content_filter" };

function replyAttributes(work: ObservedRequest, reply: unknown, writer: ContentWriter | undefined): Attributes {
  const usage = work.usage(reply);
  const answer = work.answerOf(reply);
  const { model, stopReason, text, toolInput } = isRecord(answer) ? answer : {};
  const { cachedInputTokens: cached } = (usage ?? {}) as { readonly cachedInputTokens?: unknown };
  const output = toolInput ?? text;
  return {
    ...(typeof model === "string" ? { "gen_ai.response.model": model } : {}),
    ...(typeof stopReason === "string"
      ? { "gen_ai.response.finish_reasons": [finishReasons[stopReason] ?? stopReason] }
      : {}),
    ...tokens("gen_ai.usage.input_tokens", usage?.inputTokens),
    ...tokens("gen_ai.usage.output_tokens", usage?.outputTokens),
    ...tokens("gen_ai.usage.cache_read.input_tokens", cached),
    ...(writer === undefined || output === undefined
      ? {}
      : { "gen_ai.output.messages": writer.message("assistant", output) }),
  };
}

/** Counts that are not known are left out: a stream that ends later says NaN. */
function tokens(name: string, count: unknown): Attributes {
  return typeof count === "number" && Number.isFinite(count) ? { [name]: count } : {};
}

/** The event of work that succeeded: of an evaluation, its score. */
export function eventOf(work: Work, result: unknown, writer: ContentWriter | undefined): SpanNote | undefined {
  if (work.kind !== "evaluation" || !isRecord(result) || !isRecord(result["outcome"])) return undefined;
  const { score, feedback, failure } = result["outcome"];
  const { of: failed } = isRecord(failure) ? failure : {};
  return {
    name: "gen_ai.evaluation.result",
    attributes: {
      "gen_ai.evaluation.name": "tracegrad.score",
      ...(typeof score === "number" ? { "gen_ai.evaluation.score.value": score } : {}),
      ...(typeof failed === "string" ? { "error.type": `${failed}_failed` } : {}),
      ...(writer === undefined || typeof feedback !== "string" || feedback === ""
        ? {}
        : { "gen_ai.evaluation.explanation": writer.text(feedback) }),
    },
  };
}

const noted = new Set(["step", "best", "decision", "warning", "crash", "end"]);
/** Fields of events that hold no text of the program, and of warnings what they say. */
const fields = ["step", "score", "candidate", "finalist", "baseline", "accepted", "reason", "code"];

/** An event of a run as the event of a span. */
export function noteOf(event: { readonly type: string }, writer: ContentWriter | undefined): SpanNote | undefined {
  const { type, ...rest } = event as { readonly type: string } & Readonly<Record<string, unknown>>;
  if (!noted.has(type)) return undefined;
  const attributes: Attributes = {};
  for (const name of fields) {
    const value = rest[name];
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      attributes[`tracegrad.${name}`] = value;
    }
  }
  if (writer !== undefined && rest["message"] !== undefined) {
    attributes["tracegrad.message"] = writer.text(rest["message"]);
  }
  return { name: `tracegrad.${type}`, attributes };
}

/** What kind of error it is, by its code where it has one, and its text. */
export function errorTypeOf(error: unknown): { readonly type: string; readonly message: string } {
  const thrown = error instanceof ExecutionError ? error.node.error : error;
  const type = thrown instanceof TracegradError ? thrown.code : (partsOf(thrown).name ?? "_OTHER");
  return { type, message: messageOf(thrown) };
}
