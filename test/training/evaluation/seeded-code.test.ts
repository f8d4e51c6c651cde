import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, test } from "vitest";

test("a run whose code draws by chance and reads the clock goes on as it would have, when it was stopped", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tracegrad-seeded-"));
  const run = async (place: string, stopAfter: number) => {
    const stop = new AbortController();
    const asked: string[] = [];
    const chat = scripted(
      (request) => {
        asked.push(String(request.messages[0]?.content));
        if (asked.length === stopAfter) stop.abort();
        return "yes";
      },
      { name: "chat" },
    );
    const ask = async (q: string) => (await chat.generate({ messages: [{ role: "user", content: q }] })).text;
    const flow = bundle(
      async function flow(q: string): Promise<string> {
        return await ask(`${q} ${Math.random()} ${Date.now()}`);
      },
      { trainable: true, scope: { ask } },
    );
    const rows = Array.from({ length: 6 }, (_, index) => ({ id: `row${index}`, input: `q${index}`, target: "yes" }));
    const result = await train({
      agent: (q: string) => flow(q),
      optimizer: optoPrime(flow, { llm: scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } })) }),
      data: split(rows, { train: 2, validation: 4 }),
      guide: code((_input, output: string, target: string) => output === target),
      budget: { steps: 2 },
      concurrency: 2,
      folder: join(folder, place),
      signal: stop.signal,
    }).result;
    return { asked, reason: result.reason };
  };
  const whole = await run("whole", 0);
  expect(new Set(whole.asked).size).toBe(whole.asked.length);
  const first = await run("stopped", 3);
  expect(first.reason).toBe("aborted");
  const second = await run("stopped", 0);
  expect(second.reason).toBe(whole.reason);
  expect(new Set([...first.asked, ...second.asked])).toEqual(new Set(whole.asked));
  await rm(folder, { recursive: true });
});
