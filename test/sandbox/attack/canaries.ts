/** The canaries of a process: secrets, a file, a marker, a door on the loopback, the built-ins; and who touched them. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "./findings.ts";

/** What an attack is given: where the canaries are, and values of several kinds. */
export interface Aim {
  readonly env: string;
  readonly file: string;
  readonly marker: string;
  readonly port: number;
  readonly list: readonly number[];
  readonly map: ReadonlyMap<string, number>;
  readonly date: Date;
  readonly bytes: Uint8Array;
}

const secretName = "ATTACK_SECRET";
const watched = {
  Object,
  Array,
  Function,
  Promise,
  Map,
  Set,
  String,
  Number,
  RegExp,
  Error,
  Date,
  JSON,
  Math,
  Reflect,
};

/** Every property of the built-ins with its value. */
function builtIns(): Map<string, unknown> {
  const all = new Map<string, unknown>();
  const add = (name: string, object: object): void => {
    for (const key of Reflect.ownKeys(object)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
      all.set(`${name}.${String(key)}`, value ?? get ?? set);
    }
  };
  for (const [name, object] of Object.entries(watched)) {
    add(name, object);
    if ("prototype" in object) add(`${name}.prototype`, object.prototype as object);
  }
  for (const key of Reflect.ownKeys(globalThis)) all.set(`globalThis.${String(key)}`, true);
  return all;
}

/** Sets the canaries out in this process. */
export class Canaries {
  readonly aim: Aim;
  readonly #secrets: readonly string[];
  readonly #folder: string;
  readonly #marker: string;
  readonly #built: Map<string, unknown>;
  #knocks = 0;

  private constructor(secrets: readonly string[], folder: string, port: number) {
    this.#secrets = secrets;
    this.#folder = folder;
    this.#marker = join(folder, "marker");
    const file = join(folder, "secret.txt");
    const values = { list: [1, 2], map: new Map([["a", 1]]), date: new Date(0), bytes: new Uint8Array([1]) };
    this.aim = { env: secretName, file, marker: this.#marker, port, ...values };
    this.#built = builtIns();
  }

  static async open(): Promise<Canaries> {
    const secrets = [0, 1, 2].map(() => `canary-${randomBytes(12).toString("hex")}`);
    const [inEnv, inFile, inGlobal] = secrets as [string, string, string];
    const folder = mkdtempSync(join(tmpdir(), "attack-"));
    process.env[secretName] = inEnv;
    writeFileSync(join(folder, "secret.txt"), inFile);
    (globalThis as { hostCanary?: string }).hostCanary = inGlobal;
    const server = createServer((socket) => {
      canaries.#knocks++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    server.unref();
    const port = (server.address() as { port: number }).port;
    const canaries = new Canaries(secrets, folder, port);
    return canaries;
  }

  /** What an attack reached. */
  touched(): readonly Finding[] {
    const found: Finding[] = [];
    const escape = (text: string): unknown => found.push({ kind: "escape", text });
    if (existsSync(this.#marker)) {
      escape("wrote the marker");
      rmSync(this.#marker);
    }
    if (this.#knocks > 0) escape("reached the network");
    this.#knocks = 0;
    const now = builtIns();
    for (const [name, value] of now) {
      if (!this.#built.has(name)) escape(`added ${name} in the host`);
      else if (!Object.is(this.#built.get(name), value)) escape(`changed ${name} in the host`);
    }
    for (const name of this.#built.keys()) if (!now.has(name)) escape(`removed ${name} in the host`);
    return found;
  }

  /** Looks for secrets, live objects and the attack's own word in what came out. */
  seenIn(value: unknown): readonly Finding[] {
    const queue: unknown[] = [value];
    const seen = new Set<unknown>();
    for (let at = 0; at < queue.length && at < 200_000; at++) {
      const item = queue[at];
      if (typeof item === "string") {
        const secret = this.#secrets.some((text) => item.includes(text));
        if (secret || item.includes("ESCAPED")) return [{ kind: "escape", text: `got out: ${item.slice(0, 80)}` }];
      } else if (typeof item === "function" || typeof item === "symbol") {
        return [{ kind: "escape", text: `a ${typeof item} came out` }];
      } else if (typeof item === "object" && item !== null && !seen.has(item) && !ArrayBuffer.isView(item)) {
        seen.add(item);
        queue.push(...partsOf(item).slice(0, 100_000));
      }
    }
    return [];
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function partsOf(item: object): readonly unknown[] {
  if (Array.isArray(item)) return item;
  if (item instanceof Map) return [...item].flat();
  if (item instanceof Set) return [...item];
  if (item instanceof Error) return [item.name, item.message, item.stack, item.cause];
  return [...Object.keys(item), ...(Object.values(item) as unknown[])];
}
