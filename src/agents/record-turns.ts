/** Records a query to an agent as the turns that it took: each is a call of a model, and goes on from the one before. */

import type { CallPlace } from "./place.ts";
import { ProgramWords } from "./program-words.ts";
import { readReply } from "./read-reply.ts";
import { messagesIn } from "./read-request.ts";
import { recordCall } from "./record-call.ts";

/** A turn of an agent. */
export interface AgentTurn {
  /** The conversation before it, in the words of the program. */
  readonly request: unknown;
  /** The body of the reply. */
  readonly reply: unknown;
  /** How long it took. */
  readonly seconds: number;
}

/** Records turns, once the query has ended. */
export function recordTurns({ programs, recording }: CallPlace, model: string, turns: readonly AgentTurn[]): void {
  for (const { request, reply: body, seconds } of turns) {
    const words = new ProgramWords(programs, request);
    const reply = readReply(body);
    recordCall(recording, { model, kind: undefined, words, sent: words.replaced() }).end(reply, seconds);
    for (const program of programs) program.replies.push({ reply, after: messagesIn(request).length });
  }
}
