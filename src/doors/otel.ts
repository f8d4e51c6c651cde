/**
 * OpenTelemetry, both ways: spans of what tracegrad does, and the spans of a running system as graphs and examples to
 * learn from.
 *
 * @packageDocumentation
 */

export { emitSpans, type SpanOptions } from "../otel/emit-spans.ts";
