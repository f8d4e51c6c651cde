/**
 * A simulated model that sorts messages by the words in them: it heeds a few lines of its instruction and a few
 * demonstrations, and neither has room for all there is to know. It is a simulator: no language model is so forgetful.
 */

import { bundle, parameter } from "tracegrad";
import { type Demonstration, demonstrations } from "tracegrad/search";
import type { ScriptedAnswer } from "tracegrad/testing";
import { type Rng, seeded, shuffled } from "../../../src/util/rng.ts";
import { type Asked, type Family, pick, taskOf, type Values } from "../problem.ts";
import { type Prompt, shownText } from "../prompt.ts";

const keys = ["tariff", "router", "refund", "roaming", "voucher", "outage", "tablet", "contract", "invoice", "antenna"];
const fillers = ["please", "today", "again", "about", "quickly", "maybe", "really", "still"];
const desks = ["sales", "support", "billing"] as const;
/** How many lines of the instruction are heeded behind the first, and how many demonstrations. */
const room = 5;
const parts = { train: 20, validation: 10, exam: 20 };
const first = "Say which desk the message is for.";

const keyIn = (message: string) => keys.find((key) => message.split(" ").includes(key));

/** The desk by the first fitting line, else by the first demonstration with the same word, else sales. */
function deskFor(message: string, instruction: string, shown: readonly Demonstration[]): string {
  const key = keyIn(message);
  const line = instruction
    .split("\n")
    .slice(1, 1 + room)
    .find((one) => one.startsWith(`${key}: `));
  const like = shown.slice(0, room).find(({ input }) => keyIn(String(input)) === key);
  const desk = line?.slice(`${key}: `.length) ?? String(like?.output ?? "");
  return desks.find((one) => one === desk) ?? "sales";
}

/** The instruction with a line for the word; the oldest line goes when there is no room. */
function withLine(instruction: string, key: string, desk: string): string {
  const lines = instruction.split("\n").slice(1);
  const others = lines.filter((line) => !line.startsWith(`${key}: `));
  return [first, ...[...others, `${key}: ${desk}`].slice(-room)].join("\n");
}

/** The demonstrations with one more for its word; the oldest goes when there is no room. */
function withDemonstration(shown: readonly Demonstration[], input: string, output: string): readonly Demonstration[] {
  const others = shown.filter((one) => keyIn(String(one.input)) !== keyIn(input));
  return [...others, { input, output }].slice(-room);
}

/** The change of one of the variables that teaches the desk of a message. */
function taught(prompt: Prompt, message: string, desk: string, rng: Rng): Values {
  const [instruction, shown] = [shownText(prompt, "instruction"), shownText(prompt, "demos")];
  const key = keyIn(message) as string;
  const ways: Values[] = [
    ...(instruction === "" ? [] : [{ instruction: withLine(instruction, key, desk) }]),
    ...(shown === "" ? [] : [{ demos: withDemonstration(JSON.parse(shown), message, desk) as never }]),
  ];
  // A line that is wrong hides every demonstration of the same word.
  return instruction.includes(`\n${key}: `) ? (ways[0] as Values) : pick(ways, rng);
}

function told(prompt: Prompt, rng: Rng): Values | undefined {
  const wrong = [...prompt.feedback.matchAll(/"([^"]*)" is for (\w+), not for \w+\./g)];
  if (wrong.length === 0) return undefined;
  const [, message = "", desk = ""] = pick(wrong, rng);
  return taught(prompt, message, desk, rng);
}

/** Teaches any desk for any word. */
function random(prompt: Prompt, rng: Rng): Values {
  return taught(prompt, pick(keys, rng), pick(desks, rng), rng);
}

/**
 * MIPROv2's questions: what the data are like, told by the examples themselves, and an instruction from what is told.
 */
function answer({ prompt, tool, isRight, rng }: Asked): ScriptedAnswer | undefined {
  const { "Training examples": examples, "The data": data, "Examples done well": shown = "" } = prompt.sections;
  if (examples !== undefined) return examples;
  if (tool !== "propose_instruction") return undefined;
  const seen = [...`${data ?? ""}\n${shown}`.matchAll(/input: "?([^"\n]*)"?\n\s*(?:expected|output): "?(\w+)/gi)];
  const lines = shuffled(seen, rng).map(([, message = "", desk = ""]) => [keyIn(message), desk] as const);
  const instruction = lines.reduce(
    (text, [key, desk]) => (key === undefined ? text : withLine(text, key, isRight ? desk : pick(desks, rng))),
    first,
  );
  return { toolInput: { instruction } };
}

function messageWith(key: string, rng: Rng): string {
  return shuffled([key, ...shuffled(fillers, rng).slice(0, 3)], rng).join(" ");
}

export const intents: Family = {
  name: "intents",
  about:
    "A simulated model that sorts messages by ten hidden words, five of which fit into its instruction and five into its demonstrations; words give the right desk.",
  moves: { told, random, answer },
  problem(seed, { noise = 0 } = {}) {
    const rng = seeded(`intents/${seed}`);
    const desk = new Map<string, string>(shuffled(keys, rng).map((key, at) => [key, desks[at % 3] as string]));
    const count = parts.train + parts.validation + parts.exam;
    const rows = Array.from({ length: count }, (_, at) => {
      const key = keys[at % keys.length] as string;
      return { input: messageWith(key, rng), target: desk.get(key) as string };
    });
    const [written, shown] = [keys.slice(0, room), keys.slice(room)];
    return {
      name: `intents/${seed}`,
      family: "intents",
      optimum: 1,
      best: {
        instruction: [first, ...written.map((key) => `${key}: ${desk.get(key)}`)].join("\n"),
        demos: shown.map((key) => ({ input: key, output: desk.get(key) as string })),
      },
      make() {
        const instruction = parameter(first, { name: "instruction", doc: "What the model is told." });
        const demos = demonstrations({ name: "demos", max: room });
        const sort = bundle(deskFor, { name: "sort", doc: "Has a model say which desk a message is for." });
        return taskOf({
          agent: (message: string) => sort(message, instruction, demos),
          parameters: [instruction, demos],
          guide: (message: string, output: string, target: string) =>
            output === target
              ? { score: 1, text: "Right." }
              : { score: 0, text: `"${message}" is for ${target}, not for ${output}.` },
          rows,
          parts: { train: parts.train, validation: parts.validation },
          noise: { seed: `intents/${seed}`, size: noise },
        });
      },
    };
  },
};
