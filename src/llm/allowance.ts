/** What a provider still allows of one model, as the headers of its answers say it. */

/** The longest time for which anything is held on a provider's word, in milliseconds. Then the next request asks it. */
const maxHoldMs = 60_000;

/** Names of headers: what is left, and when there is more again. */
const ofRequests = [
  ["anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"],
  ["x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
] as const;
const ofTokens = [
  ["anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
  ["x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
] as const;

interface Left {
  amount: number;
  /** On the clock of `performance.now()`. */
  readonly until: number;
}

/** The requests and tokens that one model still allows. */
export class ProviderAllowance {
  #heldUntil = 0;
  #underWay = { requests: 0, tokens: 0 };
  #requests: Left | undefined;
  #tokens: Left | undefined;

  /** Milliseconds until a request of so many tokens may begin; 0 or less when it may now. */
  waitMs(tokens: number, now: number): number {
    const requests = this.#requests !== undefined && this.#requests.amount < 1 ? this.#requests.until - now : 0;
    const needed = Math.max(1, tokens);
    const ofTokens = this.#tokens !== undefined && this.#tokens.amount < needed ? this.#tokens.until - now : 0;
    return Math.max(this.#heldUntil - now, requests, ofTokens);
  }

  /** Counts a request that begins, until the next answer says more. */
  begin(tokens: number): void {
    if (this.#requests) this.#requests.amount -= 1;
    if (this.#tokens) this.#tokens.amount -= tokens;
    this.#underWay.requests += 1;
    this.#underWay.tokens += tokens;
  }

  end(tokens: number): void {
    this.#underWay.requests -= 1;
    this.#underWay.tokens -= tokens;
  }

  hold(ms: number, now: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, now + Math.min(ms, maxHoldMs));
  }

  /** Takes note of the headers of the answer to a request under way, of so many tokens. */
  observe(headers: Headers, tokens: number, now: number): void {
    const requests = leftIn(headers, ofRequests, now);
    const left = leftIn(headers, ofTokens, now);
    // The answer may be older than the others under way, and then does not count them.
    if (requests) this.#requests = { ...requests, amount: requests.amount - (this.#underWay.requests - 1) };
    if (left) this.#tokens = { ...left, amount: left.amount - (this.#underWay.tokens - tokens) };
  }
}

function leftIn(
  headers: Headers,
  names: readonly (readonly [left: string, reset: string])[],
  now: number,
): Left | undefined {
  for (const [left, reset] of names) {
    const amount = Number(headers.get(left) ?? Number.NaN);
    const ms = resetMs(headers.get(reset));
    if (amount >= 0 && ms !== undefined) return { amount, until: now + Math.min(ms, maxHoldMs) };
  }
  return undefined;
}

const duration = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/** Milliseconds until a reset: a date, as Anthropic sends it, or a time such as `6m0s`, as OpenAI does. */
function resetMs(text: string | null): number | undefined {
  if (!text) return undefined;
  const parts = duration.exec(text);
  if (parts) {
    const [hours = 0, minutes = 0, seconds = 0, ms = 0] = parts.slice(1).map((part) => Number(part ?? 0));
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
  }
  const date = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
