/** Pictures beside a run: which files of a folder count, in which order, and what is left out and why. */

import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle, parameter, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { readRun } from "../../src/training/read-run.ts";
import { readPictures } from "../../src/training/run-pictures.ts";
import { temporaryFolder } from "../llm/folder.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>';

/** A folder whose `pictures` have these files. */
function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "pictures"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, "pictures", name), content);
  return folder;
}

const summaryOf = async (folder: string) =>
  (await readPictures(folder)).map(({ name, image, problem }) => [name, image?.mediaType ?? problem]);

describe("pictures of a run folder", () => {
  it("come in the order of their names, numbers by size, each with its own text", async () => {
    const folder = folderWith({
      "10 end.png": png,
      "2 middle.SVG": svg,
      "2 middle.txt": "  A drawing.\n",
      "notes.txt": "no picture",
      "data.csv": "1,2",
    });
    expect(await readPictures(folder)).toEqual([
      {
        name: "2 middle",
        text: "A drawing.",
        image: { type: "image", mediaType: "image/svg+xml", data: Buffer.from(svg).toString("base64") },
        problem: undefined,
      },
      {
        name: "10 end",
        text: "",
        image: { type: "image", mediaType: "image/png", data: png.toString("base64") },
        problem: undefined,
      },
    ]);
  });

  it("are none without their folder, and none when it is a link to elsewhere", async () => {
    const [folder, other] = [temporaryFolder(), folderWith({ "a.png": png })];
    expect(await readPictures(folder)).toEqual([]);
    symlinkSync(join(other, "pictures"), join(folder, "pictures"));
    expect(await readPictures(folder)).toEqual([]);
  });

  it("are left out with a reason when they are links, of another kind, or too large", async () => {
    const folder = folderWith({ "another kind.png": svg, "page.svg": "<html></html>", "too large.png": png });
    truncateSync(join(folder, "pictures", "too large.png"), 2 * 1024 * 1024 + 1);
    symlinkSync("/etc/passwd", join(folder, "pictures", "link.png"));
    symlinkSync("/etc/passwd", join(folder, "pictures", "page.txt"));
    expect(await summaryOf(folder)).toEqual([
      ["another kind", "its content is not image/png"],
      ["link", "it is a link, not a file"],
      ["page", "its content is not image/svg+xml"],
      ["too large", expect.stringContaining("more than the 2097152 it may")],
    ]);
    expect((await readPictures(folder)).map(({ text }) => text)).toEqual(["", "", "", ""]);
  });

  it("have 10 MiB together: those that do not fit are named, and a smaller one after them still fits", async () => {
    const names = Array.from({ length: 6 }, (_, index) => `large ${index}.png`);
    const folder = folderWith({ ...Object.fromEntries(names.map((name) => [name, png])), "small.svg": svg });
    for (const name of names) truncateSync(join(folder, "pictures", name), 2 * 1024 * 1024 - 100);
    expect((await summaryOf(folder)).slice(4)).toEqual([
      ["large 4", "image/png"],
      ["large 5", "all pictures together have more than 10 MiB"],
      ["small", "image/svg+xml"],
    ]);
  });

  it("are 50 at most, and the others are named", async () => {
    const folder = folderWith(Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`${index}.png`, png])));
    expect((await summaryOf(folder)).slice(49)).toEqual([
      ["49", "image/png"],
      ["50", "only the first 50 are shown"],
    ]);
  });

  it("are read anew with the run at each call, also those that were put there before and during the run", async () => {
    const folder = folderWith({ "before.png": png });
    const prompt = parameter("a", { name: "prompt" });
    const say = bundle((prompt: string, _question: string) => {
      writeFileSync(join(folder, "pictures", "during.png"), png);
      return prompt;
    });
    const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: { prompt: "b" } } }));
    await train({
      agent: (question: string) => say(prompt, question),
      guide: code(() => 1),
      data: split(["q", "r"], { train: 1, validation: 1, input: (row) => row, target: () => "b" }),
      optimizer: optoPrime(prompt, { llm }),
      budget: { steps: 1 },
      folder,
    }).result;
    const saved = await readRun(folder);
    expect((await saved.pictures()).map(({ name }) => name)).toEqual(["before", "during"]);
    writeFileSync(join(folder, "pictures", "after.png"), png);
    expect((await saved.pictures()).map(({ name }) => name)).toEqual(["after", "before", "during"]);
  });
});
