/**
 * What runs in the child: it keeps a world for each session, calls the programs in them with text, and passes on what
 * they ask the host. The functions are handed over as text, so each uses only its arguments and its siblings.
 */
import type { HostPort } from "../guest.ts";
import type { Draws } from "../random.ts";
import type { Frame, FrameCoder } from "./frames.ts";
import type { ChildGuest, ChildTools, ChildWorld, FromChild, InsideFunction, UnitTexts } from "./messages.ts";

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
  /** Whether the call that is under way has asked the host. */
  hasQuestion: boolean;
}

/** Begins the work, and ends with the process. */
export function runChild(tools: ChildTools, coder: FrameCoder): never {
  const fields = { inGuest: false, running: "", results: [], waiting: 0, sentAt: 0, hasQuestion: false };
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
  else if (kind === "K") forget(child, texts);
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
  const [id = "", unit = "", code = "", config = "", calls = ""] = texts;
  const world = openWorld(child, id);
  if (code !== "") world.units.set(unit, { code, config });
  child.running = id;
  child.sentAt = child.tools.now();
  // Our texts have no line ends, because JSON has none within texts.
  for (const line of calls.split("\n")) {
    const result = runOne(child, () => runnerOf(child, world, unit)(line));
    child.results[child.results.length] = result;
    child.waiting += result.length;
    // The host gives every call its own time from when it hears of the one before. A call that has asked something
    // cannot be made again, should a later one end the process.
    const late = child.tools.now() - child.sentAt > 10;
    if (late || child.hasQuestion || child.waiting > 262_144) sendResults(child);
    child.hasQuestion = false;
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

function openWorld(child: Child, id: string): ChildWorld {
  let world = child.worlds.get(id);
  if (world !== undefined) return world;
  world = child.spare ?? makeWorld(child);
  child.spare = undefined;
  child.worlds.set(id, world);
  return world;
}

function makeWorld(child: Child): ChildWorld {
  const { tools } = child;
  const context = tools.newContext();
  const draws = tools.seeding.runInContext(context) as Draws;
  const make = tools.guest.runInContext(context) as (port: HostPort, draws: Draws) => ChildGuest;
  const port: HostPort = (what, a, b, c) => serveGuest(child, world, what, [a, b, c]);
  const maps = {
    runners: new Map<string, InsideFunction>(),
    units: new Map<string, UnitTexts>(),
    open: new Map<string, number>(),
  };
  const world: ChildWorld = {
    context,
    guest: make(port, draws),
    ...maps,
    questions: 0,
    openChars: 0,
  };
  return world;
}

function runnerOf(child: Child, world: ChildWorld, unit: string): InsideFunction {
  const known = world.runners.get(unit);
  if (known !== undefined) return known;
  const { code, config } = world.units.get(unit) as UnitTexts;
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

/** What the code inside asks for. Where the stack is full, the code gets an error before anything is sent. */
function serveGuest(
  child: Child,
  world: ChildWorld,
  what: Parameters<HostPort>[0],
  texts: string[],
): string | undefined {
  try {
    takeRoom(200);
  } catch {
    const text = "Maximum call stack size exceeded";
    return what === "call" ? `!{"$type":"Error","v":{"name":"RangeError","message":"${text}"}}` : `!${text}`;
  }
  child.inGuest = false;
  let reply: string | undefined;
  if (what === "log") send(child, "L", texts);
  else if (what === "done") send(child, "D", texts);
  else if (what === "ask") reply = ask(child, world, texts);
  else reply = callHost(child, texts);
  child.inGuest = true;
  return reply;
}

/** Asks the host something that may take its time. What is asked at once is limited: the host takes it all in. */
function ask(child: Child, world: ChildWorld, texts: readonly string[]): string {
  const { questions, chars } = child.tools.maxOpen;
  const length = (texts[1] as string).length;
  if (world.open.size >= questions || world.openChars + length > chars) {
    return `!${questions} calls of host functions with ${chars} characters can be open at once, not more`;
  }
  const id = String(++world.questions);
  world.open.set(id, length);
  world.openChars += length;
  send(child, "P", [id, ...texts]);
  return id;
}

function takeRoom(depth: number): number {
  return depth === 0 ? 0 : takeRoom(depth - 1) + 1;
}

function callHost(child: Child, texts: readonly string[]): string {
  child.hasQuestion = true;
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
    nest(child, frame);
  }
}

/** A call that the host makes while it answers one of ours. */
function nest(child: Child, frame: Frame): void {
  const { running } = child;
  guarded(child, () => serve(child, frame));
  child.running = running;
  child.hasQuestion = true;
}

function beginCall(child: Child, texts: readonly string[]): void {
  const [id = "", unit = "", code = "", config = "", draws = "", call = "", args = ""] = texts;
  const world = openWorld(child, id);
  if (code !== "") world.units.set(unit, { code, config });
  runTurn(child, id, draws, () => runnerOf(child, world, unit)(call, args));
}

/** A question has its answer, or needs none. */
function forget(child: Child, [id = "", question = ""]: readonly string[]): ChildWorld | undefined {
  const world = child.worlds.get(id);
  if (world !== undefined) world.openChars -= world.open.get(question) ?? 0;
  world?.open.delete(question);
  return world;
}

function goOn(child: Child, texts: readonly string[]): void {
  const [id = "", question = "", ok = "", text = "", draws = ""] = texts;
  const world = forget(child, texts);
  runTurn(child, id, draws, () => world?.guest.answer(question, ok, text));
}

/** Runs asynchronous code until it waits or ends, on from where its draws stand. */
function runTurn(child: Child, id: string, draws: string, run: () => unknown): void {
  const world = child.worlds.get(id);
  child.running = id;
  let next = draws;
  const result = runOne(child, () => {
    if (world === undefined) return;
    const outer = world.guest.swapDraws(draws);
    try {
      run();
      child.tools.jobs.runInContext(world.context);
    } finally {
      next = world.guest.swapDraws(outer) as string;
    }
  });
  send(child, "E", [result, next]);
}

/** All functions of this file. */
export const childFunctions: readonly ((...args: never[]) => unknown)[] = [
  ...[runChild, guarded, serve, receive, send, runCalls, sendResults, runOne, openWorld, makeWorld, runnerOf],
  ...[serveGuest, ask, takeRoom, callHost, nest, beginCall, forget, goOn, runTurn],
];
