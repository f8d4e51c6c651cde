/** What a resumed run and a reader make of a journal: the same, wherever the process before was cut off. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { summarize } from "../../../src/training/evaluation/outcomes.ts";
import type { TrainEvent } from "../../../src/training/events.ts";
import { packEvent } from "../../../src/training/loop/event-json.ts";
import { JournalFold } from "../../../src/training/loop/journal-fold.ts";
import { progressAfter, unstarted } from "../../../src/training/loop/progress.ts";
import type { Outcome } from "../../../src/training/types.ts";
import type { Json } from "../../../src/util/encode.ts";
import { sampleEvents } from "../../report/sample.ts";
import { rounds, searchEvents } from "../../report/search-sample.ts";

interface JournalLine {
  readonly type: string;
  readonly data: Json;
}

/** The records of a journal that holds the events, each outcome once. */
function journalOf(events: readonly TrainEvent[]): JournalLine[] {
  const lines: JournalLine[] = [];
  const refs = new Map<Outcome, number>();
  const refOf = (outcome: Outcome): number => {
    const known = refs.get(outcome);
    if (known !== undefined) return known;
    refs.set(outcome, refs.size);
    lines.push({ type: "outcome", data: asJson({ n: refs.size - 1, key: `${refs.size}`, outcome }) });
    return refs.size - 1;
  };
  for (const event of events) {
    const data = asJson(packEvent(event, refOf));
    lines.push({ type: event.type === "round" ? "checkpoint" : "event", data });
  }
  return lines;
}

function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function foldOf(lines: readonly JournalLine[]): JournalFold {
  const fold = new JournalFold();
  for (const line of lines) fold.add(line);
  return fold;
}

/** The samples make up their means; a run sums up its outcomes. */
function summed(events: readonly TrainEvent[]): TrainEvent[] {
  return events.map((event) =>
    event.type === "evaluation" ? { ...event, result: summarize(event.result.outcomes) } : event,
  );
}

const ofRun = (events: readonly TrainEvent[]) => events.filter(({ type }) => type !== "start");

test("events come back from a journal as they were told, without their graphs", () => {
  const { events, progress } = foldOf(journalOf(sampleEvents()));
  expect(events).toEqual(summed(sampleEvents()));
  expect(progress).toEqual(summed(sampleEvents()).reduce(progressAfter, unstarted));
});

test("a journal holds each outcome once", () => {
  const outcomes = sampleEvents().flatMap((event) => (event.type === "evaluation" ? event.result.outcomes : []));
  const lines = journalOf([...sampleEvents(), ...sampleEvents()]);
  expect(JSON.stringify(lines).split("The boxes hold a dozen each").length - 1).toBeLessThanOrEqual(
    2 * outcomes.length,
  );
  const evaluation = lines.find(({ data }) => (data as { type?: unknown }).type === "evaluation");
  expect(evaluation?.data).toHaveProperty(
    "result",
    Array.from({ length: 12 }, (_, index) => index),
  );
});

test("a run that is cut off anywhere and resumed leaves the progress and the events of one that is not", () => {
  fc.assert(
    fc.property(rounds, fc.nat(), (choices, at) => {
      const all = summed(searchEvents(choices));
      const cut = 1 + (at % all.length);
      const done = all.slice(0, cut).findLastIndex(({ type }) => type === "round");
      const resumed = foldOf(journalOf(all.slice(0, cut))).resume();
      const start = { ...(all[0] as Extract<TrainEvent, { type: "start" }>), resumedAt: resumed.steps };
      // What the unfinished round had recorded is recorded again.
      const again = done < 0 ? all.slice(1) : all.slice(done + 1);
      const fold = foldOf(journalOf([...all.slice(0, cut), start, ...again]));
      const whole = foldOf(journalOf(all));
      expect(ofRun(fold.events)).toEqual(ofRun(whole.events));
      expect({ ...fold.progress, resumes: [] }).toEqual(whole.progress);
      const before = all.slice(0, done + 1).reduce(progressAfter, unstarted);
      expect({ ...resumed, runId: undefined, spec: undefined }).toEqual({
        ...before,
        runId: undefined,
        spec: undefined,
      });
    }),
  );
});
