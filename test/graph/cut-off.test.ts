import {
  batchify,
  chain,
  credit,
  graphOf,
  type Node,
  NoParameterError,
  node,
  parameter,
  t,
  trace,
  train,
} from "tracegrad";
import { split } from "tracegrad/data";
import { add } from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { basicSearch } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { describe, expect, test, vi } from "vitest";

describe("a node that was made before the trace", () => {
  test("is named when it cuts off all credit, with what to do instead", () => {
    const prompt = parameter("P", { name: "prompt" });
    const early = t`${t`${prompt}!`} and more`;
    const graph = trace(() => t`${early}?`);
    expect(() => graph.backward("wrong")).toThrow(NoParameterError);
    expect(() => graph.backward("wrong")).toThrow(
      /"text" depends on the parameter "prompt", but was made before the trace, which takes it for an input\. Make it inside/,
    );
    expect([...credit(graphOf(graph.output), "wrong").signals.keys()]).toEqual([prompt]);
    expect([
      ...credit(
        trace(() => t`${t`${prompt}!`}?`),
        "wrong",
      ).signals.keys(),
    ]).toEqual([prompt]);
  });

  /** The warnings of the process while `work` is done. */
  async function warningsOf(work: () => void): Promise<readonly string[]> {
    const emit = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    try {
      work();
      return emit.mock.calls.map(([message]) => String(message));
    } finally {
      emit.mockRestore();
    }
  }

  test("is named when it cuts off a part of the credit, once for each place and not for each run", async () => {
    const [prompt, style] = [parameter("P", { name: "prompt" }), parameter("S", { name: "style" })];
    const early = () => t`${prompt}!`;
    const first = early();
    const run = (made: Node<string>) => trace(() => t`${made} ${style} ${style}`);
    const graph = run(first);
    const warnings = await warningsOf(() => {
      for (const one of [graph, graph, run(first), run(early())]) {
        expect([...one.backward("wrong").signals.keys()]).toEqual([style]);
      }
      batchify([run(early()), run(early())]).backward(["wrong", "wrong"]);
    });
    expect(warnings).toEqual([
      expect.stringMatching(/^Credit is lost: "text" depends on the parameter "prompt", but was made before the trace/),
    ]);
    const again = await warningsOf(() => run(t`another place ${prompt}`).backward("wrong"));
    expect(again).toHaveLength(1);
  });

  test("is named also where the parameter is reached on another way", async () => {
    const prompt = parameter(1, { name: "prompt" });
    const early = add(prompt, 1);
    const warnings = await warningsOf(() => trace(() => t`${early} ${prompt}`).backward("wrong"));
    expect(warnings).toEqual([expect.stringContaining('"add" depends on the parameter "prompt"')]);
  });

  test("is not blamed for what an earlier run has led to, nor within the history that a graph looks at", async () => {
    const prompt = parameter("P", { name: "prompt" });
    const warnings = await warningsOf(() => {
      const steps = [trace(() => t`${prompt} 0`)];
      for (let step = 1; step < 4; step++) {
        const state = t`state after ${steps.at(-1)?.output as Node<string>}`;
        steps.push(trace(() => t`${prompt} ${state}`));
      }
      for (const step of steps) step.backward("wrong");
      chain(steps).backward("wrong");
      chain(steps, { horizon: 2 }).backward("wrong");
      graphOf(t`${t`${prompt}!`}?`).backward("wrong");
      trace(() => t`${node("early")} ${prompt}`).backward("wrong");
    });
    expect(warnings).toEqual([]);
  });

  test("is among the warnings of a run, once, whether or not other credit gets through", async () => {
    for (const rest of [true, false]) {
      for (const search of [undefined, basicSearch()]) {
        const [prompt, style] = [parameter("P", { name: "prompt" }), parameter("S", { name: "style" })];
        const early = t`${prompt}!`;
        const llm = scripted(() => JSON.stringify({ reasoning: "", suggestion: { style: "T" } }));
        const { warnings } = await train({
          agent: (input: string) => (rest ? t`${early} ${style} ${input}` : t`${early} ${input}`),
          optimizer: optoPrime([prompt, style], { llm }),
          guide: async () => ({ score: 0.5, text: "So so." }),
          data: split(
            Array.from({ length: 6 }, (_, index) => ({ input: `q${index}`, target: "" })),
            { train: 3, validation: 3 },
          ),
          budget: { steps: 2 },
          ...(search === undefined ? {} : { search: search as never }),
        }).result;
        const named = warnings.filter((text) => text.includes('"text" depends on the parameter "prompt"'));
        expect(named).toEqual([expect.stringContaining("Credit is lost")]);
      }
    }
  });

  test("is not blamed when no trainable parameter stands behind it", () => {
    const fixed = parameter(1, { name: "fixed", trainable: false });
    const early = add(fixed, 1);
    expect(() => trace(() => add(early, 1)).backward("wrong")).toThrow(
      /no trainable parameter\. Make one with parameter/,
    );
  });
});
