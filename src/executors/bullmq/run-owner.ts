/** Which process runs a run: the one that opened it last. */

import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { ExecutedRun } from "../../training/execution/executor.ts";
import { keepSeconds, type QueueKeys, type Silence } from "./keys.ts";
import type { RunProgram } from "./messages.ts";

/** Keeps a run alive, unless a newer process has it: 1 for the owner. */
const claimScript = `
  local newest = tonumber(redis.call("get", KEYS[1]) or "0")
  if newest > tonumber(ARGV[1]) then return 0 end
  redis.call("set", KEYS[1], ARGV[1], "EX", ARGV[4])
  redis.call("set", KEYS[2], ARGV[2], "PX", ARGV[3])
  return 1
`;
/** Says that nobody runs a run, where it is this process that did. */
const releaseScript = `if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end return 0`;

/** What owning a run takes. */
export interface OwnerParts {
  readonly redis: Redis;
  readonly keys: QueueKeys;
  readonly run: ExecutedRun;
  readonly silence: Silence;
}

/** The claim of one process on a run. */
export class RunOwner {
  /** Names the process; never again another one, even where Redis has lost its count. */
  readonly name: string;
  readonly #parts: OwnerParts;
  readonly #epoch: number;

  /** Takes a run over from the process that had it, if there is one. */
  static async take(parts: OwnerParts): Promise<RunOwner> {
    const { redis, keys, run } = parts;
    const owner = new RunOwner(parts, await redis.incr(keys.epoch(run.id)));
    await owner.claim();
    return owner;
  }

  private constructor(parts: OwnerParts, epoch: number) {
    this.#parts = parts;
    this.#epoch = epoch;
    this.name = `${epoch}.${randomUUID().slice(0, 8)}`;
  }

  /** Whether no other process has run it before. */
  get isFirst(): boolean {
    return this.#epoch === 1;
  }

  /** Says that the run lives and what it runs: Redis may have lost that. False when a newer process has the run. */
  async claim(): Promise<boolean> {
    const { redis, keys, run, silence } = this.#parts;
    const program: RunProgram = { identity: run.identity, trial: run.trial };
    await redis.set(keys.identity(run.id), JSON.stringify(program), "EX", keepSeconds);
    const names = [keys.epoch(run.id), keys.alive(run.id)];
    return (await redis.eval(claimScript, 2, ...names, this.#epoch, this.name, silence.limit, keepSeconds)) === 1;
  }

  /** Says that nobody runs it. */
  async release(): Promise<void> {
    const { redis, keys, run } = this.#parts;
    await redis.eval(releaseScript, 1, keys.alive(run.id), this.name);
  }
}
