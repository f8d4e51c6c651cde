/** Writes spans of what tracegrad does with the tracer of the program, by OpenTelemetry's GenAI conventions. */

import { type Context, context, type Span, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { TracegradError } from "../util/errors.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { currentObserver, type Observer, type Perform, setObserver, type Work } from "../util/observe.ts";
import { attributesAfter, attributesBefore, errorTypeOf, eventOf, noteOf, spanOf } from "./work-span.ts";
import { type ContentWriter, contentWriter } from "./write-content.ts";

/** Options of {@link emitSpans}. */
export interface SpanOptions {
  /** Writes the spans. Default: the tracer `tracegrad` of the global provider, as it is at each span. */
  readonly tracer?: Tracer;
  /**
   * Whether spans hold what was said: prompts, replies, arguments, results, texts of errors. They may be private. A
   * function gets each text before it is written, such as to take secrets out. Default: false.
   */
  readonly content?: boolean | ((text: string) => string);
}

const names: NamesOf<SpanOptions> = { tracer: true, content: true };

/**
 * Emits spans from now on, of all work of this process: a `trace` with the calls of its traced functions below it, the
 * requests to language models by OpenTelemetry's GenAI conventions, and of `train` and `evaluate` the run with its
 * rounds, proposals and evaluations. They are children of the span that is active in the program, and are active
 * themselves, so that spans of other libraries come below them. Where they go is up to the SDK that the program has
 * set up: without one, they go nowhere.
 *
 * A failure of telemetry never fails the program. Only one caller can emit spans at a time.
 * @returns A function that ends it. Work under way still ends its spans.
 * @throws TracegradError `spans-emitted` when spans are emitted already, `bad-option` for an unknown option.
 * @example
 * const stop = emitSpans({ content: true });
 */
export function emitSpans(options: SpanOptions = {}): () => void {
  requireKnown("emitSpans", options, names);
  if (currentObserver() !== undefined) {
    throw new TracegradError(
      "spans-emitted",
      "Spans are emitted already. Call the function that the first emitSpans() gave, then call it again.",
    );
  }
  const { tracer, content = false } = options;
  const writer = contentWriter(content);
  const observer: Observer = {
    begin: (work) => begin(work, { tracer, writer }),
    note: (event) => safely(() => noteEvent(event, writer)),
  };
  setObserver(observer);
  return () => {
    if (currentObserver() === observer) setObserver(undefined);
  };
}

/** Where spans go, and how content is written, if it is. */
interface SpanSink {
  readonly tracer: Tracer | undefined;
  readonly writer: ContentWriter | undefined;
}

function begin(work: Work, sink: SpanSink): Perform {
  const { writer } = sink;
  // Where the work is asked for: a queue may do it in the context of another.
  const parent = context.active();
  return <R>(perform: () => R): R => {
    const span = safely(() => startSpan(work, sink, parent));
    if (span === undefined) return perform();
    const done = (result: unknown): void => endSpan(span, () => succeed(span, work, { result, writer }));
    const failed = (error: unknown): void => endSpan(span, () => fail(span, error, writer));
    let result: R;
    try {
      result = context.with(trace.setSpan(parent, span), perform);
    } catch (error) {
      failed(error);
      throw error;
    }
    if (result instanceof Promise) result.then(done, failed);
    else done(result);
    return result;
  };
}

/** A sampler sees the attributes that a span is started with, and no others. */
function startSpan(work: Work, { tracer = trace.getTracer("tracegrad"), writer }: SpanSink, parent: Context): Span {
  const attributes = safely(() => attributesBefore(work, writer)) ?? {};
  const { name, kind } = spanOf(work);
  return tracer.startSpan(name, { kind, attributes }, parent);
}

function succeed(
  span: Span,
  work: Work,
  { result, writer }: { readonly result: unknown; readonly writer: ContentWriter | undefined },
): void {
  span.setAttributes(attributesAfter(work, result, writer));
  const event = eventOf(work, result, writer);
  if (event !== undefined) span.addEvent(event.name, event.attributes);
}

function fail(span: Span, error: unknown, writer: ContentWriter | undefined): void {
  const { type, message } = errorTypeOf(error);
  span.setAttribute("error.type", type);
  const text = writer?.text(message);
  span.setStatus({ code: SpanStatusCode.ERROR, ...(text === undefined ? {} : { message: text }) });
}

function endSpan(span: Span, last: () => void): void {
  safely(last);
  safely(() => span.end());
}

function noteEvent(event: { readonly type: string }, writer: ContentWriter | undefined): void {
  const note = noteOf(event, writer);
  if (note !== undefined) trace.getActiveSpan()?.addEvent(note.name, note.attributes);
}

/** Values of the program, tracers, samplers and processors of spans may throw: that is no failure of the program. */
function safely<R>(work: () => R): R | undefined {
  try {
    return work();
  } catch {
    // The span lacks what could not be written.
    return undefined;
  }
}
