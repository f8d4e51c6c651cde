/**
 * OpenTelemetry, both ways: spans of what tracegrad does, and the spans of a running system as graphs and examples to
 * learn from.
 *
 * @packageDocumentation
 */

export { emitSpans, type SpanOptions } from "../otel/emit-spans.ts";
export { examplesFromSpans, type SpanExample, type SpanExampleOptions } from "../otel/examples-from-spans.ts";
export { graphsFromSpans, type SpanGraphOptions } from "../otel/graphs-from-spans.ts";
export type { EndedSpan, SpanSource } from "../otel/span-record.ts";
