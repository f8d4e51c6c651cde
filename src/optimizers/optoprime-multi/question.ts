/**
 * A side question on the problem of a step, such as which proposal is best: asked once, and answered as a JSON object.
 */

import type { LanguageModel, ReplyTool } from "../../llm/llm.ts";
import { atPath, requestForRun } from "../../util/external-call.ts";
import { isRecord } from "../../util/is-record.ts";
import { onlyJsonObject } from "../../util/json.ts";
import type { Exchange } from "../algorithm.ts";
import type { OptoPrimeAlgorithmOptions } from "../optoprime/settings.ts";
import { unusableReply } from "../prompt/reply.ts";
import { type Asked, requestFor } from "../prompt/request.ts";
import { ModelFailure } from "./failure.ts";

/** Who is asked, and by what settings. */
export interface Asking {
  readonly llm: LanguageModel;
  readonly signal: AbortSignal | undefined;
  readonly settings: OptoPrimeAlgorithmOptions;
  /** Where in the run the question is asked. */
  readonly path: string;
}

/** The answer, or why there is none; and the exchange, if there was one. */
export interface Answered {
  readonly answer: Readonly<Record<string, unknown>> | undefined;
  readonly problem: string;
  readonly exchanges: readonly Exchange[];
}

/** Asks, and reads the one JSON object of the answer. A model that fails or answers something else gives no answer. */
export async function askedAside(asked: Asked, { llm, signal, settings, path }: Asking): Promise<Answered> {
  const request = requestFor(asked, settings);
  try {
    const reply = await atPath(path, () =>
      llm.generate(requestForRun(request), signal === undefined ? {} : { signal }),
    );
    const exchanges = [{ request, reply }];
    const unusable = unusableReply(reply);
    if (unusable !== undefined) return { answer: undefined, problem: unusable.reason, exchanges };
    const answer = reply.toolInput === undefined ? onlyJsonObject(reply.text) : recordOf(reply.toolInput);
    return { answer, problem: answer === undefined ? "The answer was not one JSON object." : "", exchanges };
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    return { answer: undefined, problem: error.message, exchanges: [] };
  }
}

/** A tool whose one call is the answer. */
export function answerTool(
  name: string,
  description: string,
  properties: Readonly<Record<string, unknown>>,
): ReplyTool {
  const required = Object.keys(properties);
  return { name, description, inputSchema: { type: "object", properties, required, additionalProperties: false } };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}
