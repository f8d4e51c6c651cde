/** The thread that runs asynchronous programs: a QuickJS world per session, several calls in flight in each. */
import { randomUUID } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../util/errors.ts";
import { EngineSupply } from "./engine.ts";
import { SandboxError } from "./errors.ts";
import type { Thrown } from "./guest.ts";
import type { FromThread, PlainError, ThreadData, ToThread } from "./protocol.ts";
import type { RandomStates } from "./random.ts";
import type { Unit } from "./unit.ts";
import { timedOut, type UnitRunner, Vm } from "./vm.ts";

interface Session {
  world: Vm | undefined;
  readonly units: Map<string, Unit>;
  /** Runners of the present world. */
  readonly runners: Map<string, UnitRunner>;
}

interface Call {
  readonly number: number;
  readonly session: Session;
  readonly unit: Unit;
  readonly timeoutMs: number;
  readonly deadline: number;
  world?: Vm;
  readonly draws: RandomStates | undefined;
  /** Where its draws stand between two slices. */
  random: string;
}

const { limits, logs, current, compiled } = workerData as ThreadData;
const flag = new Int32Array(current);
const engines = new EngineSupply(limits.memoryBytes, compiled);
const sessions = new Map<number, Session>();
const calls = new Map<number, Call>();
const asks = new Map<string, Call>();
let running: Call | undefined;

await engines.load();
parentPort?.on("message", (message: ToThread) => {
  void receive(message);
});

function post(message: FromThread): void {
  parentPort?.postMessage(message);
}

async function receive(message: ToThread): Promise<void> {
  if (message.kind === "call") return await start(message);
  if (message.kind === "define") sessionOf(message.session).units.set(message.unit.id, message.unit);
  else if (message.kind === "answer") answer(message);
  else if (message.kind === "cancel") calls.delete(message.call);
  else close(message.session);
}

function sessionOf(id: number): Session {
  let session = sessions.get(id);
  if (!session) sessions.set(id, (session = { world: undefined, units: new Map(), runners: new Map() }));
  return session;
}

async function start(message: ToThread & { kind: "call" }): Promise<void> {
  // Only after a crash is there something to wait for.
  if (!engines.ready) await engines.load();
  const session = sessionOf(message.session);
  const unit = session.units.get(message.unit) as Unit;
  const deadline = performance.now() + message.timeoutMs;
  const { draws, timeoutMs } = message;
  const random = draws?.call ?? "";
  const call: Call = { number: message.call, session, unit, timeoutMs, deadline, draws, random };
  calls.set(call.number, call);
  post({ kind: "started", call: call.number });
  slice(call, (leftMs) => {
    const world = worldOf(session, draws !== undefined);
    call.world = world;
    let runner = session.runners.get(unit.id);
    if (draws !== undefined) world.swapRandom(draws.define);
    if (!runner) session.runners.set(unit.id, (runner = world.define(unit, leftMs)));
    drawing(call, world, () => world.call(runner, [String(call.number), message.args], leftMs, true));
  });
}

/** Runs code of a call on from where its draws stand. */
function drawing(call: Call, world: Vm | undefined, run: () => void): void {
  if (world === undefined || call.draws === undefined) return run();
  const outer = world.swapRandom(call.random);
  try {
    run();
  } finally {
    call.random = world.swapRandom(outer);
  }
}

function worldOf(session: Session, seeded: boolean): Vm {
  if (session.world?.alive) return session.world;
  session.runners.clear();
  session.world = new Vm(engines.take(), limits, host, { logs, seeded });
  return session.world;
}

/** Lets the answer in, unless its call is over: so a call that was stopped does not go on. */
function answer({ ask, ok, text }: ToThread & { kind: "answer" }): void {
  const call = asks.get(ask);
  asks.delete(ask);
  if (!call || !calls.has(call.number)) return;
  slice(call, (leftMs) =>
    drawing(call, call.world, () => call.world?.answer(call.unit, [ask, ok ? "ok" : "error", text], leftMs)),
  );
}

/** Runs code of a call until it waits or ends. What it asks and starts meanwhile belongs to the same call. */
function slice(call: Call, run: (leftMs: number) => void): void {
  running = call;
  Atomics.store(flag, 0, call.number);
  try {
    run(Math.max(1, call.deadline - performance.now()));
  } catch (error) {
    fail(call, error);
  }
  Atomics.store(flag, 0, 0);
  running = undefined;
  for (const other of calls.values()) {
    if (other.world === undefined || other.world.alive) continue;
    fail(other, new SandboxError("worker-lost", `\`${other.unit.entry}\` was lost: another call broke their world`));
  }
}

/** Serves the code inside. Never throws: an exception must not pass through WebAssembly. */
function host(what: string, a: string, b: string, c: string): string | undefined {
  if (what === "log" && running) post({ kind: "log", call: running.number, level: a, line: b });
  else if (what === "ask" && running) return ask(running, b, c);
  else if (what === "done") finish(Number(a), b === "ok", c);
  return undefined;
}

function ask(call: Call, name: string, args: string): string {
  const id = randomUUID();
  asks.set(id, call);
  post({ kind: "ask", ask: id, call: call.number, name, args });
  return id;
}

function finish(number: number, ok: boolean, text: string): void {
  const call = calls.get(number);
  if (!call) return;
  if (!ok) return fail(call, call.world?.guestError(JSON.parse(text) as Thrown, call.unit, call.timeoutMs));
  calls.delete(number);
  post({ kind: "done", call: number, text });
}

function fail(call: Call, thrown: unknown): void {
  if (!calls.delete(call.number)) return;
  const known = thrown instanceof SandboxError ? thrown : new SandboxError("engine-fault", messageOf(thrown));
  const error = known.code === "timeout" ? timedOut(call.unit.entry, call.timeoutMs) : known;
  const { code, message, guestName, line, column } = error;
  const plain: PlainError = { code, message, guestName, line, column };
  post({ kind: "failed", call: call.number, error: plain });
}

function close(id: number): void {
  const session = sessions.get(id);
  if (!session) return;
  for (const call of calls.values()) if (call.session === session) calls.delete(call.number);
  session.world?.dispose();
  sessions.delete(id);
}
