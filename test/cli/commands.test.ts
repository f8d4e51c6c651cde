import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cli, type Ended, fixture } from "./child.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracegrad-cli-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface RunJson {
  readonly runId: string;
  readonly reason: string;
  readonly best: { readonly step: number; readonly values: Readonly<Record<string, unknown>> };
  readonly spent: { readonly steps: number; readonly llmCalls: number };
}

const callsIn = async (file: string): Promise<number> => (await readFile(file, "utf8")).trim().split("\n").length;

describe("tracegrad run", () => {
  it("prints the result as JSON on stdout alone, and progress on stderr", async () => {
    const run = join(folder, "run");
    const { code, out, err } = await cli(["run", fixture("number.mjs"), "--folder", run, "--json"]);
    expect(err).toMatch(/step 4\/4/);
    const result = JSON.parse(out) as RunJson;
    expect(result).toMatchObject({ reason: "budget", best: { step: 4 }, spent: { steps: 4, llmCalls: 4 } });
    expect(code).toBe(0);
    const kept = JSON.parse(await readFile(join(run, "command.json"), "utf8")) as unknown;
    expect(kept).toMatchObject({ format: "tracegrad-command", command: "run", givesFolder: true });
  });

  it("takes TypeScript that needs more than its types stripped, and hands the budget on", async () => {
    const { code, out } = await cli(["run", fixture("typed.ts")]);
    expect(out).toMatch(/^finished after 2 steps: budget used up/);
    expect(out).toMatch(/validation {2}.* → /);
    expect(code).toBe(0);
  });

  it("goes on with --budget-steps less than what the file says", async () => {
    const { out } = await cli(["run", fixture("number.mjs"), "--budget-steps", "1", "--json"]);
    expect((JSON.parse(out) as RunJson).spent.steps).toBe(1);
  });

  it("is an error when the file ignores a flag, and nothing is spent", async () => {
    const calls = join(folder, "calls");
    const { code, out, err } = await cli(["run", fixture("fixed.mjs"), "--budget-usd", "1"], {
      env: { TEST_CALLS: calls },
    });
    expect(err).toMatch(/^error: .*ignores --budget-usd: .*\n$/);
    expect(out).toBe("");
    expect(code).toBe(2);
    expect(existsSync(calls)).toBe(false);
  });

  it("ends with 1 when the file throws, and prints its message without what steers a terminal", async () => {
    const { code, out, err } = await cli(["run", fixture("broken.mjs")]);
    expect(err).toBe("error: Error: line one red end\n");
    expect(out).toBe("");
    expect(code).toBe(1);
  });

  it("ends with 2 when the file exports something else", async () => {
    const { code, err } = await cli(["run", fixture("nothing.mjs")]);
    expect(err).toMatch(/does not return a Run/);
    expect(code).toBe(2);
  });
});

