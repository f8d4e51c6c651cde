/** Answers equal requests of a round by one call: at temperature 0 a second answer adds nothing. */

import type { ExternalCall, Intercept } from "../../util/external-call.ts";
import { stableStringify } from "../../util/json.ts";

/** The path of a proposal, with its round. */
const proposal = /^(round \d+)\/batch \d+\/proposal \d+/;

/**
 * Like `intercept`, except that the optimizer's model gets an equal request with temperature 0 only once per round.
 * Requests with another temperature, or with the default of the model, are samples: each is made.
 */
export function answerOnce(intercept: Intercept): Intercept {
  let current = "";
  let answers = new Map<string, Promise<unknown>>();
  const once = <T>(call: ExternalCall<T>, path: string): Promise<T> => {
    const round = proposal.exec(path)?.[1];
    if (round === undefined || !isCertain(call.request)) return intercept(call, path);
    if (round !== current) [current, answers] = [round, new Map()];
    const key = `${call.to} ${stableStringify(call.request)}`;
    const known = answers.get(key);
    if (known !== undefined) return known as Promise<T>;
    const answer = intercept(call, path);
    answers.set(key, answer);
    // A failed request may be made again.
    answer.catch(() => answers.delete(key));
    return answer;
  };
  return Object.assign(once, intercept);
}

function isCertain(request: unknown): boolean {
  return typeof request === "object" && request !== null && (request as { temperature?: unknown }).temperature === 0;
}
