/**
 * Answers equal questions of a round by one call: where nothing is left to chance, a second answer tells nothing new.
 */

import type { ExternalCall, Intercept } from "../../util/external-call.ts";
import { stableStringify } from "../../util/json.ts";

/** The path of a proposal, with its round. */
const proposal = /^(round \d+)\/batch \d+\/proposal \d+/;

/**
 * As `intercept`, but that the model of the optimizer is asked the same request with the temperature 0 only once a
 * round. Requests with another temperature, or with the model's own, are draws: each is made.
 */
export function askedOnce(intercept: Intercept): Intercept {
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
    // What failed may be tried again.
    answer.catch(() => answers.delete(key));
    return answer;
  };
  return Object.assign(once, intercept);
}

function isCertain(request: unknown): boolean {
  return typeof request === "object" && request !== null && (request as { temperature?: unknown }).temperature === 0;
}
