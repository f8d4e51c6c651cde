/** Runs attacks in processes of their own, and goes on in a new one when one dies or hangs: which attack did it is known. */
import { type ChildProcess, fork } from "node:child_process";
import type { Batch, Finding, FromChild, Report } from "./findings.ts";

/** How long a process may take to start and to end, in milliseconds by the clock. */
const startMs = 60_000;

/** What came of a batch. */
export interface BatchResult {
  readonly reports: readonly Report[];
  /** What belongs to no single attack. */
  readonly findings: readonly Finding[];
}

/** How to run a batch. */
export interface BatchOptions {
  /** The program that build.ts has made. */
  readonly program: string;
  /** How long one attack may take until it counts as a hang, in milliseconds by the clock. */
  readonly hangMs: number;
  /** Called as the reports come in. */
  readonly onReport?: (report: Report) => void;
}

/** One process and what it has said so far. */
interface Life {
  readonly reports: Report[];
  readonly findings: Finding[];
  /** The attack that was running when the process ended, if one was. */
  current?: string;
  end?: "done" | "hang" | "kept";
}

/** Runs all attacks of a batch. */
export async function runBatch(batch: Batch, options: BatchOptions): Promise<BatchResult> {
  const reports: Report[] = [];
  const findings: Finding[] = [];
  let left = batch.titles;
  while (left.length > 0) {
    const life = await live({ ...batch, titles: left }, options);
    reports.push(...life.reports);
    findings.push(...life.findings);
    if (life.end === "done" || life.end === "kept") {
      if (life.end === "kept") findings.push({ kind: "leak", text: "something kept the process from ending" });
      break;
    }
    const title = life.current;
    if (title === undefined) throw new Error("the process of the attacks ended between two of them");
    const kind = life.end === "hang" ? "hang" : "death";
    const text = kind === "hang" ? "the call did not end" : "the process ended";
    const report: Report = { title, end: kind, findings: [{ kind, text }], heldMs: 0, heldWallMs: 0 };
    reports.push(report);
    options.onReport?.(report);
    left = left.slice(left.indexOf(title) + 1);
  }
  return { reports, findings };
}

/** Starts a process, and waits until it has ended. */
async function live(batch: Batch, { program, hangMs, onReport }: BatchOptions): Promise<Life> {
  const life: Life = { reports: [], findings: [] };
  const child = fork(program, [], {
    execArgv: ["--expose-gc", "--no-warnings"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  let timer: NodeJS.Timeout | undefined;
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        life.end = life.end === "done" ? "kept" : "hang";
        child.kill("SIGKILL");
      },
      life.current === undefined ? Math.max(hangMs, startMs) : hangMs,
    );
  };
  watch();
  child.on("message", (message: FromChild) => {
    if (message.kind === "ready") child.send(batch);
    else if (message.kind === "begin") life.current = message.title;
    else if (message.kind === "end") {
      life.reports.push(message.report);
      delete life.current;
      onReport?.(message.report);
    } else {
      life.findings.push(...message.findings);
      life.end = "done";
    }
    watch();
  });
  await ended(child);
  clearTimeout(timer);
  return life;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve());
  });
}
