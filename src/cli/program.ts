/** The commands, their flags and their help; and which exit code an error gets. */

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { messageOf, redactor } from "../doors/extend.ts";
import { TracegradError } from "../index.ts";
import { approveCommand } from "./commands/approve.ts";
import { checkCommand } from "./commands/check.ts";
import { demoCommand } from "./commands/demo.ts";
import { diffCommand } from "./commands/diff.ts";
import { exportCommand } from "./commands/export.ts";
import { promptCommand } from "./commands/prompt.ts";
import { repairCommand } from "./commands/repair.ts";
import { replayCommand } from "./commands/replay.ts";
import { reportCommand, viewCommand } from "./commands/report.ts";
import { resumeCommand, runCommand, studyCommand } from "./commands/run.ts";
import { workerCommand } from "./commands/worker.ts";
import { addBudgetFlags, anyNumber, portNumber, refuseTwice, scoreRange, stepNumber, wholeNumber } from "./flags.ts";
import { exitCodes, say, type Terminal } from "./terminal.ts";

/** Errors of how the command was called, by code: nothing was spent. */
const usageCodes: ReadonlySet<string> = new Set([
  "usage",
  "no-run",
  "no-step",
  "no-prompt",
  "no-scores",
  "bad-scores",
  "not-decided",
  "no-approval",
  "unknown-program",
  "no-tsx",
  "cassette-missing",
  "bad-run-name",
]);

/** Runs a command line and returns the exit code. Never rejects. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.ok;
  const program = programOf(terminal, (given) => {
    code = given;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const known = thrown instanceof TracegradError;
    const text = redactor()(known ? thrown.message : messageOf(thrown));
    // A source with a caret under it needs its lines.
    for (const line of text.split("\n").slice(0, 12))
      say(terminal, line === text.split("\n")[0] ? `error: ${line}` : line);
    return known && usageCodes.has(thrown.code) ? exitCodes.usage : exitCodes.failed;
  }
}

/** Resolves when the system has all that was written to the stream. */
export function finished(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

type Done = (code: number) => void;

function programOf(terminal: Terminal, done: Done): Command {
  const program = new Command("tracegrad")
    .description("Train programs that call language models: run, resume, watch and compare runs.")
    .version(version(), "--version", "show the version")
    .helpOption("-h, --help", "show this help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      writeErr: (text) => void terminal.err.write(text),
      // One line, also when it holds a suggestion.
      outputError: (text) => say(terminal, text.trim().replace(/\s*\n\s*/g, " ")),
    });
  addDemo(program, terminal, done);
  addRuns(program, terminal, done);
  addWorker(program, terminal, done);
  addReaders(program, terminal, done);
  addApproval(program, terminal, done);
  addShipping(program, terminal, done);
  addTools(program, terminal, done);
  program.addHelpText("after", example("run solver.ts --folder runs/solver --budget-usd 2"));
  for (const command of [program, ...program.commands]) refuseTwice(command);
  return program;
}

function addRuns(program: Command, terminal: Terminal, done: Done): void {
  const json = ["--json", "print the result as JSON on stdout, and progress on stderr"] as const;
  const run = program
    .command("run <file>")
    .description(
      "Run the training of a file. Its default export is a Run of train(), " +
        "or a function of { folder, budget, signal, … } that returns one.",
    )
    .option("--folder <folder>", "the run folder; passed to the file's function")
    .option(...json)
    .addHelpText("after", example("run solver.ts --folder runs/solver --budget-steps 15"))
    .action(async (file: string, flags) => done(await runCommand(file, flags, terminal)));
  const resume = program
    .command("resume <folder>")
    .description("Continue the run or the study that `tracegrad run` or `tracegrad study` started in the folder.")
    .option(...json)
    .addHelpText("after", example("resume runs/solver --budget-usd 5"))
    .action(async (folder: string, flags) => done(await resumeCommand(folder, flags, terminal)));
  const study = program
    .command("study <file>")
    .description(
      "Run the study of a file. Its default export is what study() returns, " +
        "or a function of { folder, budget, trials, signal } that returns it.",
    )
    .option("--folder <folder>", "the folder of the trials and the tables; passed to the file's function")
    .option("--trials <count>", "trials of each cell", wholeNumber)
    .option(...json)
    .addHelpText("after", example("study batch-sizes.ts --folder runs/batch-sizes --trials 5"))
    .action(async (file: string, flags) => done(await studyCommand(file, flags, terminal)));
  const approve = "wait at the end until a person approves what would ship; passed to the file's function";
  for (const command of [run, resume]) command.option("--approve", approve);
  for (const command of [run, resume, study]) addRunOptions(command);
}

function addWorker(program: Command, terminal: Terminal, done: Done): void {
  program
    .command("worker <file>")
    .description(
      "Make the evaluations of runs of a file, on this machine, until it is interrupted. " +
        "The file's train(), evaluate() or study() has the executor bullmq().",
    )
    .option("--processes <count>", "processes that run the program (default: 1)", wholeNumber)
    .option("--concurrency <count>", "evaluations at the same time in each process (default: 8)", wholeNumber)
    .addHelpText("after", example("worker solver.ts --processes 4"))
    .action(async (file: string, flags) => done(await workerCommand(file, flags, terminal)));
}

