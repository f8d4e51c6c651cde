/** Runs one attack on a level, with everything that watches it, and says what failed. */

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type Attack, type Mode, textOf, titleOf } from "./attack.ts";
import type { Canaries } from "./canaries.ts";
import type { Finding, FindingKind, Limits, Report } from "./findings.ts";
import type { Heart } from "./held.ts";
import { hostFunctions } from "./hosts.ts";
import type { Level, Order, World } from "./levels.ts";

/** What a run is watched with. */
export interface Watch {
  readonly level: Level;
  readonly canaries: Canaries;
  readonly heart: Heart;
  readonly limits: Limits;
}

/** The longest message of an error. */
const maxMessage = 10_000;
/** A limit for good code, which nothing but a hang reaches. */
const patientMs = 60_000;

type Outcome = { readonly value: unknown } | { readonly thrown: unknown };

async function outcomeOf(run: () => unknown): Promise<Outcome> {
  try {
    return { value: await run() };
  } catch (thrown) {
    return { thrown };
  }
}

/** A world that is ready to be called. */
interface Opened {
  readonly call: (argument: unknown) => unknown;
  /** Looks at the neighbour when the attack is over. */
  readonly after: () => Promise<void>;
  readonly close: () => void;
}

/** One attack under watch. */
class Run {
  readonly findings: Finding[] = [];
  end = "";
  readonly #attack: Attack;
  readonly #mode: Mode;
  readonly #watch: Watch;
  #held = { cpu: 0, wall: 0 };

  constructor(attack: Attack, mode: Mode, watch: Watch) {
    this.#attack = attack;
    this.#mode = mode;
    this.#watch = watch;
  }

  find(kind: FindingKind, text: string): void {
    this.findings.push({ kind, text });
  }

