import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Files, nodeFiles } from "../../../src/training/journal/files.ts";
import { openRun } from "../../../src/training/journal/folder.ts";
import { type Lock, lockFolder } from "../../../src/training/journal/lock.ts";
import { type Owner, thisProcess } from "../../../src/util/process-owner.ts";
import { temporaryFolder } from "../../llm/folder.ts";
import { durabilityProgram, type Program } from "./child.ts";

let program: Program;
beforeAll(async () => {
  program = await durabilityProgram();
});
afterAll(() => program.remove());

const newFolder = (): string => join(temporaryFolder(), "run");

describe("two processes in one run folder", () => {
  it("the second is refused and told which process is in it; after a kill it goes on with a note", async () => {
    const folder = newFolder();
    const child = program.start("hold", folder);
    expect(await child.said("open")).toBe("");
    await expect(openRun(folder, {})).rejects.toMatchObject({
      code: "run-locked",
      message: expect.stringMatching(new RegExp(`in use by process ${child.pid} on .*Wait until it ends`)),
    });
    await child.kill();
    const store = await openRun(folder, {});
    expect(store.notes).toEqual([`Process ${child.pid} ended without closing the run. It continues from its journal.`]);
    await store.close();
    expect(existsSync(join(folder, "LOCK"))).toBe(false);
  });

  it("a child is refused while this process is in the folder", async () => {
    const folder = newFolder();
    const store = await openRun(folder, {});
    const child = program.start("hold", folder);
    expect(await child.ended).toContain("run-locked");
    await expect(openRun(folder, {})).rejects.toMatchObject({ code: "run-locked" });
    await store.close();
    await (await openRun(folder, {})).close();
  });

  it("of many that find a dead lock, exactly one gets it", async () => {
    for (let round = 0; round < 20; round += 1) {
      const folder = temporaryFolder();
      writeFileSync(join(folder, "LOCK"), JSON.stringify({ ...thisProcess(), boot: "an earlier one" }));
      const taken = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(nodeFiles, folder)));
      const locks = taken.filter((one): one is PromiseFulfilledResult<Lock> => one.status === "fulfilled");
      expect(locks).toHaveLength(1);
      await locks[0]?.value.release();
      expect(readdirSync(folder)).toEqual([]);
    }
  });
});

it("a dead lock that another process has taken over in the meantime is left to it", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "LOCK");
  writeFileSync(path, JSON.stringify({ ...thisProcess(), boot: "an earlier one" }));
  const winner = JSON.stringify({ ...thisProcess(), token: "the winner's" });
  const files: Files = {
    ...nodeFiles,
    open: (name, mode) => {
      // The moment before the dead lock is claimed.
      if (mode === "create" && name.startsWith(`${path}.`)) writeFileSync(path, winner);
      return nodeFiles.open(name, mode);
    },
  };
  await expect(lockFolder(files, folder)).rejects.toMatchObject({ code: "run-locked" });
  expect(readFileSync(path, "utf8")).toBe(winner);
  expect(readdirSync(folder)).toEqual(["LOCK"]);
});

describe("a lock that was left behind", () => {
  const self: Owner = { ...thisProcess(), boot: "this boot", started: thisProcess().started ?? "1" };

  async function opened(lock: object | string): Promise<string> {
    const folder = temporaryFolder();
    const text = typeof lock === "string" ? lock : JSON.stringify(lock);
    writeFileSync(join(folder, "LOCK"), text);
    try {
      await lockFolder(nodeFiles, folder, { owner: self, patienceMs: 50 });
      return "taken over";
    } catch (thrown) {
      expect(readFileSync(join(folder, "LOCK"), "utf8")).toBe(text);
      return (thrown as { code: string }).code;
    }
  }

  it("is void when its process is gone, its number belongs to another one, or the machine was started anew", async () => {
    expect(await opened({ ...self, pid: 2 ** 22 - 3 })).toBe("taken over");
    expect(await opened({ ...self, boot: "an earlier boot" })).toBe("taken over");
    if (process.platform === "linux") expect(await opened({ ...self, started: "0" })).toBe("taken over");
  });

  it("is void when a crash left it empty, or with content that is none", async () => {
    for (const text of ["", "\0\0\0\0", "{", "null", '"x"', '{"pid":"1"}'])
      expect(await opened(text)).toBe("taken over");
  });

  it("holds while its process runs, and when another machine made it", async () => {
    expect(await opened(self)).toBe("run-locked");
    expect(await opened({ ...self, pid: process.ppid, started: undefined })).toBe("run-locked");
    expect(await opened({ ...self, host: `not ${hostname()}`, boot: "its own" })).toBe("run-locked");
  });
});
