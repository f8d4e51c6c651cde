/** Answers of real models to the prompts of the programs, as they came: each is taken as it is. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelReply } from "tracegrad/llm";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { firstProposal, programs } from "./ask.ts";

const folder = join(import.meta.dirname, "answers");
const files = readdirSync(folder).filter((file) => file.endsWith(".cassette.json"));

/** The first answer on record. The prompt may have other words by now; what an answer has to be did not change. */
function answerIn(file: string): ModelReply {
  const { entries } = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
    readonly entries: readonly { readonly reply: ModelReply }[];
  };
  return entries[0]?.reply as ModelReply;
}

describe("first answers of real models", () => {
  test("are on record for every program, by two readers each", () => {
    const names = Object.keys(programs).flatMap((name) => [1, 2].map((reader) => `${name}-${reader}.cassette.json`));
    expect(files.sort()).toEqual(names.sort());
  });

  test.each(files)("%s is taken at the first call, and changes something", async (file) => {
    const make = programs[file.replace(/-\d+\.cassette\.json$/, "")];
    const { text, toolInput } = answerIn(file);
    const llm = scripted(() => (toolInput === undefined ? text : { toolInput }));
    const proposal = await firstProposal(await (make as NonNullable<typeof make>)(), llm);
    expect(proposal.refused).toEqual([]);
    expect(proposal.dropped).toBeUndefined();
    expect(proposal.updates.length).toBeGreaterThan(0);
  });
});