  async all(): Promise<Report> {
    const { heart, canaries } = this.#watch;
    const before = peakMemory();
    if (this.#check()) {
      heart.start();
      heart.pause();
      for (let call = 0; call < (this.#attack.calls ?? 1); call++) await this.#round();
      this.#boundHeld();
    }
    this.findings.push(...canaries.touched());
    await this.#goodCode();
    const growth = peakMemory() - before;
    if (growth > this.#watch.limits.growthBytes) this.find("memory", `grew by ${Math.round(growth / 2 ** 20)} MiB`);
    const [heldMs, heldWallMs] = [Math.round(this.#held.cpu), Math.round(this.#held.wall)];
    return { title: titleOf(this.#attack), end: this.end, findings: this.findings, heldMs, heldWallMs };
  }

  /** False when the check refused the text. */
  #check(): boolean {
    const { level, heart, limits } = this.#watch;
    if (!level.check) return true;
    heart.start();
    const { order, over } = this.#order();
    over();
    let thrown: { readonly error: unknown } | undefined;
    try {
      level.check(order);
    } catch (error) {
      thrown = { error };
    }
    heart.pause();
    this.#held = { ...heart.most };
    if (heart.most.cpu > limits.checkMs) this.find("stall", `the check took ${Math.round(heart.most.cpu)} ms`);
    if (thrown !== undefined) this.#failed(thrown.error);
    else if (this.#attack.refused === true) this.find("wrong", "the check accepted it");
    return thrown === undefined;
  }

  /** One call in each of its sessions, at the same time. */
  async #round(): Promise<void> {
    const { heart, canaries } = this.#watch;
    const count = this.#attack.sessions ?? 1;
    const opened = await Promise.all(Array.from({ length: count }, () => outcomeOf(() => this.#open())));
    if (this.#mode === "async") heart.resume();
    const running = Promise.all(
      opened.map((world) => {
        if ("thrown" in world) return world;
        const { call } = world.value as Opened;
        if (this.#mode === "async") return outcomeOf(() => call(canaries.aim));
        // Only the call itself, since nothing else may wait for it.
        heart.resume();
        const outcome = outcomeOf(() => call(canaries.aim));
        heart.pause();
        return outcome;
      }),
    );
    const company = this.#attack.company === true ? this.#company(running) : undefined;
    const outcomes = await running;
    heart.pause();
    await company?.();
    const worlds = opened.flatMap((world) => ("value" in world ? [world.value as Opened] : []));
    for (const { after } of worlds) await after();
    for (const outcome of outcomes) {
      if ("value" in outcome) this.#succeeded(outcome.value);
      else this.#failed(outcome.thrown);
    }
    heart.resume();
    // What was not awaited gets its turn, before and after the end.
    if (this.#mode === "async") await sleep(12);
    for (const { close } of worlds) close();
    await sleep(this.#mode === "async" ? 12 : 1);
    heart.pause();
  }

  /** Calls good code beside the attack; what it gives looks at which of them was first. */
  #company(running: Promise<unknown>): () => Promise<void> {
    let first: string | undefined;
    const good = outcomeOf(() => callGood(this.#watch.level, this.#mode)).then(() => (first ??= "good code"));
    void running.then(() => (first ??= "the attack"));
    return async () => {
      await good;
      if (first !== "good code") this.find("stall", "good code in another session had to wait for its end");
    };
  }

  async #open(): Promise<Opened> {
    const { order, over, nest } = this.#order();
    const world = await this.#watch.level.open(order);
    const call = (argument: unknown): unknown => world.call(argument);
    nest(() => call(this.#watch.canaries.aim));
    const { before, after } = this.#neighbour(world);
    await before;
    const close = (): void => {
      world.close();
      over();
    };
    return { call, after, close };
  }

  #order(): { order: Order; over(): void; nest(again: () => unknown): void } {
    let again: () => unknown = () => undefined;
    let depth = 0;
    const { scope, end } = hostFunctions(this.#attack.hosts ?? [], {
      // What is called again from within goes on by itself.
      late: (name) => name !== "again" && this.find("leak", `${name} was called after the session was closed`),
      opened: (word) => this.find("escape", `called the vault with ${String(word).slice(0, 80)}`),
      again: () => (depth++ < 50 ? again() : "deep enough"),
    });
    const limitMs = this.#attack.limitMs ?? this.#watch.limits.callMs;
    const order = { text: textOf(this.#attack, this.#mode), mode: this.#mode, scope, limitMs };
    return { order, over: end, nest: (run) => (again = run) };
  }

  /** Calls the neighbour before the attack, and in asynchronous code again while the attack is on. */
  #neighbour(world: World): { before: Promise<unknown>; after(): Promise<void> } {
    const { beside } = this.#attack;
    if (!beside || !world.beside) return { before: Promise.resolve(), after: () => Promise.resolve() };
    const { scope } = hostFunctions(beside.hosts, {
      late: () => undefined,
      opened: (word) => {
        if (word !== "mine") this.find("escape", `opened the vault with ${JSON.stringify(word)}`);
      },
      again: () => undefined,
    });
    const call = async (): Promise<unknown> => await world.beside?.(beside.body, scope);
    const first = call();
    const second = this.#mode === "async" ? first.then(call) : first;
    const settled = outcomeOf(() => second);
    const after = async (): Promise<void> => {
      const outcome = await settled;
      if ("value" in outcome && !isDeepStrictEqual(outcome.value, beside.gives)) {
        this.find("escape", `changed its neighbour's result to ${JSON.stringify(outcome.value)}`);
      }
    };
    return { before: first.catch(() => undefined), after };
  }

  #succeeded(value: unknown): void {
    const { endless, gives, refused } = this.#attack;
    this.end = "value";
    this.findings.push(...this.#watch.canaries.seenIn(value));
    if (endless) this.find("wrong", "it has no end, and yet it gave a value");
    if (refused === true) this.find("wrong", "the check accepted it");
    if (gives !== undefined && !isDeepStrictEqual(value, gives)) {
      this.find("wrong", `gave ${String(JSON.stringify(value)).slice(0, 200)}`);
    }
  }

  #failed(thrown: unknown): void {
    const { level, canaries } = this.#watch;
    if (!level.isTyped(thrown)) {
      this.end = "untyped";
      return this.find("untyped", shortened(thrown));
    }
    const { code, message } = thrown as Error & { readonly code?: string };
    this.end = code ?? "error";
    this.findings.push(...canaries.seenIn([message]));
    if (message.length > maxMessage) this.find("untyped", `a message of ${message.length} characters`);
  }

  #boundHeld(): void {
    const { heart, limits } = this.#watch;
    const { cpu, wall } = heart.most;
    this.#held = { cpu: Math.max(this.#held.cpu, cpu), wall: Math.max(this.#held.wall, wall) };
    const limitMs = this.#mode === "sync" ? (this.#attack.limitMs ?? limits.callMs) : 0;
    if (cpu > limitMs + limits.graceMs) this.find("stall", `held the event loop for ${Math.round(cpu)} ms`);
  }

  /** Good code works in a new session, which has nothing of the others. */
  async #goodCode(): Promise<void> {
    for (const mode of [this.#mode, "sync"] as const) {
      const outcome = await outcomeOf(() => callGood(this.#watch.level, mode));
      if (!("value" in outcome)) this.find("sick", `good ${mode} code failed: ${shortened(outcome.thrown)}`);
      else if (outcome.value !== 5) this.find("sick", `good ${mode} code gave ${JSON.stringify(outcome.value)}`);
      if (this.#mode === "sync") break;
    }
  }
}

const good = `{
  const clean = Object.keys(Object.prototype).length + Object.keys(Array.prototype).length === 0;
  const own = ["caught", "broken", "planted", "kept", "n"].filter((name) => name in globalThis);
  return clean && own.length === 0 ? aim + 3 : own;
}`;

/** Calls good code in a session of its own; gives 5. */
export async function callGood(level: Level, mode: Mode): Promise<unknown> {
  const text = `${mode === "async" ? "async " : ""}function attack(aim) ${good}`;
  const world = await level.open({ text, mode, scope: {}, limitMs: patientMs });
  try {
    return await world.call(2);
  } finally {
    world.close();
  }
}

/** Runs an attack, and says how it ended and what failed. */
export async function runAttack(attack: Attack, mode: Mode, watch: Watch): Promise<Report> {
  return await new Run(attack, mode, watch).all();
}

function shortened(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? (thrown.stack ?? thrown.message) : thrown).slice(0, 300);
  } catch {
    return "something that cannot be read";
  }
}

/**
 * The most memory that this process ever had, in bytes. What `resourceUsage` tells begins with that of the process that
 * started this one, so that a large one hides all growth.
 */
function peakMemory(): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? Number.NaN) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
