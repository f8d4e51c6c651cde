/** Takes the figures of all ways to make a call, and judges ours by their gates. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { median } from "../clock.ts";
import { bundled } from "../process.ts";
import type { Pair, VariantName } from "./variant.ts";

/** A way to make a call; a gate is of the ratio to the untraced call. */
interface Way {
  readonly id: string;
  readonly job: "aiSdk" | "langGraph";
  readonly name: VariantName;
  readonly what: string;
  readonly gate?: number;
}

const ways: readonly Way[] = [
  { id: "A1a", job: "aiSdk", name: "door", what: "AI SDK 6, `traceModel`, outside of a trace", gate: 1.6 },
  { id: "A1b", job: "aiSdk", name: "traced", what: "`traceModel` and `learn`, in a trace", gate: 4 },
  { id: "A1c", job: "aiSdk", name: "spans", what: "the same with `emitSpans()`", gate: 5 },
  { id: "A1d", job: "aiSdk", name: "openTelemetry", what: "OpenTelemetry: `experimental_telemetry`" },
  { id: "A1e", job: "aiSdk", name: "langSmith", what: "LangSmith: `wrapAISDK`" },
  { id: "A2a", job: "langGraph", name: "door", what: "LangGraph, `traceFetch`, outside of a trace", gate: 1.5 },
  { id: "A2b", job: "langGraph", name: "traced", what: "`traceFetch` and `learn`, in a trace", gate: 2.5 },
  { id: "A2c", job: "langGraph", name: "spans", what: "the same with `emitSpans()`", gate: 3 },
  { id: "A2d", job: "langGraph", name: "openTelemetry", what: "OpenTelemetry: a span by hand around the node" },
  { id: "A2e", job: "langGraph", name: "langSmith", what: "LangSmith: `LangChainTracer`" },
];

/** The most microseconds that work may lose by looking for an observer of spans where there is none. */
const observerGate = 0.05;

/** A line of the table. */
export interface AgentRow {
  readonly id: string;
  readonly what: string;
  /** By round. */
  readonly pairs: readonly Pair[];
  readonly gate: number | undefined;
  readonly verdict: "good" | "broken" | undefined;
}

/** All lines, and what is lost to an absent observer, in microseconds by round. */
export interface AgentFigures {
  readonly rows: readonly AgentRow[];
  readonly observer: { readonly times: readonly number[]; readonly gate: number; readonly verdict: "good" | "broken" };
}

const run = promisify(execFile);

/** Measures round by round, so that a slow moment falls on all ways. */
export async function measureAgents(rounds: number, size: number): Promise<AgentFigures> {
  const file = await bundled(new URL("job.ts", import.meta.url));
  const measure = async <T>(...args: readonly (string | number)[]): Promise<T> => {
    const { stdout } = await run(process.execPath, [file, ...args.map(String)]);
    return JSON.parse(stdout) as T;
  };
  const taken = ways.map((way) => ({ way, pairs: [] as Pair[] }));
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const { way, pairs } of taken) pairs.push(await measure<Pair>(way.job, way.name, size));
    times.push(await measure<number>("observer", size * 1_000));
  }
  return {
    rows: taken.map(({ way: { id, what, gate }, pairs }) => {
      const ratios = pairs.map(({ ratio }) => ratio);
      return { id, what, pairs, gate, verdict: gate === undefined ? undefined : gateVerdict(ratios, gate) };
    }),
    observer: { times, gate: observerGate, verdict: gateVerdict(times, observerGate) },
  };
}

/** Judges the median, which one disturbed round does not move. */
export function gateVerdict(figures: readonly number[], gate: number): "good" | "broken" {
  return median(figures) <= gate ? "good" : "broken";
}

/** The whole table as Markdown. */
export function tableOf({ rows, observer }: AgentFigures): string {
  const lines = rows.map(({ id, what, pairs, gate, verdict = "" }) => {
    const [untraced, traced, ratio] = (["untraced", "traced", "ratio"] as const).map((key) => {
      return rangeOf(
        pairs.map((pair) => pair[key]),
        key === "ratio" ? 2 : 0,
      );
    });
    return [id, what, untraced, traced, ratio, gate === undefined ? "" : `≤ ${gate}`, verdict];
  });
  const last = `Without \`tracegrad/otel\`, each call loses ${rangeOf(observer.times, 4)} µs (≤ ${observer.gate}): ${observer.verdict}.`;
  const head = ["", "what", "untraced, µs a call [min–max]", "traced, µs", "times untraced", "gate", "verdict"];
  const line = (cells: readonly (string | undefined)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...lines.map(line), "", last].join("\n");
}

function rangeOf(values: readonly number[], digits: number): string {
  const [middle, min, max] = [median(values), Math.min(...values), Math.max(...values)];
  return `${middle.toFixed(digits)} [${min.toFixed(digits)}–${max.toFixed(digits)}]`;
}
