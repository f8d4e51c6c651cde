/** GEPA's round robin over the parameters: a new program goes on where its parent was. */

import { type TrainEvent, type TrainOptions, train } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import { type GepaOptions, gepa } from "tracegrad/search";
import { type ScriptedModel, scripted } from "tracegrad/testing";
import { afterAll, expect, test } from "vitest";
import { suggest, textOf, variablesOf } from "../readers.ts";
import { expectResumable, runFolders, task } from "./world.ts";

type Changes = Partial<TrainOptions<number, number[], string>>;

/** Which way each knob has to be turned. */
const ways: Readonly<Record<string, number>> = { bass: 1, middle: -1, treble: 1, volume: -1 };

const knobsIn = (request: ModelRequest) => Object.keys(variablesOf(textOf(request))).filter((name) => name in ways);

/** Turns each knob that it may turn a little, the right way or, for every so many prompts, the wrong way. */
function turner(wrongEvery = Number.POSITIVE_INFINITY): ScriptedModel & { readonly asked: string[] } {
  const asked: string[] = [];
  const model = scripted((request) => {
    const variables = variablesOf(textOf(request));
    asked.push(knobsIn(request).join());
    const turned = knobsIn(request).map((name) => {
      const value = Number(variables[name]?.value);
      return [name, value + (value % wrongEvery === 0 ? -2 : 3) * (ways[name] as number)];
    });
    return suggest(Object.fromEntries(turned));
  });
  return Object.assign(model, { asked });
}

async function eventsOf(options: GepaOptions, llm = turner(), changes: Changes = {}): Promise<readonly TrainEvent[]> {
  const events: TrainEvent[] = [];
  const given = task({ search: gepa(options), llm }, { budget: { steps: 8 }, ...changes });
  for await (const event of train(given)) events.push(event);
  return events;
}

/** Each example shows one knob, so that programs that have turned different ones are both best somewhere. */
const oneKnobEach: NonNullable<Changes["guide"]> = (input, output) => {
  const at = input % 4;
  return { score: 0.5 + (((output[at] as number) - 50) * (Object.values(ways)[at] as number)) / 200, text: "Turn it." };
};

const cycle = ["bass", "middle", "treble", "volume"];

test("when each rewrite is accepted, each parameter is asked for once before any is asked for again", async () => {
  const llm = turner();
  await eventsOf({}, llm);
  expect(llm.asked).toEqual([...cycle, ...cycle]);
});

test("a minibatch with nothing to teach takes no parameter's turn", async () => {
  const llm = turner();
  const { guide } = task({ search: gepa(), llm });
  const half: typeof guide = (...run) => {
    const isEasy = Number(run[3].exampleId.slice("row ".length)) % 2 === 0;
    return isEasy ? { score: 1, text: "Right." } : (guide as NonNullable<typeof guide>)(...run);
  };
  await eventsOf({ minibatchSize: 1 }, llm, { guide: half, maxScore: 1, budget: { steps: 16 } });
  expect(llm.asked).toEqual([...cycle, ...cycle]);
});

test("several proposals of a round take the turns one after the other, and their children go on behind the last", async () => {
  const llm = turner();
  await eventsOf({ parallel: { proposals: 2 }, keep: "best", maxMerges: 0 }, llm, { budget: { steps: 4 } });
  expect(llm.asked).toEqual([...cycle, ...cycle]);
});

test("all parameters at once have no turns", async () => {
  const llm = turner();
  await eventsOf({ components: "all" }, llm, { budget: { steps: 2 } });
  expect(llm.asked).toEqual([cycle.join(), cycle.join()]);
});

test("an accepted program takes over its parent's turn, a merged one the later turn of its two parents", async () => {
  const options = { parallel: { proposals: 3 }, minibatchSize: 4 };
  const events = await eventsOf(options, turner(7), { guide: oneKnobEach, budget: { steps: 20 } });
  const candidates = new Map(
    events.flatMap((event) => (event.type === "candidate" ? [[event.candidate.id, event.candidate] as const] : [])),
  );
  let known = 1;
  const origins: string[] = [];
  for (const event of events) {
    if (event.type !== "round") continue;
    const { accepted, turns } = event.state as { accepted: string[]; turns: Record<string, number> };
    for (const id of accepted.slice(known)) {
      const { parents, origin } = candidates.get(id) as { parents: readonly string[]; origin: string };
      expect(turns[id]).toBe(Math.max(...parents.map((parent) => turns[parent] ?? 0)));
      origins.push(origin);
    }
    known = accepted.length;
  }
  expect(origins).toContain("proposal");
  expect(origins).toContain("merge");
});

const folders = runFolders();
afterAll(() => folders.remove());

test("stopped anywhere and resumed, a run with merges takes the same turns", async () => {
  const options = { parallel: { proposals: 3 }, minibatchSize: 4 };
  const most = { guide: oneKnobEach, budget: { steps: 12 } };
  const events = await eventsOf(options, turner(7), most);
  expect(events.some((event) => event.type === "candidate" && event.candidate.origin === "merge")).toBe(true);
  await expectResumable(
    (changes) => task({ search: gepa(options), llm: turner(7) }, { ...most, ...changes }),
    folders,
    6,
  );
});
