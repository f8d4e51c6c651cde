/**
 * Scripted proposers: models that read the rendered prompt and answer by rule, in the place of a language model. What
 * they say is decided by the seed, the text of the request, and how often that same request was made before; so it does
 * not depend on the order of the calls.
 */

import type { Json } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import { type ScriptedAnswer, type ScriptedModel, scripted } from "tracegrad/testing";
import { type Rng, seeded } from "../../src/util/rng.ts";
import { type Moves, pick, type Values } from "./problem.ts";
import { type Prompt, readPrompt, textOf, valueOf } from "./prompt.ts";
import { randomEdit } from "./spaces.ts";

/** Options of {@link oracle}. */
export interface OracleOptions {
  /** How often it makes the change that the feedback tells, from 0 to 1. Else, and where none is told, a random one. */
  readonly skill: number;
  /** How often its answer is cut in the middle, from 0 to 1. Default: 0. */
  readonly malformed?: number;
  readonly seed: number;
  /** How changes are read from the words of a family, and made at random. */
  readonly moves: Moves;
}

/** Makes the change that the feedback tells with probability `skill`, and else a random valid one. */
export function oracle({ skill, malformed = 0, seed, moves }: OracleOptions): ScriptedModel {
  return proposer(`oracle ${skill}`, seed, (prompt, rng, request) => {
    const [isCut, isRight] = [rng.float() < malformed, rng.float() < skill];
    const other = moves.answer?.({ prompt, tool: request.tool?.name, isRight, rng });
    if (other !== undefined) return other;
    const values = (isRight ? moves.told?.(prompt, rng) : undefined) ?? randomOf(moves, prompt, rng);
    return isCut ? cut(values) : answer(values);
  });
}

/** Makes random valid changes, whatever is said. */
export function random({ seed, moves }: Pick<OracleOptions, "seed" | "moves">): ScriptedModel {
  return proposer("random", seed, (prompt, rng) => answer(randomOf(moves, prompt, rng)));
}

/** Changes nothing. */
export function noop(): ScriptedModel {
  return scripted(() => answer({}), { name: "no-op" });
}

/**
 * Answers with what must never be taken: unknown names, wrong types, cut and endless texts, copies of its instructions.
 */
export function adversary({ seed }: Pick<OracleOptions, "seed">): ScriptedModel {
  return proposer("adversary", seed, (prompt, rng, request) => pick(attacks, rng)(prompt, request));
}

const attacks: readonly ((prompt: Prompt, request: ModelRequest) => ScriptedAnswer)[] = [
  () => answer({ noSuchVariable: 1 }),
  () => ({ toolInput: { suggestion: "everything" } }),
  () => ({ toolInput: JSON.parse('{"reasoning": "", "suggestion": {"__proto__": 1}}') }),
  ({ variables }) => answer(Object.fromEntries(variables.map(({ name }) => [name, { wrong: "type" }]))),
  ({ variables }) => answer(Object.fromEntries(variables.map(({ name }) => [name, null]))),
  ({ variables }) => cut(Object.fromEntries(variables.map(({ name, text }) => [name, text]))),
  () => "x".repeat(1_200_000),
  () => "",
  (_, request) => `${request.system ?? ""}\n${textOf(request)}`,
  () => ({ text: "I cannot help with that.", stopReason: "refusal" }),
];

/** A random change of what is shown; where it is shown what was tried and how it scored, of the best of that. */
function randomOf(moves: Moves, prompt: Prompt, rng: Rng): Values {
  const { leader } = prompt;
  const variables = prompt.variables.map((one) => ({ ...one, text: leader?.[one.name] ?? one.text }));
  if (variables.length === 0) return {};
  const change = (moves.random ?? randomEdit)({ ...prompt, variables }, rng);
  if (leader === undefined) return change;
  return { ...Object.fromEntries(variables.map((one) => [one.name, valueOf(one) as Json])), ...change };
}

function answer(values: Values): ScriptedAnswer {
  return { toolInput: { reasoning: "By rule.", suggestion: values } };
}

function cut(values: Values): ScriptedAnswer {
  const text = JSON.stringify({ reasoning: "By rule.", suggestion: values });
  return { text: text.slice(0, Math.ceil(text.length * 0.7)), stopReason: "length" };
}

type Rule = (prompt: Prompt, rng: Rng, request: ModelRequest) => ScriptedAnswer;

function proposer(name: string, seed: number, rule: Rule): ScriptedModel {
  const seen = new Map<string, number>();
  return scripted(
    (request) => {
      const text = textOf(request);
      const before = seen.get(text) ?? 0;
      seen.set(text, before + 1);
      const prompt = readPrompt(request);
      return passedOn(prompt) ?? rule(prompt, seeded(`${seed}/${before}/${text}`), request);
    },
    { name },
  );
}

/** To a request for feedback on what went into a call, as TextGrad makes it: what was said of the output, whole. */
function passedOn({ sections, variables, feedback }: Prompt): string | undefined {
  if (variables.length > 0 || feedback === "" || "Playbook" in sections) return undefined;
  const hints = [...(sections["Your task"] ?? "").matchAll(/^Hint \d+: /gm)];
  return hints.length === 0 ? feedback : hints.map(([hint]) => hint + feedback.replace(/\s+/g, " ")).join("\n");
}