describe("Ctrl-C and tracegrad resume", () => {
  it("once stops the run with what is done, and resume goes on to the same result without paying twice", async () => {
    const wholeCalls = join(folder, "whole-calls");
    const whole = await cli(["run", fixture("number.mjs"), "--folder", join(folder, "whole"), "--json"], {
      env: { TEST_CALLS: wholeCalls },
    });
    const [run, calls] = [join(folder, "run"), join(folder, "calls")];
    let sent = false;
    const cut = await cli(["run", fixture("number.mjs"), "--folder", run], {
      env: { TEST_CALLS: calls, TEST_WAIT: "700" },
      watch: ({ err }, kill) => {
        if (sent || !err.includes("step 2/4")) return;
        sent = true;
        kill("SIGINT");
      },
    });
    expect(cut.out).toMatch(/^stopped by you after/);
    expect(cut.err).toMatch(/tracegrad resume/);
    expect(cut.code).toBe(130);
    const resumed = await cli(["resume", run, "--json"], { env: { TEST_CALLS: calls } });
    expect(resumed.code).toBe(0);
    const [there, here] = [JSON.parse(whole.out) as RunJson, JSON.parse(resumed.out) as RunJson];
    expect(here.best).toEqual(there.best);
    expect(here.runId).toBe(there.runId);
    // At most the call that was under way is made again.
    expect(await callsIn(calls)).toBe(await callsIn(wholeCalls));
  });

  it("resume with more steps ends as a run that had them from the start", async () => {
    const [run, whole] = [join(folder, "run"), join(folder, "whole")];
    await cli(["run", fixture("number.mjs"), "--folder", run, "--budget-steps", "2"]);
    const { out, code } = await cli(["resume", run, "--budget-steps", "4", "--json"]);
    const all = await cli(["run", fixture("number.mjs"), "--folder", whole, "--budget-steps", "4", "--json"]);
    expect(code).toBe(0);
    const [raised, once] = [out, all.out].map((text) => JSON.parse(text) as RunJson);
    expect(raised?.best).toEqual(once?.best);
    expect(raised?.spent.llmCalls).toBe(once?.spent.llmCalls);
  });

  it("a killed run reads the answer that came meanwhile to the prompt it was waiting for, and books nothing", async () => {
    const [run, mail] = [join(folder, "run"), join(folder, "mail")];
    const env = { TEST_MAIL: mail };
    let waitedFor = "";
    const killed = await cli(["run", fixture("mailed.mjs"), "--folder", run, "--budget-steps", "1"], {
      env,
      watch: ({ err }, kill) => {
        waitedFor = /waiting for (\S+\.answer\.md)\n/.exec(err)?.[1] ?? "";
        if (waitedFor !== "") kill("SIGKILL");
      },
    });
    expect(killed.code).toBeNull();
    await writeFile(waitedFor, JSON.stringify({ reasoning: "Up.", suggestion: { bias: 7 } }));
    const { out } = await cli(["resume", run, "--json"], { env });
    expect(JSON.parse(out)).toMatchObject({
      best: { values: { bias: 7 } },
      spent: { inputTokens: 0, outputTokens: 0, possiblyPaid: 0 },
    });
    expect(existsSync(waitedFor.replace("0001-", "0002-"))).toBe(false);
    expect((await readdir(mail)).filter((name) => name.endsWith(".prompt.md"))).toHaveLength(1);
  });

  it("after damage names the command that repairs, which does, and resume goes on", async () => {
    const run = join(folder, "run");
    await cli(["run", fixture("number.mjs"), "--folder", run]);
    const journal = await readFile(join(run, "journal.jsonl"));
    journal[Math.floor(journal.length / 2)] = 0;
    await writeFile(join(run, "journal.jsonl"), journal);
    const refused = await cli(["resume", run]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`tracegrad repair ${run}`);
    const repaired = await cli(["repair", run]);
    expect(repaired).toMatchObject({ code: 0, out: "" });
    expect(repaired.err).toMatch(/damaged at byte \d+: the \d+ record\(s\) before it are kept/);
    expect((await cli(["repair", run])).err).toContain("is not damaged");
    const { code, out } = await cli(["resume", run, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ best: { step: 4 }, spent: { steps: 4 } });
    expect((await cli(["repair", join(folder, "nowhere")])).code).toBe(2);
  });

  it("twice ends the process with 130", async () => {
    let count = 0;
    const { code, err } = await cli(["run", fixture("deaf.mjs")], {
      watch: (seen, kill) => {
        if (count === 0 && seen.err.includes("step 0")) kill("SIGINT");
        else if (count === 1 && seen.err.includes("Ctrl-C again")) kill("SIGINT");
        else return;
        count += 1;
      },
    });
    expect(err).toMatch(/Stopping/);
    expect(code).toBe(130);
  });

  it("resume of a folder that no command has begun says what to do", async () => {
    const { code, err } = await cli(["resume", folder]);
    expect(err).toMatch(/^error: .*command\.json is missing\. Start.*\n$/);
    expect(code).toBe(2);
  });
});

describe("tracegrad study", () => {
  it("prints the table, keeps it for people and spreadsheets, and reads finished trials the next time", async () => {
    const [kept, calls] = [join(folder, "study"), join(folder, "calls")];
    const env = { TEST_CALLS: calls };
    const first = await cli(["study", fixture("study.mjs"), "--folder", kept, "--trials", "1"], { env });
    expect(first.code).toBe(0);
    expect(first.out).toMatch(
      /^from +baseline \[95%\] +learned \[95%\] +gain \[95%\] +validation \(used to choose\) +trials\n/,
    );
    expect(first.out.match(/ 1\/1\n/g)).toHaveLength(2);
    expect(await readFile(join(kept, "study.md"), "utf8")).toMatch(/^\| from \| baseline \\\[95%\\\] \|/);
    expect(await readFile(join(kept, "study.csv"), "utf8")).toMatch(/^from,n,baseline,baseline_se,/);
    expect(await readFile(join(kept, "study.svg"), "utf8")).toMatch(/^<svg /);
    expect(await callsIn(calls)).toBe(8);
    const again = await cli(["resume", kept, "--json"], { env });
    expect(again.code).toBe(0);
    const result = JSON.parse(again.out) as { rows: { best: { mean: number } }[] };
    const stored = JSON.parse(await readFile(join(kept, "study.json"), "utf8")) as typeof result;
    expect(result.rows.map(({ best }) => best.mean)).toEqual(stored.rows.map(({ best }) => best.mean));
    expect(await callsIn(calls)).toBe(8);
  });
});

