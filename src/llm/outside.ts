/** Makes the calls of a model through the run that its caller is in, so that the run can keep, limit and count them. */

import { callOutside } from "../util/outside.ts";
import type { CallOptions, LanguageModel, ModelReply, ModelRequest } from "./llm.ts";

/** A model as the world outside sees it: its name, and what makes a call for real. */
export type Leaf = Pick<LanguageModel, "name" | "generate">;

/** `model` with its calls made through the run. For models that answer themselves; wrappers of others leave it to those. */
export function reachable<M extends LanguageModel>(model: M): M {
  return { ...model, generate: (request, options = {}) => throughRun(model, request, options) };
}

/** One call of a model, made through the run that the caller is in, if it is in one. */
export function throughRun(model: Leaf, request: ModelRequest, { signal }: CallOptions): Promise<ModelReply> {
  return callOutside({
    to: model.name,
    request,
    signal,
    perform: (given) => model.generate(request, given === undefined ? {} : { signal: given }),
  });
}
