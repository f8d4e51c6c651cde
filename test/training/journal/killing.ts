/** Kills runs of a real program at random moments until they are done, and counts what was paid. */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readJournal } from "../../../src/training/journal/repair.ts";
import { hashOf } from "../../../src/util/json.ts";
import * as api from "../../llm/messages-server.ts";
import type { Program } from "./child.ts";
import type { Random } from "./simulated-files.ts";

/** The most calls that the program has under way. */
export const CONCURRENCY = 4;
/** How many calls it makes in all. */
export const CALLS = 40;

/**
 * A service that answers by rule after a while, and counts the answers that it has given, by the place of the question.
 */
export interface Service {
  readonly url: string;
  /** By place: how often an answer was given. */
  readonly served: ReadonlyMap<string, number>;
  forget(): void;
  close(): Promise<void>;
}

export async function startService(delayMs: () => number): Promise<Service> {
  const served = new Map<string, number>();
  const answer: api.Behaviour = (response, { body }) => {
    const [{ content }] = body["messages"] as [{ content: string }];
    const [place = ""] = content.split("|");
    const text = `answer ${hashOf(content).slice(0, 16)}`;
    setTimeout(() => {
      // Paid from here on, whether or not anybody is there to read it.
      served.set(place, (served.get(place) ?? 0) + 1);
      api.streams(api.START, api.textBlock(text), api.end("end_turn"), api.STOP)(response, { body, headers: {} });
    }, delayMs());
  };
  const server = await api.startServer([answer]);
  return { url: server.url, served, forget: () => served.clear(), close: () => server.close() };
}

/** What became of one run that was killed and started again until it was done. */
export interface KilledRun {
  readonly final: { readonly prompt: string; readonly history: unknown; readonly spent: { readonly llmCalls: number } };
  readonly kills: number;
  /** Answers that were given more than once. */
  readonly repeats: number;
  /** The places of calls that were in the journal and were made again all the same. */
  readonly paidTwice: readonly string[];
}

/** Runs the program in `folder` to its end. `lifeMs` gives how long its next process may live; undefined for ever. */
export async function runKilled(
  { program, service, folder }: { program: Program; service: Service; folder: string },
  lifeMs: () => number | undefined,
): Promise<KilledRun> {
  service.forget();
  const paidTwice: string[] = [];
  let before: ReadonlyMap<string, number> = new Map();
  for (let kills = 0; ; kills += 1) {
    const life = lifeMs();
    const child = program.start("calls", folder, service.url);
    if (life === undefined) await child.ended;
    else {
      // The time that Node takes to start is of no interest.
      await child.said("open");
      await Promise.race([sleep(life), child.ended]);
    }
    await child.kill();
    const [errors, final] = [await child.ended, await child.said("final")];
    if (errors !== undefined) throw new Error(errors);
    // Answers on their way to the dead process are given, and count.
    await sleep(30);
    paidTwice.push(...changed(before, service.served));
    if (final !== undefined) {
      const total = [...service.served.values()].reduce((sum, count) => sum + count, 0);
      return { final: JSON.parse(final), kills, repeats: total - service.served.size, paidTwice };
    }
    const journaled = await journaledPlaces(folder);
    before = new Map([...journaled].map((place) => [place, service.served.get(place) ?? 0]));
  }
}

function changed(counts: ReadonlyMap<string, number>, served: ReadonlyMap<string, number>): string[] {
  return [...counts].filter(([place, count]) => served.get(place) !== count).map(([place]) => place);
}

/** The places whose answers a journal has. */
async function journaledPlaces(folder: string): Promise<Set<string>> {
  const places = new Set<string>();
  try {
    for await (const { type, data } of readJournal(folder)) {
      if (type === "call.done") places.add((data as { key: string }).key.replace(/:[^:]*:\d+$/, ""));
    }
  } catch (thrown) {
    // Killed before there was a journal.
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
  }
  return places;
}

/** How long a process may live: mostly a part of the whole run, sometimes hardly at all. */
export function randomLife(random: Random, mostMs: number): number {
  return random(5) === 0 ? random(20) : random(mostMs);
}

/** The folder of the `n`-th run. */
export function folderOf(root: string, n: number): string {
  return join(root, `run-${n}`);
}
