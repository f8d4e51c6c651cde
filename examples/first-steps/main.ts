/** Runs one of the first programs by its recorded answers, and writes its outcome: what docs/results.md says of it. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { TracegradError, type TrainResult } from "tracegrad";
import { answersIn } from "../shared/answers.ts";
import { type OutcomeScore, outcomeOf, type RunAbout, type RunOutcome, writeOutcome } from "../shared/outcome.ts";
import { runMain } from "../shared/run-main.ts";

const help = `Runs one of the first programs by its recorded answers.

  npx tsx --conditions=@tracegrad/source examples/first-steps/main.ts NAME [--write]

  NAME     greeting, strange-sort, battleship, numbers or classifier
  --write  write its outcome to examples/first-steps/results`;

/** What only the study knows of a program. */
interface About {
  readonly mode: RunAbout["mode"];
  readonly metric: RunAbout["metric"];
  readonly notes?: string[];
  /** From the score that is maximized to the metric. Default: they are the same. */
  readonly unit?: (score: number) => number;
  /** Runs the program, and gives its result. */
  readonly run: () => Promise<TrainResult>;
}

const claude = "Claude agents that saw the prompts alone, through the mailbox";

const programs: Readonly<Record<string, About>> = {
  "strange-sort": {
    mode: ["replay"],
    metric: { name: "tests that pass", better: "higher" },
    run: async () => (await import("./strange-sort.ts")).result,
  },
  battleship: {
    mode: ["replay"],
    metric: { name: "share of the squares with ships that were hit", better: "higher" },
    run: async () => (await import("./battleship.ts")).result,
  },
  numbers: {
    mode: ["local search"],
    metric: { name: "error in °C", better: "lower" },
    unit: (score) => -score,
    run: async () => (await import("./numbers.ts")).result,
  },
  classifier: {
    mode: ["replay", "local model"],
    metric: { name: "accuracy", better: "higher" },
    run: async () => (await import("./classifier.ts")).result,
  },
};

/** The loop by hand has no result: its scores are the shares of right greetings before each step and at the end. */
async function runGreeting(): Promise<RunOutcome> {
  const { correct, guests } = await import("./greeting.ts");
  const [start = 0, ...steps] = correct.map((count) => count / guests.length);
  const scored = (mean: number): OutcomeScore => {
    // The standard error of a share.
    const standardError = Math.sqrt((mean * (1 - mean)) / (guests.length - 1));
    return { mean, count: guests.length, standardError };
  };
  return {
    ...aboutOf("greeting", {
      mode: ["replay"],
      metric: { name: "greetings that are right", better: "higher" },
      notes: ["A loop by hand, on the four greetings that it learned from."],
    }),
    validation: {
      start: scored(start),
      steps: steps.map((mean, index) => ({ step: index + 1, mean })),
      chosen: scored(steps.at(-1) ?? start),
      chosenStep: steps.length,
    },
  };
}

function aboutOf(name: string, { mode, metric, notes = [] }: Omit<About, "run" | "unit">): RunAbout {
  const asksNobody = mode.includes("local search");
  const answers = asksNobody
    ? { models: [], date: new Date().toISOString().slice(0, 10) }
    : answersIn(join(import.meta.dirname, "cassettes", `${name}.cassette.json`));
  return {
    study: "first-steps",
    condition: { program: name },
    trial: 1,
    mode,
    ...answers,
    ...(answers.models.includes("claude") && { answerer: claude }),
    command: `npx tsx --conditions=@tracegrad/source examples/first-steps/${name}.ts`,
    metric,
    notes,
  };
}

async function outcomeOfProgram(name: string): Promise<RunOutcome> {
  if (name === "greeting") return runGreeting();
  const program = programs[name] as About;
  return outcomeOf(aboutOf(name, program), await program.run(), program.unit);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { write: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (values.help) return console.log(help);
  const [name = ""] = positionals;
  if (name !== "greeting" && !Object.hasOwn(programs, name)) {
    const known = ["greeting", ...Object.keys(programs)].join(", ");
    throw new TracegradError("bad-option", `There is no first program "${name}". There are: ${known}.`);
  }
  // The programs read the command line themselves; these options are not theirs.
  process.argv.splice(2);
  const outcome = await outcomeOfProgram(name);
  if (values.write) console.log(`Written: ${writeOutcome(import.meta.dirname, name, outcome)}`);
}

await runMain(main);
