/**
 * The events of a realistic run, made by hand: 6 steps, 12 validation examples, two parameters, one failure, one
 * refusal.
 */

import { summaryOf } from "../../src/math/intervals.ts";
import type { TrainEvent } from "../../src/training/events.ts";
import type { EvaluationResult, Outcome, Spent, StepRecord } from "../../src/training/types.ts";

const instructions = [
  "Think step by step. End with 'Answer: <answer>'.",
  "Think step by step and write down each intermediate result.\nEnd with 'Answer: <answer>'.",
  "Think step by step and write down each intermediate result.\nCheck units before you add.\nEnd with one line: 'Answer: <number>'.",
  "Think step by step and write down each intermediate result.\nConvert all quantities to the same unit first.\nCheck the result by estimating it.\nEnd with one line: 'Answer: <number>', without units or a period.",
];

const programs = [
  'extract(response: string): string {\n  return response.split("Answer:")[1].trim();\n}\n',
  'extract(response: string): string {\n  const parts = response.split("Answer:");\n  return (parts.at(-1) ?? "").trim();\n}\n',
  'extract(response: string): string {\n  const parts = response.split("Answer:");\n  const last = (parts.at(-1) ?? "").trim();\n  // A final period is no part of a number.\n  return last.replace(/\\.$/, "").replaceAll(",", "");\n}\n',
];

const questions = [
  "apples",
  "trains",
  "wages",
  "tiles",
  "milk",
  "clocks",
  "seeds",
  "coins",
  "pages",
  "ropes",
  "paint",
  "buses",
];
const ids = questions.map((name, index) => `gsm-${String(index + 101)}-${name}`);

/** Scores of the examples after each step, one letter each: 0, h(alf), 1, x for a failed program. */
const table = [
  "0010h000x100",
  "10100h001100",
  "10110h101100",
  "10110h1011h0",
  "101101101110",
  "111101101111",
  "1011h1101111",
];

function outcome(exampleId: string, letter: string): Outcome {
  if (letter === "x") {
    const message = "TypeError: Cannot read properties of undefined (reading 'trim')\n  at extract (line 2, column 39)";
    return { exampleId, score: undefined, feedback: "", failure: { of: "agent", message } };
  }
  const score = letter === "h" ? 0.5 : Number(letter);
  const feedback =
    score === 1
      ? "Correct."
      : score === 0.5
        ? 'The number is right, but it reads "42." instead of "42".'
        : 'Wrong: expected "18", got "20". The boxes hold a dozen each.';
  return { exampleId, score, feedback, failure: undefined };
}

function resultOf(letters: string): EvaluationResult {
  const outcomes = [...letters].map((letter, index) => outcome(ids[index] as string, letter));
  const scores = outcomes.map(({ score }) => score ?? 0);
  const failures = outcomes.filter(({ failure }) => failure !== undefined).length;
  return { outcomes, ...summaryOf(scores), failures };
}

const dotOf = (step: number): string => `digraph tracegrad {
  node [fontname="Courier", fontsize=11];
  "instruction" [label="instruction\\n\\"Think step by step…\\"", shape=box, style="filled,bold", fillcolor="#FFE3E0", color="#B3261E"];
  "question" [label="question\\n\\"A farmer has ${step} boxes…\\"", shape=ellipse, style=filled, fillcolor="#F5F5F5"];
  "format" [label="format\\nformat(instruction, question)", shape=box, style="filled,rounded", fillcolor="#E4EEF8"];
  "ask" [label="ask\\nask(format)\\n\\"Let us see … Answer: 20.\\"", shape=component, style=filled, fillcolor="#E3F2E6"];
  "extract_code" [label="extract_code\\lextract(response) {…}\\l", shape=box, style="filled,bold", fillcolor="#FFE3E0", color="#B3261E"];
  "extract" [label="extract\\nextract(extract_code, ask)\\n\\"20.\\"", shape=component, style=filled, fillcolor="#E3F2E6"];
  "#feedback" [label="Feedback\\nWrong: expected \\"18\\"", shape=note, style=filled, fillcolor="#FFF6CC"];
  "instruction" -> "format"; "question" -> "format"; "format" -> "ask";
  "ask" -> "extract"; "extract_code" -> "extract";
  "extract" -> "#feedback" [dir=back, style=dashed];
}
`;

type Change = StepRecord["changes"][number];
const instruction = (from: number, to: number): Change => ({
  name: "instruction",
  before: instructions[from],
  after: instructions[to],
});
const program = (from: number, to: number): Change => ({
  name: "extract_code",
  before: programs[from],
  after: programs[to],
});

const changes: readonly (readonly Change[])[] = [
  [program(0, 1)],
  [instruction(0, 1)],
  [],
  [instruction(1, 2), program(1, 2)],
  [instruction(2, 3)],
  [{ name: "instruction", before: instructions[3], after: `${instructions[3]}\nBe brief.` }],
];

const reasons = [
  'The program fails where the response holds no "Answer:". Taking the last part, or an empty text, keeps it from failing.',
  "The model skips steps. Asking for each intermediate result should prevent slips.",
  "I would rename the function to make its purpose plain.",
  "Answers end in a period or have thousands separators; the program should take both away, and the prompt should ask for a bare number.",
  "Two examples mix units. Converting first removes that kind of slip.",
  "The responses are long. Brevity may help.",
];

