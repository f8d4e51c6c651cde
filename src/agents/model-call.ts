/** One call of a model through a door: its texts are put in, it is counted in a run, and recorded in a trace. */

import { requestIn } from "../nodes/client-usage.ts";
import { isAbort, throwIfAborted } from "../util/abort.ts";
import { encode, type Json } from "../util/encode.ts";
import { ExternalCallError, TracegradError } from "../util/errors.ts";
import { callExternal, isIntercepted, type Requests } from "../util/external-call.ts";
import { fieldsOf } from "../util/fields.ts";
import { currentObserver } from "../util/observe.ts";
import { runSignal } from "../util/run-signal.ts";
import type { Tokens } from "../util/token-count.ts";
import { brokenReplyIn } from "./broken-reply.ts";
import { noteRequest } from "./check-sent.ts";
import { type CallPlace, isCovered, type ProgramRun, placeOf, unseen } from "./place.ts";
import { ProgramWords } from "./program-words.ts";
import { readReply, valueOf } from "./read-reply.ts";
import { idOf, messagesIn } from "./read-request.ts";
import { type CallKind, recordCall, type SentRequest } from "./record-call.ts";
import { type AgentTurn, recordTurns } from "./record-turns.ts";

/** How a door makes a call. `R` is what the SDK gets, `S` is the same as plain data. */
export interface DoorCall<R, S> {
  /** The model that is called. */
  readonly model: string;
  /** What the model does. Default: it writes. */
  readonly kind?: CallKind | undefined;
  /** Whose service it is, such as `anthropic`. */
  readonly provider: string;
  /** The request as the program made it. */
  readonly request: unknown;
  /** What decides the reply besides the request, for a run to know the call by. */
  readonly identity: Readonly<Record<string, Json>>;
  readonly signal: AbortSignal | undefined;
  /** What the program changes so that replies to such requests say what they used. */
  readonly usageFix?: string | undefined;
  /** Sends the request, which is the program's own object where nothing in it has changed. */
  send(request: unknown): Promise<R>;
  /** The reply as the program gets it; calls `seen` with its body once it is whole, or `failed`. */
  watch(reply: R, seen: (body: unknown) => void, failed: (error: unknown) => void): Promise<R>;
  /** Whether a run keeps the reply. Default: true. */
  readonly keep?: boolean;
  /** Whether an SDK may give a program nothing, and no error, where the call fails. Default: false. */
  readonly endsQuietly?: boolean;
  /** A request without what decides nothing and differs each time: a run knows the call by the rest. Default: all of it. */
  withoutNotes?(sent: unknown): unknown;
  /** The whole reply as plain data. Throws for a refusal, and says of one that has been paid what it used. */
  store(reply: R, requests: Pick<Requests, "ended">): Promise<S>;
  /** The body of a reply that was stored. */
  bodyOf(stored: S): unknown;
  /** The turns behind the body of a reply, where an agent was called: each is recorded as a call of its model. */
  turnsOf?(body: unknown): readonly AgentTurn[];
  restore(stored: S): R;
  /** The reply for a call that was refused, where the SDK gets such a thing; else it throws the error on. */
  refused(error: unknown): R;
  /** The reply for a call that is never to be tried again, where the SDK gets such a thing. */
  ended?(error: Error): R;
}

/** Makes a call. */
export async function callModel<R, S>(call: DoorCall<R, S>): Promise<R> {
  const { model, request } = call;
  const isOutermost = !isCovered();
  const isCounted = isOutermost && isIntercepted();
  const isFollowed = isOutermost && currentObserver() !== undefined;
  const place = placeOf(model, request);
  const { programs, recording } = place;
  if (programs.length === 0 && recording === undefined && !isCounted && !isFollowed) return call.send(request);
  const words = new ProgramWords(programs, request);
  for (const program of programs) noteRequest(program, words);
  const noteAnswer = followOutages(programs);
  const sent = words.replaced();
  // Which model it is may be a setting.
  const called = idOf(fieldsOf(sent)["model"]) ?? model;
  const record = recordOf(call, place, { model: called, kind: call.kind, words, sent });
  const fail = (error: unknown): R => {
    record.fail(error);
    // Nobody else would see that this is no whole reply.
    if (isCounted && programs.length === 0 && brokenReplyIn(error) !== undefined) throw error;
    const isQuiet = call.endsQuietly === true || brokenReplyIn(error) !== undefined;
    for (const program of programs) if (isCounted && isOutage(error)) program.outage = { error, isQuiet };
    const isOwnAbort = !isCounted || call.signal?.aborted === true;
    if (programs.length === 0 || isOwnAbort || !isStop(error)) return call.refused(error);
    // The program throws it at its end, whatever the SDK and it make of it.
    for (const program of programs) program.stop ??= error;
    // An SDK may take a thrown error for one of the network, and try again for minutes.
    return call.ended === undefined ? call.refused(error) : call.ended(error);
  };
  const end = (body: unknown): void => {
    noteAnswer();
    record.end(body);
  };
  if (isCounted) return countedCall({ ...call, model: called }, sent, end).catch(fail);
  const seen = followed({ ...call, model: called }, sent, { end, fail: (error) => record.fail(error) });
  return call.watch(await seen.send(() => unseen(() => call.send(sent))).catch(fail), seen.end, seen.fail);
}