describe("tracegrad prompt", () => {
  it("says how the prompt of a step reads, and prints it", async () => {
    const run = join(folder, "run");
    await cli(["run", fixture("number.mjs"), "--folder", run]);
    const { code, out } = await cli(["prompt", run, "2", "--full"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Prompt 1 of 1 of step 2.*\n\[system\]\nYou improve programs\./);
    expect(out).toMatch(/^Variables +\d+$/m);
    const json = JSON.parse((await cli(["prompt", run, "2", "--json"])).out) as readonly { readonly check: unknown }[];
    expect(json).toMatchObject([{ request: { messages: [{ role: "user" }] }, check: { cuts: 0, leftOut: 0 } }]);
  });

  it("prints no secret and no control sequence of a value, and keeps its lines", async () => {
    const run = join(folder, "run");
    await cli(["run", fixture("hostile.mjs"), "--folder", run]);
    const { out } = await cli(["prompt", run, "1", "--full"]);
    expect(out).toMatch(/red\n {2}\S/);
    for (const one of ["title", "api03", "\u001b", "\u0000"]) expect(out).not.toContain(one);
  });

  it("names the steps that there are", async () => {
    const run = join(folder, "run");
    await cli(["run", fixture("number.mjs"), "--folder", run]);
    const { code, err } = await cli(["prompt", run, "9"]);
    expect(err).toMatch(/^error: .*no prompt of step 9\. It has steps 1 to 4\.\n$/);
    expect(code).toBe(2);
  });
});

describe("tracegrad export", () => {
  it("writes what ships, or the candidate of a step, to a folder", async () => {
    const run = join(folder, "run");
    await cli(["run", fixture("number.mjs"), "--folder", run]);
    const to = join(folder, "learned");
    const { code, out, err } = await cli(["export", run, "--to", to]);
    expect(code).toBe(0);
    expect(out.trim().split("\n")).toEqual(
      ["learned.json", "learned.patch", "values/bias.json"].map((file) => join(to, file)),
    );
    expect(err).toContain("tracegrad/production");
    const valuesIn = async () => JSON.parse(await readFile(join(to, "learned.json"), "utf8")) as { values: object };
    expect((await valuesIn()).values).toEqual({ bias: 29 });
    expect((await cli(["export", run, "--to", to, "--step", "0", "--json"])).out).toContain('"paths"');
    expect((await valuesIn()).values).toEqual({ bias: 0 });
    expect((await cli(["export", run, "--step", "9"])).code).toBe(2);
  });
});

describe("tracegrad check", () => {
  it("records scores, and fails when later ones are provably worse", async () => {
    const scores = join(folder, "scores.json");
    const check = (right: string, ...flags: readonly string[]) =>
      cli(["check", fixture("check.mjs"), "--scores", scores, ...flags], { env: { TEST_RIGHT: right } });
    const missing = await check("20");
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("--update") as string });
    expect(await check("20", "--update")).toMatchObject({ code: 0 });
    expect(await check("19")).toMatchObject({ code: 0, out: expect.stringContaining("not proven worse") as string });
    expect(await check("8")).toMatchObject({ code: 1, out: expect.stringContaining("proven worse") as string });
  });

  it("prints no secret of an output, as JSON either", async () => {
    const env = { TEST_RIGHT: "19", TEST_WRONG: "sk-ant-api03-abcdefghijklmnop" };
    for (const flags of [[], ["--json"]]) {
      const { out } = await cli(["check", fixture("check.mjs"), "--min", "0.5", ...flags], { env });
      expect(out).not.toContain("api03");
      expect(out).toContain("[redacted]");
    }
  });

  it("holds the mean against a minimum", async () => {
    const check = (...flags: readonly string[]) =>
      cli(["check", fixture("check.mjs"), ...flags], { env: { TEST_RIGHT: "15" } });
    expect((await check("--min", "0.8")).code).toBe(0);
    expect((await check("--min", "0.8", "--strict")).code).toBe(1);
    expect((await check("--min", "0.99")).code).toBe(1);
    expect((await check()).code).toBe(2);
    const wrong = await cli(["check", fixture("number.mjs"), "--min", "1"]);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("returns no table") as string });
  });
});

