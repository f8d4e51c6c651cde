/** What a model is called whose requests are sent in batches, which cost half as much. */

const mark = " (batch)";

/** The name of `model` for requests in batches. */
export function batchName(model: string): string {
  return `${model}${mark}`;
}

/** The model behind the name for requests in batches; undefined for any other name. */
export function modelInBatches(name: string): string | undefined {
  return name.endsWith(mark) ? name.slice(0, -mark.length) : undefined;
}
