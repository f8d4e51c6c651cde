/**
 * What distinguishes an external call from others: the hash of its request, its position among the calls of its path,
 * and its upper bound.
 */

import { endOf } from "../../util/cut.ts";
import type { ExternalCall } from "../../util/external-call.ts";
import { isRecord } from "../../util/is-record.ts";
import { hashOf, stableStringify } from "../../util/json.ts";
import { estimatedTokens } from "../../util/tokens.ts";
import type { RequestMark } from "./history.ts";
import type { CallUsage } from "./tally.ts";

const TAIL_LENGTH = 200;
/** The fields of a model's request, in the order in which differences are looked for. Other fields follow by name. */
const order = ["system", "messages", "tool", "maxTokens", "temperature"];

/** A hash of everything that decides the answer. Throws TracegradError `"not-json"` for a request that is not JSON. */
export function requestHash(to: string, request: unknown): string {
  return hashOf({ to, request }).slice(0, 32);
}

/** The mark of a request. */
export function markOf(to: string, request: unknown): RequestMark {
  const fields: [string, string][] = Object.entries(fieldsOf(request))
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, hashOf(value).slice(0, 12)]);
  return { to, fields: Object.fromEntries(fields), tail: tailOf(request) };
}

/** The name of the first field in which two requests differ; undefined when they are equal. */
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
  return endOf(stableStringify(messages ?? request ?? null), TAIL_LENGTH);
}

/**
 * The maximum that one request of a call may use: as the caller says; otherwise its tokens, estimated, as input, and
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
 * Numbers the calls of one path where the program alone decides their order: sequential calls, and calls that are made
 * together. A call that is made while some calls of the path are in flight and others have ended depends on timing, and
 * gets no number.
 */
export class CallOrder {
  #ended = 0;
  #underWay = 0;
  #since = 0;
  #count = 0;
  #mixed = false;

  /** The position of a call that begins now; null when it depends on timing. */
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

  /** Reports the end of a call. */
  end(): void {
    this.#underWay -= 1;
    this.#ended += 1;
    this.#mixed = true;
  }
}