describe("tracegrad run --approve", () => {
  it("waits for the answer of another process", async () => {
    const run = join(folder, "run");
    let answered: Promise<Ended> | undefined;
    const ended = await cli(["run", fixture("number.mjs"), "--folder", run, "--approve"], {
      watch: ({ err }) => {
        const id = /tracegrad reject \S+ (\w+)/.exec(err)?.[1];
        if (id !== undefined) answered ??= cli(["reject", run, id]);
      },
    });
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining("Not approved") as string });
    expect(ended.err).toContain("+29");
    expect(await answered).toMatchObject({ code: 0, err: expect.stringContaining("is rejected") as string });
    const late = await cli(["approve", run, "b"]);
    expect(late).toMatchObject({ code: 2, err: expect.stringMatching(/no approval|has decided|asks about/) as string });
  });

  it("stopped while it waits takes the answer when it is resumed", async () => {
    const run = join(folder, "run");
    let id: string | undefined;
    const stopped = await cli(["run", fixture("number.mjs"), "--folder", run, "--approve"], {
      watch: ({ err }, kill) => {
        const found = /tracegrad reject \S+ (\w+)\n/.exec(err)?.[1];
        if (id !== undefined || found === undefined) return;
        id = found;
        kill("SIGINT");
      },
    });
    expect(stopped.code).toBe(130);
    expect((await cli(["run", fixture("number.mjs"), "--folder", run])).err).toContain("was started with --approve");
    await writeFile(join(run, "approval.json"), "damaged");
    expect((await cli(["approve", run, String(id)])).err).toContain("resume the run");
    await rm(join(run, "approval.json"));
    expect((await cli(["approve", run, String(id)])).err).toContain("asks for no approval");
    const asking = { format: "tracegrad-approval", version: 1, candidate: id };
    await writeFile(join(run, "approval.json"), JSON.stringify(asking));
    expect((await cli(["approve", run, "fff"])).err).toContain(`asks about candidate ${id}`);
    const diff = await cli(["diff", `${run}@0`, run]);
    expect(diff).toMatchObject({ code: 0, err: expect.stringContaining(`approve ${run} ${id}`) as string });
    expect(diff.out).toContain(`+++ ${run}@${id}: bias`);
    expect(diff.out).toContain("+29");
    expect((await cli(["approve", run, String(id)])).err).toContain(`tracegrad resume ${run}`);
    const late = await cli(["reject", run, String(id)]);
    expect(late).toMatchObject({ code: 2, err: expect.stringContaining("is approved already") as string });
    expect((await cli(["diff", `${run}@0`, run])).err).not.toContain("asks about");
    const resumed = await cli(["resume", run, "--json"]);
    expect(JSON.parse(resumed.out)).toMatchObject({ best: { values: { bias: 29 } }, verdict: { approved: true } });
  });

  it("takes one of several answers at the same instant, and refuses the others", async () => {
    const run = join(folder, "run");
    let answers: Promise<readonly Ended[]> | undefined;
    const ended = await cli(["run", fixture("number.mjs"), "--folder", run, "--approve"], {
      watch: ({ err }) => {
        const id = /tracegrad reject \S+ (\w+)\n/.exec(err)?.[1];
        if (id === undefined) return;
        answers ??= Promise.all(["approve", "reject", "approve", "reject"].map((name) => cli([name, run, id])));
      },
    });
    const all = (await answers) ?? [];
    const [winner, ...others] = all.filter(({ code }) => code === 0);
    expect(others).toEqual([]);
    for (const { code, err } of all.filter((one) => one !== winner)) {
      expect(code).toBe(2);
      // The run may have gone on before the last of them looked.
      expect(err).toMatch(/is (approved|rejected) already|has decided about/);
    }
    const rejected = winner?.err.includes("is rejected") === true;
    expect(ended.out.includes("Not approved")).toBe(rejected);
    expect((await readdir(run)).filter((name) => name.startsWith("approval"))).toHaveLength(2);
  });

  it("needs a folder, and a run that asks", async () => {
    expect(await cli(["run", fixture("number.mjs"), "--approve"])).toMatchObject({ code: 2 });
    const run = join(folder, "run");
    await cli(["run", fixture("number.mjs"), "--folder", run]);
    expect((await cli(["approve", run, "abc"])).err).toContain("asks for no approval");
  });
});

describe("tracegrad view", () => {
  it("serves a page of the run until Ctrl-C", async () => {
    const run = join(folder, "run");
    await cli(["run", fixture("number.mjs"), "--folder", run]);
    let page: Promise<string> | undefined;
    const { code, out } = await cli(["view", run], {
      watch: (seen, kill) => {
        const url = /http:\S+/.exec(seen.out)?.[0];
        if (url === undefined || page !== undefined) return;
        page = fetch(url).then((response) => response.text());
        void page.finally(() => kill("SIGINT"));
      },
    });
    expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\n$/);
    expect(await page).toMatch(/<html/);
    expect(code).toBe(0);
  });
});

it("a command file that is not ours is refused", async () => {
  await writeFile(join(folder, "command.json"), '{"format":"tracegrad-command","version":9}');
  const { code, err } = await cli(["resume", folder]);
  expect(err).toMatch(/was not written by `tracegrad run`/);
  expect(code).toBe(2);
});
