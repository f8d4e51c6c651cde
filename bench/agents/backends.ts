/** Where traces go in the benches: nowhere. So each tracer pays for what it records, and none for its network. */

import { context, type Tracer } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { Client } from "langsmith";

/** A tracer of the SDK of OpenTelemetry whose exporter drops each span. */
export function droppingTracer(): Tracer {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const exporter = {
    export: (_: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
    shutdown: async () => {},
  };
  return new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer("bench");
}

/** A client of LangSmith that drops each run. */
export function droppingClient(): Client {
  class Dropping extends Client {
    override async createRun(): Promise<void> {}
    override async updateRun(): Promise<void> {}
  }
  return new Dropping({ apiKey: "none" });
}
