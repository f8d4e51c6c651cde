/** Where the requests of a model of the AI SDK go. */

import { fieldsOf } from "../util/fields.ts";

/**
 * The address of a model's server, without what may hold a key; undefined where the model does not tell it. Its interface
 * has none: the models of most providers keep it in their `config`, as `baseURL` or as what makes a URL of a path.
 */
export function addressOf(model: { readonly modelId: string }): string | undefined {
  const config = fieldsOf(fieldsOf(model)["config"]);
  const { modelId } = model;
  const found = [config["baseURL"], config["baseUrl"], config["url"]]
    .map((one) => (typeof one === "function" ? urlBy(one.bind(config) as MakeUrl, modelId) : one))
    .find((one) => typeof one === "string" && URL.canParse(one));
  if (found === undefined) return undefined;
  const { origin, pathname } = new URL(found as string);
  return `${origin}${pathname.replace(/\/+$/, "")}`;
}

type MakeUrl = (of: { readonly path: string; readonly modelId: string }) => unknown;

function urlBy(makeUrl: MakeUrl, modelId: string): unknown {
  try {
    return makeUrl({ path: "", modelId });
  } catch {
    // Such as one without its region or key, of which the call itself will speak.
    return undefined;
  }
}
