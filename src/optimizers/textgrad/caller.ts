/**
 * Makes the calls of a backward pass. A call that fails gives a reason instead of an answer; what ends the run goes on
 * up.
 */

import type { ModelRequest } from "../../llm/llm.ts";
import { isAbort } from "../../util/abort.ts";
import { shorten } from "../../util/cut.ts";
import { ExternalCallError, messageOf } from "../../util/errors.ts";
import { atPath, requestForRun } from "../../util/external-call.ts";
import type { Exchange } from "../algorithm.ts";
import type { Query, Read } from "./method.ts";
import type { CarrySettings } from "./options.ts";

/** What came of a question. */
export interface Asked {
  /** A gradient, or a reason, for each input of the question. */
  readonly read: readonly Read[];
  /** Undefined when the call failed. */
  readonly exchange: Exchange | undefined;
}

/** Asks a model, and keeps the exchanges in the order in which they are noted. */
export class Caller {
  readonly exchanges: Exchange[] = [];
  readonly #settings: CarrySettings;
  #asked = 0;

  constructor(settings: CarrySettings) {
    this.#settings = settings;
  }

  /**
   * The call of a question, not yet made. Its place in the run is fixed now, so that it does not depend on who is
   * faster.
   */
  prepared({ inputs, request, read }: Query): () => Promise<Asked> {
    const { llm, signal, maxReplyTokens, temperature } = this.#settings;
    const full: ModelRequest = {
      ...request,
      maxTokens: maxReplyTokens,
      ...(temperature === undefined ? {} : { temperature }),
    };
    const path = `gradient ${++this.#asked}`;
    return async () => {
      try {
        signal?.throwIfAborted();
        const reply = await atPath(path, () =>
          llm.generate(requestForRun(full), signal === undefined ? {} : { signal }),
        );
        // A model need not heed the signal; a cancelled pass gives nothing all the same.
        signal?.throwIfAborted();
        return { read: read(reply), exchange: { request: full, reply } };
      } catch (error) {
        // Cancelling, and what happens to the world outside, are no judgement on the program.
        signal?.throwIfAborted();
        if (isAbort(error) || error instanceof ExternalCallError) throw error;
        const reason = `the call failed: ${shorten(messageOf(error), 500)}`;
        return { read: Array.from({ length: Math.max(1, inputs.length) }, () => ({ reason })), exchange: undefined };
      }
    };
  }

  note({ exchange }: Asked): void {
    if (exchange !== undefined) this.exchanges.push(exchange);
  }
}
