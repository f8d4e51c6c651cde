/** A thread of the pool: one engine a session, and the calls that run or wait on it. */
import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../util/errors.ts";
import { adoptEngineModule } from "./engine.ts";
import { Engines } from "./engines.ts";
import { plainOf, SandboxError, timedOut } from "./errors.ts";
import type { HostPort } from "./guest.ts";
import { readThrown } from "./guest-errors.ts";
import { openLimits } from "./options.ts";
import type { FromThread, SessionEvent, ThreadData, ToThread } from "./protocol.ts";
import type { Unit } from "./unit.ts";
import { type UnitRunner, World } from "./world.ts";

/** A session as it is on this thread. */
interface Session {
  readonly id: number;
  world: World | undefined;
  readonly units: Map<string, Unit>;
  /** Runners of the present world. */
  readonly runners: Map<string, UnitRunner>;
  readonly calls: Map<number, Call>;
  readonly asks: Map<number, OpenAsk>;
  /** The length of their arguments, in characters. */
  askChars: number;
  askCount: number;
  eventCount: number;
  /** How many asks the host knew before the session came to this thread. */
  known: number;
  /** True while the events of another thread are repeated here. */
  repeating: boolean;
}

/** A call of a host function that has no answer yet. */
interface OpenAsk {
  readonly call: Call;
  readonly chars: number;
}

interface Call {
  readonly number: number;
  readonly session: Session;
  readonly unit: Unit;
  readonly timeoutMs: number;
  readonly deadline: number;
  /** Where its draws stand between two slices. */
  random: string;
}

const { limits, logs, current, engine } = workerData as ThreadData;
const flag = new Int32Array(current);
adoptEngineModule(engine);
const maxOpen = openLimits(limits.transfer);
const engines = new Engines(limits);
const sessions = new Map<number, Session>();
let running: Call | undefined;

parentPort?.on("message", (message: ToThread) => {
  if (message.kind === "open") return open(message);
  const session = sessions.get(message.session);
  if (session === undefined) return;
  if (message.kind === "close") close(session);
  else if (message.kind === "define") session.units.set(message.unit.id, message.unit);
  else handle(session, message);
});

function open({ session: id, units, events, repeated, before, askCount }: ToThread & { kind: "open" }): void {
  const session: Session = {
    ...{ id, world: undefined, runners: new Map(), calls: new Map(), asks: new Map() },
    units: new Map(units.map((unit) => [unit.id, unit])),
    ...{ askCount: before.asks, askChars: 0, eventCount: before.events, known: askCount, repeating: false },
  };
  sessions.set(id, session);
  for (const [at, event] of events.entries()) {
    session.repeating = at < repeated;
    handle(session, event);
  }
}

function handle(session: Session, event: SessionEvent): void {
  session.eventCount++;
  if (event.kind === "call") start(session, event);
  else if (event.kind === "answer") answer(session, event);
  else session.calls.delete(event.call);
}

function close(session: Session): void {
  session.world?.dispose();
  sessions.delete(session.id);
}

/** What the running slice has to say, in order. */
let outbox: FromThread[] = [];

/** Says something with the end of the slice: a thousand questions of one slice are one message for the host to read. */
function post(message: FromThread): void {
  outbox.push(message);
  if (running === undefined || message.kind === "log") flush();
}

function flush(): void {
  if (outbox.length === 0) return;
  parentPort?.postMessage(outbox);
  outbox = [];
}

function start(session: Session, { call: number, unit: id, args, draws, timeoutMs }: SessionEvent & { kind: "call" }) {
  const unit = session.units.get(id) as Unit;
  const deadline = performance.now() + timeoutMs;
  const call: Call = { number, session, unit, timeoutMs, deadline, random: draws.call };
  session.calls.set(number, call);
  post({ kind: "started", session: session.id, call: number });
  slice(call, (leftMs) => {
    const world = worldOf(session);
    let runner = session.runners.get(id);
    if (!runner) session.runners.set(id, (runner = world.define(unit, draws.define, leftMs)));
    drawing(call, world, () => world.call(runner, [String(number), args], leftMs, true));
  });
}

