/** Which headers of a reply a run stores: those that SDKs read, and no cookies or names of accounts. */

const stored =
  /^(content-type|retry-after(-ms)?|x-should-retry|ratelimit(-.+)?|(x-|anthropic-)ratelimit-.+|([a-z-]+-)?request-?id)$/i;

/** Whether a header with this name is stored. */
export function isStoredHeader(name: string): boolean {
  return stored.test(name);
}
