/** Spans as plain records, whatever form they came in: SDK spans, or the JSON of the OpenTelemetry protocol (OTLP). */

import { groupBy } from "../util/collections.ts";
import { textIn } from "../util/fields.ts";
import { isRecord } from "../util/is-record.ts";
import { preview } from "../util/preview.ts";
import { badSpans } from "./bad-spans.ts";
import { itemsOf } from "./json-items.ts";
import { attributesIn, isOtlp, type LoggedEvent, numberIn, otlpEvents, otlpSpans } from "./otlp.ts";

/** A span that has ended, as SDKs give it: `ReadableSpan` of `@opentelemetry/sdk-trace-base`, version 1 or 2. */
export interface EndedSpan {
  readonly name: string;
  /** Its ids. */
  spanContext(): { readonly traceId: string; readonly spanId: string };
  readonly parentSpanContext?: { readonly spanId: string } | undefined;
  readonly parentSpanId?: string | undefined;
  /** Seconds and nanoseconds. */
  readonly startTime: readonly [number, number];
  readonly endTime: readonly [number, number];
  readonly status: { readonly code: number; readonly message?: string | undefined };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly {
    readonly name: string;
    readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  }[];
}

/**
 * Spans to read: spans of an SDK, such as those of an `InMemorySpanExporter`; one export of OTLP as JSON, or several, with
 * the logs that hold their events, if there are any; or their text, such as files that the collector's file exporter
 * wrote, with one export a line.
 */
export type SpanSource = string | object | readonly object[];

/** A span. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for a root. */
  readonly parentId: string | undefined;
  readonly name: string;
  /** Nanoseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly SpanEvent[];
  /** The text of its failure; undefined when it did not fail. */
  readonly error: string | undefined;
}

/** Something that happened in a span. */
export interface SpanEvent {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const fix = "Give the file that the collector's file exporter wrote with the format json.";

/**
 * The spans of a source, each once: exporters may send one twice.
 * @throws TracegradError `bad-spans` that names the culprit.
 */
export function readSpans(source: SpanSource): readonly SpanRecord[] {
  const items = typeof source === "string" ? itemsOf(source, badSpans, fix) : Array.isArray(source) ? source : [source];
  const records = items.flatMap((item, index) => readItem(item, index));
  const logged = groupBy(
    items.filter(isOtlp).flatMap((item) => otlpEvents(item)),
    keyOf,
  );
  const byId = new Map<string, SpanRecord>();
  for (const record of records) {
    const key = keyOf(record);
    if (!byId.has(key)) byId.set(key, { ...record, events: [...record.events, ...(logged.get(key) ?? [])] });
  }
  return [...byId.values()];
}

function keyOf({ traceId, spanId }: Pick<LoggedEvent, "traceId" | "spanId">): string {
  return `${traceId}/${spanId}`;
}

function readItem(item: unknown, index: number): readonly SpanRecord[] {
  if (isOtlp(item)) return otlpSpans(item).map((span) => recordOfOtlp(span));
  if (isEnded(item)) return [recordOfEnded(item)];
  throw badSpans(
    `Item ${index} is neither a span of an SDK nor an export of OTLP (a record with resourceSpans): ` +
      `${preview(item, 80)}.`,
  );
}

function isEnded(item: unknown): item is EndedSpan {
  return typeof item === "object" && item !== null && typeof (item as Partial<EndedSpan>).spanContext === "function";
}

function recordOfEnded(span: EndedSpan): SpanRecord {
  const { traceId, spanId } = span.spanContext();
  const { attributes, status } = span;
  return checked({
    ...{ traceId, spanId, attributes },
    parentId: span.parentSpanContext?.spanId ?? span.parentSpanId,
    name: span.name,
    start: nanoseconds(span.startTime),
    end: nanoseconds(span.endTime),
    events: span.events.map((event) => ({ name: event.name, attributes: event.attributes ?? {} })),
    error: status.code === 2 ? errorText(attributes, status.message) : undefined,
  });
}

function nanoseconds([seconds, rest]: readonly [number, number]): number {
  return seconds * 1e9 + rest;
}

function recordOfOtlp(span: Readonly<Record<string, unknown>>): SpanRecord {
  const { traceId, spanId, parentSpanId, name, startTimeUnixNano, endTimeUnixNano, events = [] } = span;
  const where = `span ${preview(spanId, 40)} (${preview(name, 80)})`;
  const attributes = attributesIn(span["attributes"], where);
  const { code, message } = isRecord(span["status"]) ? span["status"] : {};
  if (!Array.isArray(events)) throw badSpans(`The events of ${where} are not a list.`);
  return checked({
    traceId: textIn(traceId),
    spanId: textIn(spanId),
    parentId: typeof parentSpanId === "string" && !/^0*$/.test(parentSpanId) ? parentSpanId : undefined,
    name: textIn(name),
    start: numberIn(startTimeUnixNano),
    end: numberIn(endTimeUnixNano),
    attributes,
    events: events.filter(isRecord).map((event) => ({
      name: textIn(event["name"]),
      attributes: attributesIn(event["attributes"], where),
    })),
    error: code === 2 || code === "STATUS_CODE_ERROR" ? errorText(attributes, message) : undefined,
  });
}

function errorText(attributes: SpanRecord["attributes"], message: unknown): string {
  const type = attributes["error.type"];
  const text = typeof message === "string" ? message : "";
  if (typeof type !== "string") return text === "" ? "The span failed." : text;
  return text === "" || text.startsWith(`${type}:`) ? text || type : `${type}: ${text}`;
}

function checked(record: SpanRecord): SpanRecord {
  const { traceId, spanId, name, start, end } = record;
  if (traceId === "" || spanId === "") {
    throw badSpans(`The span ${JSON.stringify(name)} has no ${traceId === "" ? "trace" : "span"} id.`);
  }
  if (!Number.isFinite(start) || !Number.isFinite(end)) {
    throw badSpans(`The span ${spanId} (${preview(name, 80)}) has no start or no end. Give spans that have ended.`);
  }
  return record;
}