/** The options of every command that runs something. */
function addRunOptions(command: Command): void {
  command.option("--accept-changes", "continue although the program or its guide has changed; passed to the function");
  command.option(
    "--redact",
    "remove secrets from everything that is saved, printed and sent; passed to the file's function",
  );
  addBudgetFlags(command);
}

function addDemo(program: Command, terminal: Terminal, done: Done): void {
  program
    .command("demo")
    .description("Replay a recorded run in which a prompt is learned: offline, in seconds, without a key.")
    .option("--folder <folder>", "the run folder; removes an earlier run in it", "runs/demo")
    .addHelpText("after", example("demo"))
    .action(async (flags) => done(await demoCommand(flags, terminal)));
}

function addReaders(program: Command, terminal: Terminal, done: Done): void {
  program
    .command("report <folder>")
    .description("Write the report of a run as one HTML file.")
    .option("-o, --output <file>", "the file to write; - is stdout. Default: report.html in the folder")
    .addHelpText("after", example("report runs/solver -o solver.html"))
    .action(async (folder: string, flags) => done(await reportCommand(folder, flags, terminal)));
  program
    .command("view <folder>")
    .description("Show the report of a run in the browser, and update it during the run. Ctrl-C ends it.")
    .option("--port <port>", "the port to listen on; 0 is any free one", portNumber, 0)
    .addHelpText("after", example("view runs/solver --port 4173"))
    .action(async (folder: string, flags) => done(await viewCommand(folder, flags, terminal)));
  program
    .command("diff <before> <after>")
    .description(
      "Show how the parameter values of two candidates differ. A run folder names what ships, or waits for approval, " +
        "runs/a@3 the candidate after step 3 (@0 is the baseline), runs/a@38a381f the one with that id.",
    )
    .option("--json", "print both candidates as JSON")
    .addHelpText("after", example("diff runs/solver@0 runs/solver"))
    .action(async (before: string, after: string, flags) => done(await diffCommand([before, after], flags, terminal)));
  program
    .command("prompt")
    .argument("<folder>", "the run folder")
    .argument("<step>", "the step, from 1", wholeNumber)
    .description(
      "Show how the prompts of a step read: tokens by section, repeated lines, what was cut, what is missing.",
    )
    .option("--full", "print the prompts themselves too")
    .option("--json", "print them and the checks as JSON")
    .addHelpText("after", example("prompt runs/solver 3"))
    .action(async (folder: string, step: number, flags) => done(await promptCommand([folder, step], flags, terminal)));
}

function addApproval(program: Command, terminal: Terminal, done: Done): void {
  for (const [name, what] of [
    ["approve", "Let the finalist ship of a run that was started with --approve and waits, or was stopped."],
    ["reject", "Let it not ship: what shipped before stays."],
  ] as const) {
    program
      .command(`${name} <folder> <candidate>`)
      .description(what)
      .addHelpText("after", example(`${name} runs/solver 38a381f`))
      .action(async (folder: string, candidate: string) =>
        done(await approveCommand([folder, candidate], name === "approve", terminal)),
      );
  }
}

function addShipping(program: Command, terminal: Terminal, done: Done): void {
  program
    .command("check <file>")
    .description(
      "Evaluate a program for CI. The file's default export is what evaluate() returns, or a function of { folder, signal } " +
        "that returns it. Exit code 1: the scores are too low, or provably worse than the recorded ones.",
    )
    .option("--min <score>", "the least mean; below it the check fails, unless noise explains it", anyNumber)
    .option("--strict", "fail below --min whatever the noise")
    .option("--range <low,high>", "the lowest and the highest possible score, where they are not 0 and 1", scoreRange)
    .option("--scores <file>", "the recorded scores to compare with, example by example")
    .option("--update", "record the scores in that file instead of comparing")
    .option("--folder <folder>", "the folder of the evaluation, to continue it; passed to the file's function")
    .option("--json", "print the check and the table as JSON")
    .addHelpText("after", example("check check.ts --min 0.8 --scores scores.json"))
    .action(async (file: string, flags) => done(await checkCommand(file, flags, terminal)));
  program
    .command("export <folder>")
    .description(
      "Write what a run learned: learned.json for `load`, a patch with the step and the examples behind each change, " +
        "and a file for each value.",
    )
    .option("--to <folder>", "the folder to write into", "learned")
    .option(
      "--step <step>",
      "the candidate after this step (0 is the baseline) instead of the one that ships",
      stepNumber,
    )
    .option("--json", "print the paths as JSON")
    .addHelpText("after", example("export runs/solver --to learned"))
    .action(async (folder: string, flags) => done(await exportCommand(folder, flags, terminal)));
}

function addTools(program: Command, terminal: Terminal, done: Done): void {
  program
    .command("repair <folder>")
    .description("Repair the damaged journal of a run: it keeps what came before the damage, and the run can continue.")
    .addHelpText("after", example("repair runs/solver"))
    .action(async (folder: string) => done(await repairCommand(folder, terminal)));
  program
    .command("replay <cassette>")
    .description("Check a cassette, and list its recorded answers.")
    .option("--json", "print them as JSON")
    .addHelpText("after", example("replay solver.cassette.json"))
    .action(async (file: string, flags) => done(await replayCommand(file, flags, terminal)));
}

function example(line: string): string {
  return `\nExample:\n  $ tracegrad ${line}\n`;
}

function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
