/** Models that read the prompts of textgrad as they were rendered, and programs for them to improve. */

import { bundle, parameter, trace } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import type { textGradient } from "tracegrad/propagators";
import { type ScriptedAnswer, type ScriptedModel, scripted } from "tracegrad/testing";
import { sectionsOf, seeded, suggest, textOf, variablesOf } from "../readers.ts";

/** A propagator that judges plain functions too: what a test of the walk back needs, and no model. */
export function judgingAll(make: typeof textGradient): typeof textGradient {
  return (options) => make({ judge: "all", ...options });
}

/** The feedback in a rewrite prompt, on each use. */
export function feedbackOf(request: ModelRequest): string {
  const uses = [...textOf(request).matchAll(/^Feedback(?: on \w+)?:\n(`{3,})\n([^]*?)\n\1$/gm)].map(
    (found) => found[2],
  );
  return uses.length > 0 ? uses.join("\n") : unfenced(sectionsOf(textOf(request)).Feedback);
}

/** The sections of a gradient prompt, by title. */
export function partsOf(request: ModelRequest): Readonly<Record<string, string>> {
  const titles = "Objective|Operation|Inputs to judge|Other inputs|Output|It failed|Feedback|Your task";
  const parts = textOf(request).split(new RegExp(`^# (${titles})\\n`, "m"));
  const sections: Record<string, string> = {};
  for (let at = 1; at < parts.length; at += 2) sections[parts[at] as string] = (parts[at + 1] as string).trim();
  return sections;
}

/** The names of the inputs that a gradient prompt asks about, in the order of their numbers. */
export function judgedIn(request: ModelRequest): readonly string[] {
  const lines = (partsOf(request)["Inputs to judge"] ?? "").split("\n").filter((line) => /^\d+\. /.test(line));
  return lines.map((line) => /`([^`]+)`\)?(?=, )/.exec(line)?.[1] ?? "?");
}

/** What a fence holds. */
const unfenced = (text: string | undefined): string => /^(`{3,})\n([^]*)\n\1$/.exec(text ?? "")?.[2] ?? "";

/** The feedback in a gradient prompt. */
export const feedbackIn = (request: ModelRequest): string => unfenced(partsOf(request)["Feedback"]);

/** What a request is for. */
export function roleOf({ system = "" }: ModelRequest): "edge" | "node" | "reduce" | "rewrite" {
  if (system.startsWith("You improve one variable")) return "rewrite";
  if (system.startsWith("One value of a program")) return "reduce";
  return system.includes("each numbered input") ? "node" : "edge";
}

/** Hints as a tool call, in the order of the inputs. */
export const hints = (...texts: readonly string[]) => ({
  toolInput: Object.fromEntries(texts.map((text, at) => [`hint_${at + 1}`, text])),
});

/** A gradient model whose text tells where it stands: `<input> of <call>: <the feedback>`. */
export function telling(request: ModelRequest): ScriptedAnswer {
  const call = /^(\S+) = /.exec(partsOf(request)["Operation"] ?? "")?.[1];
  const texts = judgedIn(request).map((input) => `${input} of ${call}: {${feedbackIn(request)}}`);
  if (roleOf(request) === "reduce") return `reduced ${partsOf(request)["Feedback"]?.split("\n").length}`;
  return roleOf(request) === "edge" ? (texts[0] as string) : hints(...texts);
}

/** y = (x + 1) · 2 + z · 3, in which feedback on y must be turned into feedback on x and z by the way they went. */
export function chainTask() {
  const x = parameter(0, { name: "x" });
  const z = parameter(0, { name: "z" });
  const shift = bundle(function shift(x: number): number {
    return x + 1;
  });
  const double = bundle(function double(x: number): number {
    return 2 * x;
  });
  const triple = bundle(function triple(x: number): number {
    return 3 * x;
  });
  const total = bundle(function total(x: number, y: number): number {
    return x + y;
  });
  const goal = 56;
  const run = () => trace(() => total(double(shift(x)), triple(z)));
  const error = () => goal - (run().value as number);
  const feedback = () => ({ text: `The output is off by ${error()}.`, score: -Math.abs(error()) });
  return { x, z, run, feedback, error };
}

const slopes: Readonly<Record<string, number>> = { double: 2, triple: 3 };

/**
 * Knows calculus: turns "off by d" on an output into what its inputs are off by, with probability `skill`; otherwise it
 * says something wrong. Inputs that it judges together share the change; one that it judges alone gets all of it.
 */
export function calculus(skill: number, seed = 1): ScriptedModel {
  const random = seeded(seed);
  return scripted((request) => {
    const isRight = random() < skill;
    const off = /off by (-?\d+(?:\.\d+)?)/;
    if (roleOf(request) === "rewrite") {
      const by = Number(off.exec(feedbackOf(request))?.[1]);
      const [name, { value }] = Object.entries(variablesOf(textOf(request)))[0] as [string, { readonly value: string }];
      return suggest({ [name]: isRight ? Number(value) + by : Math.round(random() * 200 - 100) });
    }
    const inputs = judgedIn(request);
    const operation = /= (\w+)\(/.exec(partsOf(request)["Operation"] ?? "")?.[1] as string;
    const by = Number(off.exec(feedbackIn(request))?.[1]) / (slopes[operation] ?? 1) / inputs.length;
    const said = `It is off by ${isRight ? by : Math.round(random() * 200 - 100)}.`;
    return roleOf(request) === "edge" ? said : hints(...inputs.map(() => said));
  });
}
