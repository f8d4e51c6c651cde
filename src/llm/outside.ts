/** Makes the calls of a model through the run that its caller is in, so that the run can keep, limit and count them. */

import { callOutside } from "../util/outside.ts";
import type { CallOptions, LanguageModel, ModelReply, ModelRequest } from "./llm.ts";
import { requireTexts } from "./text.ts";

/** `model` with its calls made through the run. For models that answer themselves; wrappers of others leave it to those. */
export function reachable(model: LanguageModel): LanguageModel {
  return { name: model.name, generate: (request, options = {}) => throughRun(model, request, options) };
}

/**
 * One call of a model, made through the run that the caller is in, if it is in one. Rejects with a `NoTextError` before any
 * call when the request has a promise or the like in the place of a text.
 */
export function throughRun(model: LanguageModel, request: ModelRequest, { signal }: CallOptions): Promise<ModelReply> {
  try {
    requireTexts(request);
  } catch (error) {
    return Promise.reject(error);
  }
  return callOutside({
    to: model.name,
    request,
    signal,
    perform: (given) => model.generate(request, given === undefined ? {} : { signal: given }),
  });
}
