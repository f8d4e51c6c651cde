/** One call of a language model through a door: its texts are put in, it is counted in a run, and recorded in a trace. */

import { requestIn } from "../nodes/client-usage.ts";
import { encode, type Json } from "../util/encode.ts";
import { callExternal, isIntercepted, type Tokens } from "../util/external-call.ts";
import { noteRequest } from "./check-sent.ts";
import { isCovered, placeOf, unseen } from "./place.ts";
import { readReply } from "./read-reply.ts";
import { recordCall } from "./record-call.ts";

/** How a door makes a call. `R` is what the SDK gets, `S` is the same as plain data. */
export interface DoorCall<R, S> {
  /** The model that is called. */
  readonly model: string;
  /** The request as the program made it. */
  readonly request: unknown;
  /** What decides the reply besides the request, for a run to know the call by. */
  readonly identity: Readonly<Record<string, Json>>;
  readonly signal: AbortSignal | undefined;
  /** Sends the request, which is the program's own object where nothing in it has changed. */
  send(request: unknown): Promise<R>;
  /** The reply as the program gets it; calls `seen` with its body once it is whole, or `failed`. */
  watch(reply: R, seen: (body: unknown) => void, failed: (error: unknown) => void): Promise<R>;
  /** The whole reply as plain data. Throws for a refusal. */
  store(reply: R): Promise<S>;
  /** The body of a reply that was stored. */
  bodyOf(stored: S): unknown;
  restore(stored: S): R;
  /** The reply for a call that was refused, where the SDK gets such a thing; else it throws the error on. */
  refused(error: unknown): R;
}

/** Makes a call. */
export async function callModel<R, S>(call: DoorCall<R, S>): Promise<R> {
  const { model, request } = call;
  const isCounted = isIntercepted() && !isCovered();
  const place = placeOf(model, request);
  const { program, recording } = place;
  if (program === undefined && recording === undefined && !isCounted) return call.send(request);
  if (program !== undefined) noteRequest(program, request);
  const sent = program === undefined ? request : program.texts.replaceIn(request);
  const record = recordCall(place, { model, original: request, sent });
  const fail = (error: unknown): R => {
    record.fail(error);
    return call.refused(error);
  };
  const end = (body: unknown): void => record.end(readReply(body));
  if (isCounted) return countedCall(call, sent, end).catch(fail);
  return call.watch(await unseen(() => call.send(sent)).catch(fail), end, (error) => record.fail(error));
}

async function countedCall<R, S>(call: DoorCall<R, S>, sent: unknown, end: (body: unknown) => void): Promise<R> {
  const { model, identity, signal } = call;
  const usage = (stored: S): Tokens | undefined => readReply(call.bodyOf(stored)).usage;
  const perform = (): Promise<S> => unseen(async () => call.store(await call.send(sent)));
  const most = requestIn([sent])?.most;
  const stored = await callExternal({
    to: model,
    request: { ...identity, body: encode(sent) },
    signal,
    most,
    usage,
    perform,
  });
  end(call.bodyOf(stored));
  return call.restore(stored);
}
