import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interactive, type Node, parameter, train } from "tracegrad";
import { split } from "tracegrad/data";
import type { LanguageModel, ModelRequest } from "tracegrad/llm";
import { add } from "tracegrad/operators";
import { optoPrimeMulti } from "tracegrad/optimizers";
import { type ScriptedAnswer, scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { sectionsOf, suggest, textOf, variablesOf } from "../readers.ts";

describe("OptoPrimeMulti inside train", () => {
  /**
   * A model without memory: a share of the way that the feedback tells, by the temperature; the first proposal is the
   * best.
   */
  const answer = (request: ModelRequest): ScriptedAnswer => {
    if (request.tool?.name === "pick_proposal") return { toolInput: { reasoning: "", best: 1 } };
    const prompt = textOf(request);
    const now = Number(variablesOf(prompt)["a"]?.value);
    const off = Number(/off by (-?[\d.]+)/.exec(sectionsOf(prompt).Feedback ?? "")?.[1]);
    return suggest({ a: now + Math.round(off * (request.temperature === 1 ? 0.5 : 0.1)) });
  };
  const begin = (folder: string, llm: LanguageModel, signal?: AbortSignal) => {
    const a = parameter(0, { name: "a" });
    return train({
      agent: (input: number): Node<number> => add(a, input),
      optimizer: optoPrimeMulti(a, { llm, memorySize: 2 }),
      data: split(
        [1, 2, 3, 4].map((input) => ({ input, target: 50 + input })),
        { train: 2, validation: 2 },
      ),
      guide: (_input: number, output: number, target: number) => {
        const off = target - output;
        return { score: -Math.abs(off), text: `a is off by ${off}.` };
      },
      template: interactive(),
      budget: { steps: 4 },
      folder,
      ...(signal === undefined ? {} : { signal }),
    }).result;
  };

  it("goes on, after it was stopped amid the proposals of a step, to the result of a run that was not", async () => {
    const place = mkdtempSync(join(tmpdir(), "tracegrad-multi-"));
    try {
      const whole = await begin(join(place, "whole"), scripted(answer));
      expect(whole.best.values).toMatchObject({ a: 47 });
      const controller = new AbortController();
      const stopping = scripted((request, index) => {
        if (index === 6) controller.abort();
        return answer(request);
      });
      const stopped = await begin(join(place, "run"), stopping, controller.signal);
      expect(stopped.reason).toBe("aborted");
      const after = scripted(answer);
      const resumed = await begin(join(place, "run"), after);
      expect(resumed.candidates).toEqual(whole.candidates);
      expect(after.calls.length).toBeGreaterThan(0);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
});
