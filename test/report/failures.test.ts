/** What went wrong stands at the top of a report and on the console, of runs that really went wrong. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Node, parameter, type TrainEvent, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code, type Guide } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { readRun, reportHtml, viewOf } from "tracegrad/report";
import { scripted } from "tracegrad/testing";
import { afterEach, expect, test } from "vitest";
import { eventLines } from "../../src/report/console-lines.ts";
import { statusAfter, statusBefore } from "../../src/report/run-status.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A run of two steps whose agent does what `run` does. */
function begin(run: (prompt: Node<string>) => unknown, guide: Guide = code(() => 1) as Guide) {
  const folder = join(mkdtempSync(join(tmpdir(), "tracegrad-failures-")), "run");
  folders.push(folder);
  const prompt = parameter("Say yes.", { name: "prompt" });
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { prompt: "Say no." } } }));
  const given = train({
    agent: () => run(prompt) as Node<string>,
    optimizer: optoPrime(prompt, { llm }),
    data: split(
      Array.from({ length: 6 }, (_, input) => ({ input, target: "yes" })),
      { train: 2, validation: 4 },
    ),
    guide: guide as never,
    budget: { steps: 2 },
    folder,
  });
  const events: TrainEvent[] = [];
  given.on((event) => events.push(event));
  return { folder, events, result: given.result };
}

/** The red note at the top of the report, as text; undefined when there is none. */
async function topOf(folder: string): Promise<string | undefined> {
  const html = await reportHtml(viewOf((await readRun(folder)).events));
  const summary = html.slice(html.indexOf('<section id="summary"'));
  const note = /<div class="note bad" role="alert">([^]*?)<\/div>/.exec(summary);
  if (note === null) return undefined;
  expect(note.index).toBeLessThan(summary.indexOf('class="hero"'));
  return note[1]
    ?.replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'");
}

function printed(events: readonly TrainEvent[]): string {
  let status = statusBefore(undefined);
  const lines = events.flatMap((event) => {
    status = statusAfter(status, event, 0);
    return eventLines(event, status, (text) => text, 0);
  });
  return lines.map(({ text }) => text).join("\n");
}

test("a run that an outage stopped says why, and what to do, until it goes on", async () => {
  const service = { isDown: true };
  const agent = (prompt: Node<string>) =>
    prompt.map((text) => {
      if (service.isDown) throw Object.assign(new Error("overloaded today"), { status: 529 });
      return text;
    });
  const { folder, events, result } = begin(agent);
  await expect(result).rejects.toMatchObject({ code: "outage" });
  expect(events.at(-1)).toMatchObject({ type: "crash", code: "outage" });
  expect(await topOf(folder)).toMatch(/The run stopped:[^]*overloaded today[^]*Run the same command again/);
  expect(await reportHtml(viewOf((await readRun(folder)).events))).toContain("Stopped by an error");
});

test("a broken judge stands in red at the top, and on the console, with its own words", async () => {
  const { folder, events, result } = begin(
    (prompt) => prompt,
    () => {
      throw new TypeError("no field answer");
    },
  );
  expect((await result).reason).toBe("failures");
  expect(await topOf(folder)).toMatch(/The guide failed on example "\d+": TypeError: no field answer/);
  expect(printed(events)).toMatch(/warning: The guide failed on example "\d+": TypeError: no field answer/);
});

test("an error of a part of the loop says that it is neither the program's nor the judge's", async () => {
  const { folder, result } = begin((prompt) => prompt);
  await result;
  expect(await topOf(folder)).toBeUndefined();
  const prompt = parameter("Say yes.", { name: "prompt" });
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
  const run = train({
    agent: () => prompt,
    optimizer: optoPrime(prompt, { llm }),
    data: split(
      [1, 2].map((input) => ({ input, target: "yes" })),
      { train: 1, validation: 1 },
    ),
    guide: code(() => 1) as never,
    budget: { steps: 1 },
    template: {
      spec: { kind: "broken" },
      wants: 1,
      stream: () => {
        throw new RangeError("a bug in the template");
      },
    } as never,
  });
  await expect(run.result).rejects.toMatchObject({
    code: "internal",
    message: expect.stringContaining("RangeError: a bug in the template"),
  });
});
