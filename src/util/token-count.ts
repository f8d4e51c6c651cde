/** What a call of a language model used. */

/** Tokens of a call. */
export interface Tokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars that they cost, where who was called says so. */
  readonly usd?: number;
}
