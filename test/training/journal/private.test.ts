/** Who may read a run folder, and what is said when it cannot be had. */

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parameter, study, type TrainOptions, t, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Files, nodeFiles } from "../../../src/training/journal/files.ts";
import { openRun } from "../../../src/training/journal/folder.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tracegrad-private-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function options(folder: string): TrainOptions<string, string, string> {
  const prompt = parameter("Say yes.", { name: "prompt" });
  const llm = scripted((_, index) => ({ toolInput: { reasoning: "", suggestion: { prompt: `Text ${index}.` } } }));
  return {
    agent: (question) => t`${prompt} ${question}`,
    optimizer: optoPrime([prompt], { llm }),
    data: split(
      Array.from({ length: 6 }, (_, index) => ({ input: `q${index}`, target: "yes" })),
      { train: 2, validation: 2 },
    ),
    guide: code(() => 0.5),
    budget: { steps: 2 },
    folder,
  };
}

/** Every file and folder below, and what others than the owner may do there. */
function openToOthers(folder: string): string[] {
  const found = [folder, ...(readdirSync(folder, { recursive: true }) as string[]).map((name) => join(folder, name))];
  expect(found.length).toBeGreaterThan(2);
  return found.filter((path) => (statSync(path).mode & 0o077) !== 0);
}

describe.skipIf(process.platform === "win32")("only the owner may read", () => {
  it("a run folder, those above it that it has made, and all of its files, also while it is under way", async () => {
    const folder = join(root, "runs", "solver");
    const run = train(options(folder));
    run.on(() => expect(openToOthers(folder)).toEqual([]));
    await run.result;
    expect(openToOthers(join(root, "runs"))).toEqual([]);
  });

  it("a study's folder, with its trials and what they share", async () => {
    const folder = join(root, "study");
    await study(() => options("left out"), { a: [1, 2] }, { trials: 2, folder }).result;
    expect(openToOthers(folder)).toEqual([]);
  });

  it("an empty folder that was made for the run; one with files in it keeps its permissions", async () => {
    const [empty, used] = [join(root, "empty"), join(root, "used")];
    for (const folder of [empty, used]) {
      mkdirSync(folder);
      chmodSync(folder, 0o755);
    }
    writeFileSync(join(used, "notes"), "", { mode: 0o644 });
    for (const folder of [empty, used]) await train(options(folder)).result;
    expect(openToOthers(empty)).toEqual([]);
    expect(openToOthers(used)).toEqual([used, join(used, "notes")]);
  });
});

describe("a folder that cannot be used", () => {
  const refusing = (operation: keyof Files, code: string): Files => ({
    ...nodeFiles,
    [operation]: () => Promise.reject(Object.assign(new Error(`${code}: no`), { code })),
  });

  it.each([
    ["makeFolder", "EROFS"],
    ["makeFolder", "EACCES"],
    ["open", "EROFS"],
    ["open", "EMFILE"],
    ["syncFolder", "EIO"],
    ["rename", "ENOSPC"],
  ] as const)("is an error with a code when the disk refuses %s with %s", async (operation, code) => {
    const folder = join(root, "run");
    const opening = openRun(folder, {}, { files: refusing(operation, code) });
    await expect(opening).rejects.toMatchObject({ code: "run-folder", cause: { code } });
    await expect(opening).rejects.toThrow(folder);
  });

  it("is an error with a code when a file lies on the way to it", async () => {
    writeFileSync(join(root, "file"), "");
    await expect(train(options(join(root, "file", "run"))).result).rejects.toMatchObject({ code: "run-folder" });
  });
});
