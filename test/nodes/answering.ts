/** A language model that answers by a function of the request, at once. */

/** What `callLlm` needs of a language model. */
export type Answer = Parameters<typeof import("tracegrad/operators").callLlm>[0];

/** A model whose answer to a request is `reply(request)`. */
export function answering(reply: (request: unknown) => string): Answer {
  return { generate: async (request) => ({ text: reply(request) }) };
}
