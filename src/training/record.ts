/** What a run tells: each event once to the journal and to whoever listens, also when a resumed run comes by it again. */

import type { StepResult } from "../optimizers/optimizer.ts";
import type { Json } from "../util/decode.ts";
import type { RunStore } from "./journal/folder.ts";
import type { StepRecord, TrainEvent } from "./types.ts";

/** Tells of an event. `key` names it within the run: an event that the journal already has is not written again. */
export type Tell = (key: string, event: TrainEvent) => Promise<void>;

/** Tells events to `listener` and keeps them in `store`, without their graphs. */
export function recorder(store: RunStore, listener: (event: TrainEvent) => void): Tell {
  const known = new Set<string>();
  for (const record of store.records()) {
    if (record.type === "event") known.add((record.data as { key: string }).key);
  }
  return async (key, event) => {
    listener(event);
    if (known.has(key)) return;
    known.add(key);
    // JSON drops the graph, which is for live listeners only, and whatever else is undefined.
    const plain = JSON.parse(
      JSON.stringify(event, (name, value: unknown) => (name === "graph" ? undefined : value)),
    ) as Json;
    await store.append("event", { key, event: plain });
  };
}

/** What a step did, as it is kept: values instead of parameters. */
export function recordOf({
  reasoning,
  refused,
  exchanges,
  changes,
}: StepResult): Pick<StepRecord, "reasoning" | "refused" | "exchanges" | "changes"> {
  return {
    reasoning,
    refused,
    exchanges,
    changes: changes.map(({ name, before, after }) => ({ name, before, after })),
  };
}
