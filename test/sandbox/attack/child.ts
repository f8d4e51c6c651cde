/** The process that runs a batch of attacks, one after the other, and tells the runner of each. */
import { setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { type Attack, titleOf } from "./attack.ts";
import { Canaries } from "./canaries.ts";
import { corpus } from "./corpus.ts";
import type { Batch, Finding, FromChild } from "./findings.ts";
import { fuzzAttack, fuzzProgramOf } from "./fuzz.ts";
import { Heart } from "./held.ts";
import { levelOf } from "./levels.ts";
import { callGood, runAttack } from "./one.ts";

const collect = (globalThis as { gc?: () => void }).gc;

/** What would have ended the process, had it not been caught here. */
const deaths: Finding[] = [];
const dies = (how: string) => (error: unknown) => {
  let text = how;
  try {
    text += `: ${String(error instanceof Error ? error.stack : error).slice(0, 500)}`;
  } catch {
    text += ", by something that cannot be read";
  }
  deaths.push({ kind: "death", text });
};

function send(message: FromChild): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

const byTitle = new Map(corpus.map((attack) => [titleOf(attack), attack]));

function attackOf(title: string): Attack {
  const program = fuzzProgramOf(title);
  const attack = program === undefined ? byTitle.get(title) : fuzzAttack(program);
  if (attack === undefined) throw new Error(`no attack ${title}`);
  return attack;
}

/** Past the check, neither its refusal nor the result of what it would have refused can be expected. */
function expectationsOf(attack: Attack, { checked, level }: Batch): Attack {
  if (checked) return attack;
  // Another border may well pass over what ours would look at for ever.
  return { ...attack, refused: false, gives: undefined, endless: attack.endless === true && !level.startsWith("ax:") };
}

async function run(batch: Batch): Promise<void> {
  const [level, canaries, heart] = [await levelOf(batch), await Canaries.open(), new Heart()];
  const watch = { level, canaries, heart, limits: batch.limits };
  await level.load();
  // Compiles and loads what is loaded once.
  for (let i = 0; i < 20; i++) await callGood(level, batch.mode);
  const heap = process.memoryUsage().heapUsed;
  for (const title of batch.titles) {
    await send({ kind: "begin", title });
    const attack = attackOf(title);
    const report = await runAttack(expectationsOf(attack, batch), batch.mode, watch);
    const found = [...report.findings, ...deaths.splice(0)];
    await send({ kind: "end", report: { ...report, findings: found } });
    if (process.memoryUsage().heapUsed > heap + 100 * 2 ** 20) collect?.();
  }
  await sleep(50);
  heart.stop();
  canaries.close();
  await send({ kind: "done", findings: deaths });
}

/** Ends this process when the runner has gone, whatever the main thread is busy with. */
function startGuardian(): void {
  const text = `setInterval(() => { if (process.ppid !== ${process.ppid}) process.kill(process.pid, "SIGKILL") }, 1_000)`;
  new Worker(text, { eval: true }).unref();
}

startGuardian();
setPriority(10);
process.on("uncaughtException", dies("an exception that nobody caught"));
process.on("unhandledRejection", dies("a rejection that nobody handled"));
process.once("message", (batch: Batch) => {
  // Ends by itself from here on, unless something of the sandbox keeps it.
  void run(batch).then(
    () => process.disconnect(),
    () => process.exit(70),
  );
});
void send({ kind: "ready" });