function stepRecord(step: number): StepRecord {
  const refused =
    step === 3
      ? [
          {
            name: "extract_code",
            reason:
              'The function must keep its name and signature: expected "extract(response)", got "finalAnswer(text)".',
          },
        ]
      : [];
  const prompt = `#Variables\n(instruction) ${instructions[Math.min(step - 1, 3)]}\n\n#Feedback\nID [0]: Wrong: expected "18", got "20".\nID [1]: Correct.\n\n${"#Documentation\n[format] Fills the slots of a template with the texts of its inputs.\n".repeat(60)}`;
  const reply = {
    reasoning: reasons[step - 1],
    values: Object.fromEntries((changes[step - 1] ?? []).map(({ name, after }) => [name, after])),
  };
  return {
    reasoning: reasons[step - 1] as string,
    refused,
    exchanges: [
      {
        request: {
          system: "You improve programs. Answer with the tool.",
          messages: [{ role: "user", content: prompt }],
          tool: { name: "suggest", description: "New values of the variables.", inputSchema: { type: "object" } },
        },
        reply: {
          text: "",
          toolInput: reply,
          stopReason: "tool",
          usage: { inputTokens: 3_812 + step * 140, outputTokens: 420 },
          model: "claude-sonnet-5-5",
        },
      },
    ],
    changes: changes[step - 1] as readonly Change[],
    trainScore: [0.33, 0.33, 0.67, 0.5, 0.67, 1][step - 1],
    feedback:
      'ID [0]: Wrong: expected "18", got "20".\nID [1]: Correct.\nID [2]: The number is right, but it reads "42." instead of "42".',
    dot: dotOf(step),
  };
}

/** Accounts of a run that has called no model. */
export const noRoles: Spent["byRole"] = {
  agent: { llmCalls: 0, inputTokens: 0, outputTokens: 0, usd: 0 },
  optimizer: { llmCalls: 0, inputTokens: 0, outputTokens: 0, usd: 0 },
  judge: { llmCalls: 0, inputTokens: 0, outputTokens: 0, usd: 0 },
};

const rolesAfter = (steps: number): Spent["byRole"] => ({
  agent: {
    llmCalls: 12 + steps * 15,
    inputTokens: 9_400 + steps * 11_750,
    outputTokens: 2_100 + steps * 2_620,
    usd: 0.021 + steps * 0.026,
  },
  optimizer: { llmCalls: steps, inputTokens: steps * 3_480, outputTokens: steps * 1_250, usd: steps * 0.0782 },
  judge: noRoles.judge,
});

const spentAfter = (steps: number): Spent => ({
  steps,
  llmCalls: 12 + steps * 16,
  inputTokens: 9_400 + steps * 15_230,
  outputTokens: 2_100 + steps * 3_870,
  usd: 0.021 + steps * 0.1042,
  evaluations: 12 + steps * 15,
  seconds: 21 + steps * 38.4,
  possiblyPaid: 0,
  byRole: rolesAfter(steps),
});

const rollouts = ["01x", "100", "110", "0h1", "1h1", "111"];

function idOf(step: number): string {
  return `c${step}f09a2b`;
}

function candidate(step: number): TrainEvent {
  const [parents, origin] = step === 0 ? [[], "start"] : [[idOf(step - 1)], "step"];
  return { type: "candidate", step, candidate: { id: idOf(step), step, values: { step }, parents, origin } };
}

function round(step: number): TrainEvent {
  const nothing = { state: null, done: false, memories: {}, live: [], evaluations: 0 };
  return { type: "round", step, counted: true, evaluated: true, ...nothing };
}

/** The events of the run, in order, as a live listener gets them. */
export function sampleEvents(): TrainEvent[] {
  const spec = {
    name: "gsm8k-solver",
    template: { kind: "batch", size: 3 },
    optimizer: { name: "OptoPrime", memorySize: 5 },
    budget: { steps: 6, usd: 2 },
    selection: "bestValidation",
    seed: 7,
  };
  const warnings = ["The validation set has 12 examples: a difference below 0.2 may be chance."];
  const evaluation = (step: number): TrainEvent => ({
    type: "evaluation",
    step,
    split: "validation",
    candidate: idOf(step),
    result: resultOf(table[step] as string),
  });
  const events: TrainEvent[] = [
    { type: "start", runId: "solver-2026-11-22", resumedAt: undefined, spec, warnings },
    candidate(0),
    evaluation(0),
    round(0),
  ];
  for (let step = 1; step <= 6; step++) {
    const letters = [...(rollouts[step - 1] as string)];
    for (const [index, letter] of letters.entries()) {
      const id = `train-${String(((step - 1) * 3 + index) % 9)}`;
      events.push({ type: "rollout", step, candidate: idOf(step - 1), outcome: outcome(id, letter) });
    }
    events.push(
      candidate(step),
      { type: "step", step, proposal: stepRecord(step), graph: undefined },
      evaluation(step),
    );
    if (step !== 3 && step !== 6)
      events.push({ type: "best", step, score: resultOf(table[step] as string).mean, candidate: idOf(step) });
    if (step === 6)
      events.push({
        type: "warning",
        message: "Step 6: back to the program of step 5, since the score fell too far below the best.",
      });
    events.push({ type: "spent", spent: spentAfter(step) }, round(step));
  }
  const test = (step: number, letters: string): TrainEvent => ({
    type: "evaluation",
    step,
    split: "test",
    candidate: idOf(step),
    result: resultOf(letters),
  });
  events.push(test(0, "010010100010"), test(5, "110110111011"), {
    type: "end",
    reason: "budget",
    spent: spentAfter(6),
  });
  return events;
}