/** The record of a call that begins now: one reply, or the turns of an agent. */
function recordOf<R, S>(call: DoorCall<R, S>, place: CallPlace, request: SentRequest): CallEnds {
  const { programs, recording } = place;
  const record = recordCall(recording, request);
  const endOne = (body: unknown): void => {
    const reply = readReply(body);
    const received = { reply, after: messagesIn(call.request).length };
    for (const program of programs) program.replies.push(received);
    record.end(reply);
  };
  const { turnsOf } = call;
  const endAll = turnsOf && ((body: unknown): void => recordTurns(place, request.model, turnsOf(body)));
  return { end: endAll ?? endOne, fail: (error) => record.fail(error) };
}

/** What to call once a call that begins now is answered: it makes up for a failure before it, and for none beside it. */
function followOutages(programs: readonly ProgramRun[]): () => void {
  const before = programs.map(({ outage }) => outage);
  return () => {
    for (const [index, program] of programs.entries()) if (program.outage === before[index]) program.outage = undefined;
  };
}

/** Throws what the service threw, which SDKs know how to handle. */
export function throwOwn(error: unknown): never {
  const isOurs =
    error instanceof TracegradError && (error.code === "call-failed" || error.code === "model-bad-request");
  throw isOurs && error.cause !== undefined ? error.cause : error;
}

function isOutage(error: unknown): error is Error {
  return error instanceof ExternalCallError && error.code === "call-failed";
}

/** The run is over: its budget is spent, it was cancelled, or it cannot go on, such as one that differs from its journal. */
function isStop(error: unknown): error is Error {
  if (error instanceof ExternalCallError) return !isOutage(error);
  // While the run goes on, it is one that the program has ended by itself, such as one that took too long.
  return isAbort(error) && error instanceof Error && runSignal()?.aborted === true;
}

interface CallEnds {
  readonly end: (body: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** A call that no run makes, followed by the observer from its request to the end of its reply. */
function followed<R, S>({ model: to, kind, provider }: DoorCall<R, S>, request: unknown, ends: CallEnds) {
  const observer = currentObserver();
  if (observer === undefined) return { ...ends, send: (make: () => Promise<R>): Promise<R> => make() };
  const usage = (body: unknown) => readReply(body).usage;
  const operation = operationOf(kind);
  const work = {
    kind: "request",
    to,
    provider,
    operation,
    request,
    isAtHand: false,
    usage,
    answerOf: answerIn,
  } as const;
  const follow = observer.begin(work);
  let settle: CallEnds = ends;
  const whole = new Promise<unknown>((end, fail) => (settle = { end, fail }));
  const send = (make: () => Promise<R>): Promise<R> => {
    let sending: Promise<R> | undefined;
    follow(() => {
      sending = make();
      sending.catch(settle.fail);
      return whole;
    });
    return sending as unknown as Promise<R>;
  };
  return {
    send,
    end: (body: unknown) => {
      settle.end(body);
      ends.end(body);
    },
    fail: (error: unknown) => {
      settle.fail(error);
      ends.fail(error);
    },
  };
}

/** The name that OpenTelemetry has for what a model does. */
function operationOf(kind: CallKind | undefined): string | undefined {
  return kind === "embed" ? "embeddings" : kind;
}

/** What the body of a reply says, in the fields of a language model's reply. */
function answerIn(body: unknown): { readonly model: string | undefined; readonly text: unknown } {
  const reply = readReply(body);
  return { model: reply.model, text: valueOf(reply) };
}

async function countedCall<R, S>(call: DoorCall<R, S>, sent: unknown, end: (body: unknown) => void): Promise<R> {
  // An SDK whose request a cancelled run has ended may send it again.
  throwIfAborted(runSignal());
  const { model, provider, identity, signal, keep = true } = call;
  const usage = (stored: S): Tokens | undefined => readReply(call.bodyOf(stored)).usage;
  const perform = (_: unknown, requests: Requests): Promise<S> =>
    unseen(async () => call.store(await call.send(sent), requests));
  const most = requestIn([sent])?.most;
  const stored = await callExternal({
    to: model,
    provider,
    operation: operationOf(call.kind),
    request: keep ? { ...identity, body: encode(call.withoutNotes?.(sent) ?? sent) } : undefined,
    signal,
    most,
    usage,
    usageFix: call.usageFix,
    answerOf: (stored) => answerIn(call.bodyOf(stored)),
    perform,
  });
  end(call.bodyOf(stored));
  return call.restore(stored);
}
