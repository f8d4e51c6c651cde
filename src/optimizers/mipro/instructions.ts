/**
 * MIPROv2's instructions to choose from, which the model writes from the data, the program and demonstrations.
 */

import type { ModelReply, ModelRequest } from "../../llm/llm.ts";
import { fitValue } from "../../nodes/fit-value.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { shorten } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import { withoutThinking } from "../../util/thinking.ts";
import { type Demonstration, demonstrationsText } from "../bootstrap/demonstrations.ts";
import { readFields, refuse } from "../prompt/answer.ts";
import { accept, type ReplyReading } from "../prompt/ask.ts";
import type { Outcome } from "../search/outcome.ts";
import type { Rollout, SearchContext } from "../search/search.ts";
import { dataPrompt, dataSystem, instructionPrompt, instructionSystem, instructionTool, tips } from "./prompt-text.ts";

/** What instructions are written from. */
export interface InstructionSource {
  /** Names of the parameters to write for. */
  readonly names: readonly string[];
  /** How many texts each should have to choose from, its present value included. */
  readonly count: number;
  /** Demonstrations for the model to see: the proposals take a set each, in turn. */
  readonly sets: readonly (readonly Demonstration[])[];
  /** Rollouts of the baseline. */
  readonly rollouts: readonly Rollout[];
}

const maxExamples = 8;
const maxTextLength = 4_000;
const maxValueLength = 200;
const [maxFailures, maxFeedbackLength] = [3, 500];

/** The texts by parameter; the first is its present value. Useless answers are left out. */
export async function instructionsFor(
  { names, count, sets, rollouts }: InstructionSource,
  context: SearchContext,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const values = context.candidates()[0]?.values ?? {};
  const own = names.map((name) => [name, [String(values[name])]] as const);
  if (context.llm === undefined || count < 2 || names.length === 0) return Object.fromEntries(own);
  const data = await describeData(context);
  const run = rollouts.at(-1)?.experiences.at(-1)?.graph.show({ maxNodes: 40, valueLimit: maxValueLength }) ?? "";
  const candidate = shorten(run, maxTextLength);
  const failures = failuresText(context);
  const tasks = names.flatMap((name) => Array.from({ length: count - 1 }, (_, at) => ({ name, at })));
  const requests = tasks.map(({ name, at }): ModelRequest => {
    const parameter = context.parameters.get(name) as Parameter;
    const demonstrations = sets.length === 0 ? [] : (sets[at % sets.length] as readonly Demonstration[]);
    const text = instructionPrompt({
      ...{
        data,
        candidate,
        failures,
        name,
        doc: parameter.doc,
        constraint: parameter.constraint,
        value: String(values[name]),
      },
      demonstrations: shorten(demonstrationsText(demonstrations).trimEnd(), maxTextLength),
      tip: tips[context.rng.integer(tips.length)] as string,
    });
    return { system: instructionSystem, messages: [{ role: "user", content: text }], tool, maxTokens: 4_096 };
  });
  const replies = await context.ask(requests);
  const found = new Map(own.map(([name, texts]) => [name, [...texts]]));
  for (const [index, reply] of replies.entries()) {
    const { name } = tasks[index] as { readonly name: string };
    const texts = found.get(name) as string[];
    const { value: text } = await readInstruction(context.parameters.get(name) as Parameter, reply);
    if (text !== undefined && !texts.includes(text)) texts.push(text);
  }
  return Object.fromEntries(found);
}

const tool = {
  name: instructionTool,
  description: "Proposes a new text.",
  inputSchema: {
    type: "object",
    properties: { instruction: { type: "string", description: "The new text, whole." } },
    required: ["instruction"],
    additionalProperties: false,
  },
} as const;

/**
 * The training runs of the baseline that failed or scored lowest, unless none scored higher: the input and the
 * feedback.
 */
function failuresText(context: SearchContext): string {
  const outcomes = context.knownOutcomes(context.candidates()[0]?.id ?? "", "train");
  const scoreOf = ({ score, failure }: Outcome) => (failure === undefined ? (score ?? 0) : -Infinity);
  const highest = Math.max(...outcomes.map(scoreOf), context.maxScore ?? -Infinity);
  return [...outcomes]
    .sort((one, other) => scoreOf(one) - scoreOf(other))
    .slice(0, maxFailures)
    .filter((outcome) => outcome.failure !== undefined || scoreOf(outcome) < highest)
    .map(({ exampleId, score, feedback }) =>
      [
        `- input: ${preview(context.example(exampleId).input, 300)}`,
        `  score ${score ?? "unknown"}, feedback: ${preview(feedback ?? "", maxFeedbackLength)}`,
      ].join("\n"),
    )
    .join("\n");
}

async function describeData(context: SearchContext): Promise<string> {
  const examples = context.train.slice(0, maxExamples).map((id, at) => {
    const { input, target } = context.example(id);
    return `${at + 1}. input: ${preview(input, 500)}\n   expected: ${preview(target, 300)}`;
  });
  const request = { system: dataSystem, messages: [{ role: "user" as const, content: dataPrompt(examples) }] };
  const [reply] = await context.ask([{ ...request, maxTokens: 1_024 }]);
  return reply === undefined || reply.stopReason !== "end"
    ? ""
    : shorten(withoutThinking(reply.text).trim(), maxTextLength);
}

/** Reads the text of an answer. Refuses one that is not whole or does not fit its parameter. */
async function readInstruction(parameter: Parameter, reply: ModelReply): Promise<ReplyReading<string>> {
  const { value: fields, refused } = readFields(reply, "instruction");
  if (fields === undefined) return { value: undefined, refused };
  const { instruction } = fields as { readonly instruction?: unknown };
  if (typeof instruction !== "string" || instruction.trim() === "") return refuse('There is no text "instruction".');
  if (instruction.length > maxInstructionLength) return refuse(`The text has ${instruction.length} characters.`);
  const fit = await fitValue(parameter, instruction);
  if (!("value" in fit)) return refuse(fit.problem);
  return typeof fit.value === "string" ? accept(fit.value) : refuse("The value is not a text.");
}

const maxInstructionLength = 50_000;
