/**
 * OpenTelemetry, both ways: spans of what tracegrad does, and the spans of a running system as graphs and examples to
 * learn from. Also graphs of OpenTrace, the Python implementation.
 *
 * @packageDocumentation
 */

export { emitSpans, type SpanOptions } from "../otel/emit-spans.ts";
export { examplesFromSpans, type SpanExample, type SpanExampleOptions } from "../otel/examples-from-spans.ts";
export {
  examplesFromOpenTrace,
  graphsFromOpenTrace,
  type OpenTraceExample,
  type OpenTraceGraphOptions,
  type OpenTraceSource,
} from "../otel/graphs-from-opentrace.ts";
export { graphsFromSpans, type SpanGraphOptions } from "../otel/graphs-from-spans.ts";
export type { EndedSpan, SpanSource } from "../otel/span-record.ts";
