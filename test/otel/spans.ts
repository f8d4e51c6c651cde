/** The real SDK of OpenTelemetry, with its spans kept in memory. */

import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { emitSpans, type SpanOptions } from "tracegrad/otel";
import { onTestFinished, vi } from "vitest";

/** Emits spans until the test ends; gives those that have ended. */
export function collectSpans(options: SpanOptions = {}) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  const end = emitSpans(options);
  const stop = (): void => {
    end();
    trace.disable();
    context.disable();
  };
  onTestFinished(stop);
  return { ended: () => exporter.getFinishedSpans(), stop };
}

/** Stops the clocks that spans are timed by until the test ends: all begin and end at once, however busy the machine. */
export function stopClock(): void {
  const clocks = [vi.spyOn(Date, "now").mockReturnValue(1.7e12), vi.spyOn(performance, "now").mockReturnValue(1)];
  onTestFinished(() => clocks.forEach((clock) => void clock.mockRestore()));
}

/** The tree of spans as text: a line for each, indented below its parent, in the order in which they ended. */
export function treeOf(spans: readonly ReadableSpan[]): string {
  const lines: string[] = [];
  const write = (parent: string | undefined, indent: string): void => {
    const own = spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent);
    for (const span of own) {
      lines.push(indent + span.name);
      write(span.spanContext().spanId, `${indent}  `);
    }
  };
  write(undefined, "");
  return lines.join("\n");
}

/** The span of this name; there is one. */
export function spanNamed(spans: readonly ReadableSpan[], name: string): ReadableSpan {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} spans are named ${name}.`);
  return found[0];
}
