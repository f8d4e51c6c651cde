/**
 * What runs in the child: it keeps a world for each session, calls the programs in them with text, and passes on what
 * they ask the host. The functions are handed over as text, so each uses only its arguments and its siblings.
 */
import type { HostPort } from "../guest.ts";
import type { Frame, FrameCoder } from "./frames.ts";
import type { ChildTools, ChildWorld, FromChild, InsideFunction, UnitTexts } from "./messages.ts";

interface Child {
  readonly tools: ChildTools;
  readonly coder: FrameCoder;
  readonly worlds: Map<string, ChildWorld>;
  spare: ChildWorld | undefined;
  /** Whether a program runs this very moment, so that a signal may end it. */
  inGuest: boolean;
  /** The world of the call that is under way. */
  running: string;
  /** Results that were not sent yet. */
  results: string[];
  waiting: number;
  sentAt: number;
  questions: number;
}

/** Begins the work, and ends with the process. */
export function runChild(tools: ChildTools, coder: FrameCoder): never {
  const fields = { inGuest: false, running: "", results: [], waiting: 0, sentAt: 0, questions: 0 };
  const child: Child = { tools, coder, worlds: new Map<string, ChildWorld>(), spare: undefined, ...fields };
  child.spare = makeWorld(child);
  send(child, "H", [String(tools.pid)]);
  for (;;) {
    guarded(child, () => {
      for (;;) {
        serve(child, receive(child));
        // Made after the answer, while the host goes on.
        child.spare ??= makeWorld(child);
      }
    });
  }
}

/** Runs what a signal may end, which is to be a program, and tells the host when one did. */
function guarded(child: Child, run: () => void): void {
  try {
    child.tools.entering.call = run;
    child.tools.enter.runInThisContext({ breakOnSigint: true });
  } catch (error) {
    const { code, stack } = error as { readonly code?: unknown; readonly stack?: unknown };
    if (code !== "ERR_SCRIPT_EXECUTION_INTERRUPTED") child.tools.exit(70, String(stack));
    // A message may have been read or written in part.
    if (!child.inGuest) child.tools.exit(71, "stopped between two calls");
    child.inGuest = false;
    child.worlds.delete(child.running);
    sendResults(child);
    send(child, "X", []);
  }
}

function serve(child: Child, { kind, texts }: Frame): void {
  if (kind === "C") runCalls(child, texts);
  else if (kind === "B") beginCall(child, texts);
  else if (kind === "W") goOn(child, texts);
  else if (kind === "F") for (const id of texts) child.worlds.delete(id);
  else child.tools.exit(72, `no such message: ${kind}`);
}

function receive(child: Child): Frame {
  for (;;) {
    const frame = child.tools.frames.nextFrame(child.coder);
    if (frame !== undefined) return frame;
    if (!child.tools.frames.receiveBytes(child.coder, child.tools.read)) child.tools.exit(0, "");
  }
}

function send(child: Child, kind: FromChild, texts: readonly string[]): void {
  child.tools.write(child.tools.frames.encodeFrame(child.coder, kind, texts));
}

/** Runs a program for each pair of draws and arguments, and sends what came of it, in pieces. */
function runCalls(child: Child, texts: readonly string[]): void {
  const [id = "", unit = "", code = "", config = "", draws = "", calls = ""] = texts;
  const world = openWorld(child, id, draws !== "");
  if (code !== "") world.units.set(unit, { code, config, draws });
  child.running = id;
  child.sentAt = child.tools.now();
  // Our texts have no line ends, because JSON has none within texts.
  const lines = calls.split("\n");
  for (let i = 0; i < lines.length; i += 2) {
    const result = runOne(child, () => {
      const runner = runnerOf(child, world, unit);
      draw(world, lines[i] as string);
      return runner(lines[i + 1]);
    });
    child.results[child.results.length] = result;
    child.waiting += result.length;
    // The host gives every call its own time from when it hears of the one before.
    if (child.waiting > 262_144 || child.tools.now() - child.sentAt > 10) sendResults(child);
  }
  sendResults(child);
}

function sendResults(child: Child): void {
  if (child.results.length > 0) send(child, "R", [child.results.join("\n")]);
  child.results = [];
  child.waiting = 0;
  child.sentAt = child.tools.now();
}

/** Runs code of a program; gives `=` and its text, or `!` and that of what it threw. */
function runOne(child: Child, run: () => unknown): string {
  let result: string;
  child.inGuest = true;
  try {
    const text = run();
    result = typeof text === "string" ? `=${text}` : "=";
  } catch (thrown) {
    // The guest throws texts only, unless there is no stack left to make one.
    const overflow = '{"kind":"guest","name":"RangeError","message":"Maximum call stack size exceeded","stack":""}';
    result = `!${typeof thrown === "string" ? thrown : overflow}`;
  }
  child.inGuest = false;
  return result;
}

