/**
 * What tells a call to the world outside from others: the hash of its request, its place among the calls of its path,
 * and the most it may use.
 */

import type { ExternalCall } from "../../util/external-call.ts";
import { isRecord } from "../../util/is-record.ts";
import { hashOf, stableStringify } from "../../util/json.ts";
import { estimatedTokens } from "../../util/tokens.ts";
import type { RequestMark } from "./history.ts";
import type { CallUsage } from "./tally.ts";

const TAIL_LENGTH = 200;
/** The fields of a model's request, in the order in which a difference is looked for; others come after, by name. */
const order = ["system", "messages", "tool", "maxTokens", "temperature"];

/** A hash of everything that decides the answer. Throws `"not-json"` for a request that is no JSON. */
export function requestHash(to: string, request: unknown): string {
  return hashOf({ to, request }).slice(0, 32);
}

/** What is kept of a request. */
export function markOf(to: string, request: unknown): RequestMark {
  const fields: [string, string][] = Object.entries(fieldsOf(request))
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, hashOf(value).slice(0, 12)]);
  return { to, fields: Object.fromEntries(fields), tail: tailOf(request) };
}

/** The name of the first part in which two requests differ; undefined when they are alike. */
export function differingField(a: RequestMark, b: RequestMark): string | undefined {
  if (a.to !== b.to) return "model";
  const names = [...order, ...[...Object.keys(a.fields), ...Object.keys(b.fields)].sort()];
  return names.find((name) => own(a.fields, name) !== own(b.fields, name));
}

function own(fields: RequestMark["fields"], name: string): string | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function fieldsOf(request: unknown): Readonly<Record<string, unknown>> {
  return isRecord(request) ? request : { request };
}

function tailOf(request: unknown): string {
  const { messages } = fieldsOf(request);
  return stableStringify(messages ?? request ?? null).slice(-TAIL_LENGTH);
}

/**
 * The most that one request of a call may use: as the caller says, else its characters by four as input, and
 * `maxTokens` as output.
 */
export function mostOf(
  { request, most = {} }: Pick<ExternalCall<unknown>, "request" | "most">,
  maxTokens: number,
): CallUsage {
  const { inputTokens = estimatedTokens(request), outputTokens = maxTokens } = most;
  return { inputTokens, outputTokens };
}

/**
 * Numbers the calls of one path where the program alone decides their order: calls one after the other, and calls that
 * are made together. A call that is made while others of the path are still under way but some have ended comes when it
 * comes, and gets no number.
 */
export class Places {
  #ended = 0;
  #underWay = 0;
  #since = 0;
  #count = 0;
  #mixed = false;

  /** The place of a call that begins now; null when chance decides it. */
  next(): string | null {
    if (this.#underWay === 0) {
      this.#since = this.#ended;
      this.#count = 0;
      this.#mixed = false;
    }
    this.#underWay += 1;
    if (this.#mixed) return null;
    this.#count += 1;
    return `${this.#since}.${this.#count}`;
  }

  /** Says that a call has ended. */
  end(): void {
    this.#underWay -= 1;
    this.#ended += 1;
    this.#mixed = true;
  }
}
