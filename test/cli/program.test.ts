import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { parameter, train } from "tracegrad";
import { split } from "tracegrad/data";
import { record } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { readRun } from "tracegrad/report";
import { gepa } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../../src/cli/program.ts";
import { suggest } from "../optimizers/readers.ts";
import { fixture } from "./child.ts";

/** Carries out a command line in this process. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const streams = { out, err } as unknown as Parameters<typeof main>[1];
  const code = await main(args, streams);
  const text = (stream: PassThrough): string => String(stream.read() ?? "");
  return { code, out: text(out), err: text(err) };
}

const hostile = "plain \u001b[31mred\u001b[0m \u001b]0;title\u0007\u202edne \u009b31m";
const steering = /(?![\n\t])[\p{Cc}\p{Cf}]/u;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracegrad-program-"));
  const rows = Array.from({ length: 6 }, (_, at) => ({ id: `${at}`, input: at, target: "x" }));
  const prompt = parameter("one\ntwo\nthree", { name: "prompt" });
  let calls = 0;
  const answers = ["one\n2\nthree", `one\n2\nthree\n${hostile}`, "one\n2\nthree"];
  const llm = scripted(() => suggest({ prompt: answers[calls++] }));
  await train({
    agent: () => prompt.map((text) => text),
    optimizer: optoPrime(prompt, { llm }),
    guide: (_, output) => ({ score: String(output).includes("2") ? 1 : 0, text: "Say 2." }),
    data: split(rows, { train: 3, validation: 2 }),
    budget: { steps: 3 },
    folder: join(folder, "a"),
  }).result;
  const other = parameter("zero", { name: "prompt" });
  let tries = 0;
  await train({
    agent: () => other.map((text) => text),
    optimizer: optoPrime(other, { llm: scripted(() => suggest({ prompt: "x".repeat(++tries) })) }),
    guide: (_, output) => ({ score: 1 - 1 / (1 + String(output).length), text: "Longer." }),
    data: split(rows, { train: 3, validation: 2 }),
    search: gepa({ minibatchSize: 2 }),
    acceptance: "best",
    budget: { evaluations: 40 },
    folder: join(folder, "search"),
  }).result;
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("a wrong command line ends with 2 and one line, before anything is loaded", () => {
  const file = fixture("broken.mjs");
  it.each([
    ["an unknown flag", ["run", file, "--frobnicate"]],
    ["a mistyped flag", ["run", file, "--jsom"]],
    ["an unknown command", ["frobnicate"]],
    ["no file", ["run"]],
    ["a file too many", ["run", file, file]],
    ["a missing value", ["run", file, "--folder"]],
    ["a flag twice", ["run", file, "--json", "--json"]],
    ["a value twice", ["run", file, "--budget-usd", "1", "--budget-usd", "2"]],
    ["a budget that is no number", ["run", file, "--budget-usd", "NaN"]],
    ["a budget below zero", ["run", file, "--budget-usd", "-1"]],
    ["a budget without end", ["run", file, "--budget-usd", "1e999"]],
    ["a budget of nothing", ["run", file, "--budget-tokens", "0"]],
    ["an empty budget", ["run", file, "--budget-seconds="]],
    ["a budget in hex", ["run", file, "--budget-steps", "0x10"]],
    ["half a step", ["run", file, "--budget-steps", "1.5"]],
    ["half a trial", ["study", file, "--trials", "0.5"]],
    ["a port out of range", ["view", "x", "--port", "70000"]],
    ["a file that is not there", ["run", "no-such-file.mjs"]],
    ["a folder in place of a file", ["run", "test"]],
    ["a study's file that is not there", ["study", "no-such-file.mjs"]],
    ["a run that is not there", ["report", "no-such-run"]],
    ["a run to view that is not there", ["view", "no-such-run"]],
    ["a cassette that is not there", ["replay", "no-such.json"]],
    ["a run to compare that is not there", ["diff", "no-such-run", "no-such-run@1"]],
  ])("%s", async (_, args) => {
    const { code, out, err } = await run(...args);
    expect(err).toMatch(/^error: [^\n]+\n$/);
    expect(out).toBe("");
    expect(code).toBe(2);
  });

  it("no command at all shows the help", async () => {
    const { code, err } = await run();
    expect(err).toMatch(/^Usage: tracegrad/);
    expect(code).toBe(2);
  });
});

describe("help and version", () => {
  it.each(["run", "resume", "report", "view", "diff", "replay", "study"])(
    "%s has help with an example of it",
    async (name) => {
      const { code, out, err } = await run(name, "--help");
      expect(out).toMatch(new RegExp(`^Usage: tracegrad ${name} `));
      expect(out).toContain(`  $ tracegrad ${name} `);
      expect(err).toBe("");
      expect(code).toBe(0);
      expect((await run("--help")).out).toContain(`  ${name} `);
    },
  );

  it("the version is that of the package", async () => {
    const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
    expect(await run("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });
});

describe("tracegrad diff", () => {
  it("shows the lines that differ between the start and the chosen program", async () => {
    const { code, out } = await run("diff", join(folder, "a@0"), join(folder, "a"));
    expect(out.split("\n").filter((line) => /^[-+][^-+]/.test(line))).toEqual(["-two", "+2"]);
    expect(code).toBe(0);
  });

  it("writes out what would steer the terminal", async () => {
    const { out } = await run("diff", join(folder, "a@1"), join(folder, "a@2"));
    expect(out).toContain("\\u{1b}[31mred");
    expect(out).not.toMatch(steering);
  });

  it("finds the program of a step that came back to an earlier one", async () => {
    const { out, err } = await run("diff", join(folder, "a@1"), join(folder, "a@3"));
    expect(out).toBe("");
    expect(err).toMatch(/do not differ/);
  });

  it("gives both programs as JSON, safe to print", async () => {
    const { out } = await run("diff", join(folder, "a@0"), join(folder, "a@2"), "--json");
    expect(out).not.toMatch(steering);
    const { before, after } = JSON.parse(out) as Record<string, { step: number; values: { prompt: string } }>;
    expect(before).toMatchObject({ step: 0, values: { prompt: "one\ntwo\nthree" } });
    expect(after?.values.prompt).toContain(hostile);
  });

  it("prints no secret, as JSON either", async () => {
    vi.stubEnv("TEST_API_KEY", "one\n2\nthree");
    const { out } = await run("diff", join(folder, "a@0"), join(folder, "a"), "--json");
    vi.unstubAllEnvs();
    expect(JSON.parse(out)).toMatchObject({
      before: { values: { prompt: "one\ntwo\nthree" } },
      after: { values: { prompt: "[redacted]" } },
    });
  });

  it("takes programs of a search by their ids, whole or by their first letters", async () => {
    const { candidates, events } = await readRun(join(folder, "search"));
    const [first, second] = events.flatMap((event) => (event.type === "candidate" ? [event.candidate] : []));
    const [one, other] = [first?.id ?? "", `${second?.id.slice(0, 7)}`];
    const { code, out } = await run("diff", join(folder, `search@${one}`), join(folder, `search@${other}`));
    expect(out.split("\n").filter((line) => /^[-+][^-+]/.test(line))).toEqual([
      `-${String(first?.values["prompt"])}`,
      `+${String(second?.values["prompt"])}`,
    ]);
    expect(code).toBe(0);
    const start = await run("diff", join(folder, "search@0"), join(folder, `search@${candidates[0]?.id}`));
    expect(start.err).toMatch(/do not differ/);
  });

  it("says that there is no candidate with an id, and ends with 2", async () => {
    const { code, err } = await run("diff", join(folder, "search@abcdef0"), join(folder, "search"));
    expect(err).toMatch(/^error: .*has no candidate abcdef0/);
    expect(code).toBe(2);
  });

  it("says how far the run came when a step is asked for that it has not", async () => {
    const { code, err } = await run("diff", join(folder, "a@7"), join(folder, "a"));
    expect(err).toMatch(/has no step 7\. It has steps 0 to 3\./);
    expect(code).toBe(2);
  });
});

describe("tracegrad report", () => {
  it("shows the lineage of a search", async () => {
    const { code, out } = await run("report", join(folder, "search"), "-o", "-");
    expect(code).toBe(0);
    const { candidates } = await readRun(join(folder, "search"));
    expect(out.match(/class="node [^"]*"/g)).toHaveLength(candidates.length);
    expect(out.match(/class="node [^"]*leader[^"]*"/g)).toHaveLength(1);
  });

  it("writes one HTML file, into the folder or where it is told, or to stdout", async () => {
    const file = join(folder, "elsewhere.html");
    expect((await run("report", join(folder, "a"), "-o", file)).code).toBe(0);
    const { out } = await run("report", join(folder, "a"), "-o", "-");
    expect(await readFile(file, "utf8")).toBe(out);
    expect(out).toMatch(/^<!doctype html>/i);
    expect((await run("report", join(folder, "a"))).err).toContain(join(folder, "a", "report.html"));
  });

  it("shows the pictures in the folder, each time anew", async () => {
    const pictures = join(folder, "a", "pictures");
    await mkdir(pictures);
    await writeFile(join(pictures, "my plot.svg"), "<svg/>");
    const { out } = await run("report", join(folder, "a"), "-o", "-");
    expect(out).toContain(`src="data:image/svg+xml;base64,${Buffer.from("<svg/>").toString("base64")}" alt="my plot"`);
    await rm(pictures, { recursive: true });
    expect((await run("report", join(folder, "a"), "-o", "-")).out).not.toContain("my plot");
  });
});

describe("tracegrad replay", () => {
  it("lists the answers of a cassette, one a line, and strips what steers a terminal", async () => {
    const file = join(folder, "good.json");
    const model = record(
      scripted(() => `yes ${hostile}`),
      file,
      { note: hostile },
    );
    await model.generate({ messages: [{ role: "user", content: "first" }] });
    await model.generate({ messages: [{ role: "user", content: "second" }] });
    const { code, out, err } = await run("replay", file);
    expect(out.split("\n")[0]).toMatch(/^scripted, recorded .*: 2 answers to 2 requests\. plain red/);
    expect(out).toMatch(/^2 .*second.*yes plain red/m);
    expect(out).not.toMatch(steering);
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(JSON.parse((await run("replay", file, "--json")).out)).toMatchObject({ model: "scripted", problems: [] });
  });

  it("prints no secret, as JSON either", async () => {
    const file = join(folder, "secret.json");
    const key = "sk-ant-api03-abcdefghijklmnop";
    await record(
      scripted(() => `Use ${key}.`),
      file,
    ).generate({ messages: [{ role: "user", content: `My key: ${key}` }] });
    expect(await readFile(file, "utf8")).toContain(key);
    for (const flags of [[], ["--json"]]) {
      const { out } = await run("replay", file, ...flags);
      expect(out).not.toContain("api03");
      expect(out).toContain("Use [redacted]");
    }
  });

  it("ends with 1 for a damaged cassette, and for answers that no request finds", async () => {
    const file = join(folder, "bad.json");
    await writeFile(file, "{");
    expect(await run("replay", file)).toMatchObject({ code: 1, out: "" });
    const good = JSON.parse(await readFile(join(folder, "good.json"), "utf8")) as { entries: { hash: string }[] };
    (good.entries[0] as { hash: string }).hash = "abc";
    await writeFile(file, JSON.stringify(good));
    const { code, err } = await run("replay", file);
    expect(err).toMatch(/entry 1 has no SHA-256/);
    expect(code).toBe(1);
  });
});
