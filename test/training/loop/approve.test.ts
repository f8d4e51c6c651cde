/** A run that asks a person whether its finalist ships. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApprovalRequest, parameter, train } from "tracegrad";
import { split } from "tracegrad/data";
import { optoPrime } from "tracegrad/optimizers";
import { readRun, verdictLines } from "tracegrad/report";
import { scripted } from "tracegrad/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracegrad-approve-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A run whose one step raises the score from 0 to 1, or changes nothing. */
function learn(options: Partial<Parameters<typeof train>[0]> = {}, value = 1) {
  const bias = parameter(0, { name: "bias" });
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { bias: value } } }));
  const run = train({
    agent: () => bias.map((number) => number),
    guide: (_: unknown, output: number) => ({ score: output, text: "Larger." }),
    data: split(
      Array.from({ length: 20 }, (_, at) => ({ id: `e${at}`, input: at, target: "" })),
      { train: 4, validation: 16 },
    ),
    optimizer: optoPrime(bias, { llm }),
    budget: { steps: 1 },
    ...options,
  } as Parameters<typeof train>[0]);
  return { run, bias, calls: llm.calls };
}

describe("approval", () => {
  it("ships what is approved, and asks with the candidates and their scores", async () => {
    const asked: ApprovalRequest[] = [];
    const { run, bias } = learn({ approve: (request) => asked.push(request) > 0 });
    const { verdict, best } = await run.result;
    expect(best.step).toBe(1);
    expect(bias.data).toBe(1);
    expect(verdict?.approved).toBe(true);
    expect(asked).toMatchObject([
      { finalist: { id: best.id, validation: { mean: 1 } }, baseline: { validation: { mean: 0 } } },
    ]);
  });

  it("ships the baseline where it is not, and says so", async () => {
    const { run, bias } = learn({ approve: async () => false, folder });
    const { verdict, best } = await run.result;
    expect(best.step).toBe(0);
    expect(bias.data).toBe(0);
    expect(verdict && verdictLines(verdict)[0]).toBe("Not approved: the finalist was rejected, so the baseline stays.");
    expect((await readRun(folder)).verdict?.approved).toBe(false);
  });

  it("asks nobody where the baseline would ship anyway", async () => {
    const { run } = learn({ approve: () => expect.fail("asked") }, 0);
    expect((await run.result).best.step).toBe(0);
  });

  it("asks again after a cancelled wait, and pays for nothing twice", async () => {
    const cancel = new AbortController();
    const waiting = learn({
      ...{ folder, signal: cancel.signal },
      approve: () => {
        setImmediate(() => cancel.abort());
        return new Promise<boolean>(() => undefined);
      },
    });
    const first = await waiting.run.result;
    expect(first.best.step).toBe(0);
    expect(first.warnings.join(" ")).toContain("before it was approved");
    const again = learn({ folder, approve: () => true });
    const second = await again.run.result;
    expect(second.best.step).toBe(1);
    expect(again.calls).toHaveLength(0);
    expect(second.spent.evaluations).toBe(first.spent.evaluations);
    const third = learn({ folder, approve: () => expect.fail("asked after the answer") });
    expect((await third.run.result).best.step).toBe(1);
  });

  it("asks again after an error of the function", async () => {
    const broken = learn({
      folder,
      approve: () => {
        throw new Error("no network");
      },
    });
    await expect(broken.run.result).rejects.toThrow("no network");
    expect((await learn({ folder, approve: () => true }).run.result).best.step).toBe(1);
  });

  it("refuses an answer that is no answer", async () => {
    const unclear = learn({ approve: (() => "yes") as never });
    await expect(unclear.run.result).rejects.toMatchObject({ code: "bad-option" });
  });
});