function openWorld(child: Child, id: string, seeded: boolean): ChildWorld {
  let world = child.worlds.get(id);
  if (world !== undefined) return world;
  world = child.spare ?? makeWorld(child);
  child.spare = undefined;
  if (seeded) world.swapRandom = child.tools.seeding.runInContext(world.context) as ChildWorld["swapRandom"];
  child.worlds.set(id, world);
  return world;
}

function makeWorld(child: Child): ChildWorld {
  const context = child.tools.newContext();
  const make = child.tools.guest.runInContext(context) as (
    port: HostPort,
    max: number,
    logs: boolean,
  ) => ChildWorld["guest"];
  const port: HostPort = (what, a, b, c) => serveGuest(child, world, what, [a, b, c]);
  const guest = make(port, child.tools.maxTransfer, true);
  const runners = new Map<string, InsideFunction>();
  const world: ChildWorld = { context, guest, runners, units: new Map<string, UnitTexts>(), swapRandom: undefined };
  return world;
}

function runnerOf(child: Child, world: ChildWorld, unit: string): InsideFunction {
  const known = world.runners.get(unit);
  if (known !== undefined) return known;
  const { code, config, draws } = world.units.get(unit) as UnitTexts;
  draw(world, draws);
  let compiled: () => InsideFunction;
  try {
    compiled = child.tools.compile(code, `code-${unit}.js`, world.context);
  } catch (error) {
    const { name, message, stack } = error as Error;
    throw JSON.stringify({ kind: "guest", name, message, stack });
  }
  const runner = world.guest.define(compiled(), config) as InsideFunction;
  world.runners.set(unit, runner);
  return runner;
}

function draw(world: ChildWorld, state: string): string {
  if (world.swapRandom === undefined) return "";
  const comma = state.indexOf(",");
  return world.swapRandom(Number(state.slice(0, comma)), Number(state.slice(comma + 1)));
}

/** What the code inside asks for. It gets no error of this realm, unless the stack ends in here. */
function serveGuest(
  child: Child,
  world: ChildWorld,
  what: Parameters<HostPort>[0],
  texts: string[],
): string | undefined {
  // With no room left, the stack ends here, before anything was sent.
  takeRoom(200);
  child.inGuest = false;
  let reply: string | undefined;
  if (what === "part") reply = child.tools.guestParts[texts[0] as string];
  else if (what === "log") send(child, "L", texts);
  else if (what === "done") send(child, "D", texts);
  else if (what === "ask") {
    reply = String(++child.questions);
    send(child, "P", [reply, ...texts]);
  } else reply = callHost(child, world, texts);
  child.inGuest = true;
  return reply;
}

function takeRoom(depth: number): number {
  return depth === 0 ? 0 : takeRoom(depth - 1) + 1;
}

function callHost(child: Child, world: ChildWorld, texts: readonly string[]): string {
  sendResults(child);
  send(child, "Q", texts);
  for (;;) {
    const frame = receive(child);
    if (frame.kind === "A") return frame.texts[0] as string;
    if (frame.kind === "S") {
      // The signal is on its way.
      child.inGuest = true;
      for (;;);
    }
    nest(child, world, frame);
  }
}

/** A call that the host makes while it answers one of ours. */
function nest(child: Child, world: ChildWorld, frame: Frame): void {
  const { running } = child;
  const before = draw(world, "0,0");
  guarded(child, () => serve(child, frame));
  draw(world, before);
  child.running = running;
}

function beginCall(child: Child, texts: readonly string[]): void {
  const [id = "", unit = "", code = "", config = "", draws = "", state = "", call = "", args = ""] = texts;
  const world = openWorld(child, id, draws !== "");
  if (code !== "") world.units.set(unit, { code, config, draws });
  runSlice(child, id, state, () => {
    const runner = runnerOf(child, world, unit);
    draw(world, state);
    runner(call, args);
  });
}

function goOn(child: Child, texts: readonly string[]): void {
  const [id = "", question = "", ok = "", text = "", state = ""] = texts;
  runSlice(child, id, state, () => child.worlds.get(id)?.guest.answer(question, ok, text));
}

/** Runs asynchronous code until it waits or ends. */
function runSlice(child: Child, id: string, state: string, run: () => unknown): void {
  const world = child.worlds.get(id);
  child.running = id;
  let next = "";
  const result = runOne(child, () => {
    if (world === undefined) return;
    draw(world, state);
    run();
    child.tools.jobs.runInContext(world.context);
    next = draw(world, "0,0");
  });
  send(child, "E", [result, next]);
}

/** All functions of this file. */
export const childFunctions: readonly ((...args: never[]) => unknown)[] = [
  ...[runChild, guarded, serve, receive, send, runCalls, sendResults, runOne, openWorld, makeWorld, runnerOf, draw],
  ...[serveGuest, takeRoom, callHost, nest, beginCall, goOn, runSlice],
];
