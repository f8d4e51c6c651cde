import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkFormat, formatJson, type JsonFormat, parseJson, writeWhole } from "../../src/util/json-file.ts";

const format: JsonFormat = {
  format: "tracegrad-x",
  version: 2,
  damaged: (how) => new Error(`damaged: ${how}`),
  unsupported: (version) => (version > 2 ? new Error(`too new: ${version}`) : undefined),
};

describe("parseJson", () => {
  it("reads back the fields that were written", () => {
    expect(parseJson(formatJson(format, { a: [1, { b: "c" }], left: undefined }), format)).toEqual({
      format: "tracegrad-x",
      version: 2,
      a: [1, { b: "c" }],
    });
  });

  it.each([
    ["{", /^damaged: SyntaxError/],
    ["null", 'damaged: its "format" is not "tracegrad-x"'],
    ["[]", 'damaged: its "format" is not "tracegrad-x"'],
    ['{"format":"tracegrad-y","version":2}', 'damaged: its "format" is not "tracegrad-x"'],
    ['{"format":"tracegrad-x"}', 'damaged: its "version" is missing or unknown'],
    ['{"format":"tracegrad-x","version":"2"}', 'damaged: its "version" is missing or unknown'],
    ['{"format":"tracegrad-x","version":1}', 'damaged: its "version" is missing or unknown'],
    ['{"format":"tracegrad-x","version":3}', "too new: 3"],
  ])("refuses %s with an error of the format", (text, message) => {
    expect(() => parseJson(text, format)).toThrow(message);
  });

  it("takes another version for damage when the format says nothing of it", () => {
    const { unsupported: _, ...plain } = format;
    expect(() => checkFormat({ format: "tracegrad-x", version: 3 }, plain)).toThrow("damaged");
  });
});

describe("writeWhole", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tracegrad-json-file-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("makes the folder, replaces the file and leaves no draft", async () => {
    const path = join(folder, "a", "b", "file.json");
    await writeWhole(path, "one");
    await writeWhole(path, "two");
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(join(folder, "a", "b"))).toEqual(["file.json"]);
  });

  it.skipIf(process.platform === "win32")("gives the file the permissions that are asked for", async () => {
    const path = join(folder, "inner", "file.json");
    await writeWhole(path, "one", { file: 0o600, folder: 0o700 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "inner"))).mode & 0o777).toBe(0o700);
  });

  it("leaves the old file whole when the new one cannot be put in its place", async () => {
    const path = join(folder, "file.json");
    await writeFile(path, "old");
    await expect(writeWhole(join(path, "below.json"), "new")).rejects.toThrow(/ENOTDIR|EEXIST/);
    expect(await readFile(path, "utf8")).toBe("old");
  });
});
