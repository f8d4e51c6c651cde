/**
 * A disk in memory that can fail at any call, and lose power: what was not synced then survives in part, or as zeros.
 */

import { basename, dirname } from "node:path";
import type { FileKind, Files, OpenFile, OpenMode } from "../../../src/training/journal/files.ts";

/**
 * What happens to one call of the disk instead of what was asked: an error by its code, a part of a write, both, or a
 * power cut.
 */
export type Fault = "EIO" | "ENOSPC" | "short" | "nothing" | "half then ENOSPC" | "power";

interface Inode {
  content: Uint8Array;
  durable: Uint8Array;
}

type Names = Map<string, Inode>;

/** A random number from 0 to below `below`. */
export type Random = (below: number) => number;

/** A small generator of random numbers, the same for the same seed. */
export function randomOf(seed: number): Random {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export class SimulatedDisk {
  /** How many calls were made so far. */
  calls = 0;
  /** The names of those calls. */
  readonly log: string[] = [];
  /** Says what is to go wrong at a call, by its number from 1. */
  plan: (call: number, name: string) => Fault | undefined = () => undefined;
  #dead = false;
  /** By folder: what is there, and what would be after a power cut. */
  readonly #names = new Map<string, { now: Names; durable: Names }>();

  readonly files: Files = {
    open: async (path, mode) => {
      await this.#call(`open ${mode}`);
      return this.#open(path, mode);
    },
    rename: async (from, to) => {
      await this.#call("rename");
      const inode = this.#at(from);
      if (inode === undefined) throw failure("ENOENT", from);
      this.#folder(dirname(to)).now.set(basename(to), inode);
      this.#folder(dirname(from)).now.delete(basename(from));
    },
    remove: async (path) => {
      await this.#call("remove");
      this.#folder(dirname(path)).now.delete(basename(path));
    },
    kindOf: async (path): Promise<FileKind> => {
      await this.#call("kindOf");
      if (this.#names.has(path)) return "folder";
      return this.#at(path) === undefined ? undefined : "file";
    },
    list: async (folder) => {
      await this.#call("list");
      return [...this.#folder(folder).now.keys()];
    },
    makeFolder: async (path) => {
      await this.#call("makeFolder");
      this.#folder(path);
    },
    syncFolder: async (path) => {
      await this.#call("syncFolder");
      const folder = this.#folder(path);
      folder.durable = new Map(folder.now);
    },
  };

  /** The disk after a power cut and a new start. */
  afterPowerCut(random: Random): SimulatedDisk {
    const disk = new SimulatedDisk();
    const survivors = new Map<Inode, Inode>();
    const surviving = (inode: Inode): Inode => {
      const known = survivors.get(inode) ?? cut(inode, random);
      survivors.set(inode, known);
      return known;
    };
    for (const [path, { now, durable }] of this.#names) {
      const names: Names = new Map();
      for (const name of new Set([...now.keys(), ...durable.keys()])) {
        // A change of a name that was not synced may have reached the disk or not.
        const inode = random(2) === 0 ? now.get(name) : durable.get(name);
        if (inode !== undefined) names.set(name, surviving(inode));
      }
      disk.#names.set(path, { now: names, durable: new Map(names) });
    }
    return disk;
  }

  /** The bytes of a file as a program reads them. */
  bytesOf(path: string): Uint8Array {
    return this.#at(path)?.content ?? new Uint8Array();
  }

  #folder(path: string): { now: Names; durable: Names } {
    const found = this.#names.get(path) ?? { now: new Map(), durable: new Map() };
    this.#names.set(path, found);
    return found;
  }

  #at(path: string): Inode | undefined {
    return this.#names.get(dirname(path))?.now.get(basename(path));
  }

  async #call(name: string): Promise<Fault | undefined> {
    // Every call gives the others a chance to come in between.
    await Promise.resolve();
    if (this.#dead) throw failure("EPOWER", name);
    this.calls += 1;
    this.log.push(name);
    const fault = this.plan(this.calls, name);
    if (fault === "power") this.#dead = true;
    if (fault === "power" || fault === "EIO" || fault === "ENOSPC") throw failure(fault, name);
    return fault;
  }

  #open(path: string, mode: OpenMode): OpenFile {
    const { now } = this.#folder(dirname(path));
    const found = now.get(basename(path));
    if (mode === "read" && found === undefined) throw failure("ENOENT", path);
    if (mode === "create" && found !== undefined) throw failure("EEXIST", path);
    const inode: Inode = found ?? { content: new Uint8Array(), durable: new Uint8Array() };
    now.set(basename(path), inode);
    return {
      size: inode.content.length,
      read: async (position, length) => {
        await this.#call("read");
        return inode.content.slice(position, position + length);
      },
      write: async (bytes, position) => {
        const name = `write ${basename(path)}`;
        if (this.plan(this.calls + 1, name) === "power") put(inode, bytes.subarray(0, bytes.length >> 1), position);
        const fault = await this.#call(name);
        const taken = bytes.subarray(
          0,
          fault === undefined ? bytes.length : fault === "nothing" ? 0 : bytes.length >> 1,
        );
        put(inode, taken, position);
        if (fault === "half then ENOSPC") throw failure("ENOSPC", "write");
        return taken.length;
      },
      truncate: async (length) => {
        await this.#call("truncate");
        inode.content = inode.content.slice(0, length);
      },
      sync: async () => {
        await this.#call("sync");
        inode.durable = inode.content.slice();
      },
      close: async () => {
        await this.#call("close");
      },
    };
  }
}

function put(inode: Inode, bytes: Uint8Array, position: number): void {
  const content = new Uint8Array(Math.max(inode.content.length, position + bytes.length));
  content.set(inode.content);
  content.set(bytes, position);
  inode.content = content;
}

/** What is left of a file: what was synced, and of the rest a part, with pages of zeros. */
function cut({ content, durable }: Inode, random: Random): Inode {
  let same = 0;
  while (same < durable.length && same < content.length && durable[same] === content[same]) same += 1;
  // The file was cut off, or overwritten, since the sync: either the old or the new is on the disk.
  const base = same === durable.length || random(2) === 0 ? content : durable;
  const length = base === durable ? durable.length : same + random(content.length - same + 1);
  const left = base.slice(0, length);
  if (random(2) === 0) {
    const page = [1, 16, 64, 512][random(4)] as number;
    for (let at = same; at < left.length; at += page) if (random(2) === 0) left.fill(0, at, at + page);
  }
  return { content: left, durable: left.slice() };
}

function failure(code: string, where: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${where}`), { code });
}