/** Runs code of a call on from where its draws stand. */
function drawing(call: Call, world: World, run: () => void): void {
  const outer = world.swapDraws(call.random);
  try {
    run();
  } finally {
    call.random = world.swapDraws(outer);
  }
}

function worldOf(session: Session): World {
  if (session.world?.alive) return session.world;
  session.runners.clear();
  session.world = new World(engines, (...service) => serve(session, service));
  return session.world;
}

/** Lets the answer in, unless its call is over: so a call that was stopped does not go on. */
function answer(session: Session, { ask, ok, text }: SessionEvent & { kind: "answer" }): void {
  const open = session.asks.get(ask);
  const { world } = session;
  session.asks.delete(ask);
  session.askChars -= open?.chars ?? 0;
  const call = open?.call;
  if (call === undefined || world === undefined || !session.calls.has(call.number)) return;
  const texts = [String(ask), ok ? "ok" : "error", text];
  slice(call, (leftMs) => drawing(call, world, () => world.answer(call.unit, texts, leftMs)));
}

/** Runs code of a call until it waits or ends. What it asks and starts meanwhile belongs to the same call. */
function slice(call: Call, run: (leftMs: number) => void): void {
  const { session } = call;
  running = call;
  Atomics.store(flag, 0, call.number);
  try {
    run(Math.max(1, call.deadline - performance.now()));
  } catch (error) {
    fail(call, error);
  }
  flush();
  Atomics.store(flag, 0, 0);
  running = undefined;
  if (session.world === undefined || session.world.alive) return;
  session.asks.clear();
  session.askChars = 0;
  for (const other of session.calls.values())
    fail(other, new SandboxError("worker-lost", `\`${other.unit.entry}\` was lost: another call broke their world`));
  session.world = undefined;
  post({ kind: "lost", session: session.id, events: session.eventCount, asks: session.askCount });
}

/** Serves the code inside. Never throws: an exception must not pass through WebAssembly. */
function serve(session: Session, [what, a, b, c]: Parameters<HostPort>): string | undefined {
  if (running === undefined) return undefined;
  if (what === "ask") return ask(running, a, b);
  if (what === "done") finish(session, Number(a), b === "ok", c);
  else if (what === "log" && logs && !session.repeating)
    post({ kind: "log", session: session.id, call: running.number, level: a, line: b });
  return undefined;
}

function ask(call: Call, name: string, args: string): string {
  const { session } = call;
  if (session.asks.size >= maxOpen.questions || session.askChars + args.length > maxOpen.chars) {
    return `!${maxOpen.questions} calls of host functions with ${maxOpen.chars} characters can be open at once, not more`;
  }
  const number = ++session.askCount;
  session.asks.set(number, { call, chars: args.length });
  session.askChars += args.length;
  if (number > session.known) post({ kind: "ask", session: session.id, ask: number, call: call.number, name, args });
  return String(number);
}

function finish(session: Session, number: number, ok: boolean, text: string): void {
  const call = session.calls.get(number);
  if (call === undefined) return;
  if (!ok) return fail(call, session.world?.guestError(readThrown(text), call.unit, call.timeoutMs));
  session.calls.delete(number);
  post({ kind: "done", session: session.id, call: number, text });
}

function fail({ session, number, unit, timeoutMs }: Call, thrown: unknown): void {
  if (!session.calls.delete(number)) return;
  const known = thrown instanceof SandboxError ? thrown : new SandboxError("engine-fault", messageOf(thrown));
  const error = known.code === "timeout" ? timedOut(unit.entry, timeoutMs) : known;
  post({ kind: "failed", session: session.id, call: number, error: plainOf(error) });
}
