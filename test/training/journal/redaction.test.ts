/** With `redact`, no secret reaches a file, a prompt, a listener or a console; and a resumed run is the same run. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { bundle, parameter, study, type TrainEvent, type TrainOptions, type TrainResult, t, train } from "tracegrad";
import { split } from "tracegrad/data";
import { type Guide, llmJudge } from "tracegrad/guides";
import { mailbox } from "tracegrad/llm";
import { optoPrime } from "tracegrad/optimizers";
import { consoleProgress, readRun, reportHtml, resultText, viewOf } from "tracegrad/report";
import { evolution, gepa } from "tracegrad/search";
import { type ScriptedModel, scripted } from "tracegrad/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hashOf } from "../../../src/util/json.ts";
import { redactData, redactor, redactorOf } from "../../../src/util/redact.ts";
import { planted } from "./secrets.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tracegrad-redact-"));
  process.env["SERVICE_API_KEY"] = planted["ofTheEnvironment"]?.text;
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  delete process.env["SERVICE_API_KEY"];
});

const all = Object.values(planted);
const everything = all.map(({ text }) => text).join("\n");
const redact = { forms: [/customer#\d+-internal/] };

/** The secrets that stand in a text, by their beginnings. */
function secretsIn(text: string): string[] {
  // As they are, and as JSON has those with line breaks.
  return all.filter(({ secret }) => text.includes(secret)).map(({ secret }) => secret.slice(0, 12));
}

function textOf(folder: string): string {
  const names = readdirSync(folder, { recursive: true }) as string[];
  const files = names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
  return files.map((path) => readFileSync(path, "utf8")).join("\n");
}

type Options = TrainOptions<string, string, string>;

interface Spied {
  readonly options: Options;
  readonly optimizer: ScriptedModel;
  readonly judge: ScriptedModel;
  /** What the program was given and saw, which is its own business. */
  readonly seen: string[];
}

/** A program that has secrets everywhere: parameters, inputs, outputs, targets, feedback, errors, replies. */
function spied(changes: Partial<Options> = {}): Spied {
  const seen: string[] = [];
  const prompt = parameter(`Be brief.\n${everything}`, { name: "prompt" });
  const style = parameter("plain", { name: "style", doc: `Never write ${planted["openai"]?.text}.` });
  // What it answers depends on the prompt alone, so that a resumed run has the same answers.
  const optimizer = scripted((request) => ({
    toolInput: {
      reasoning: `Since ${everything}`,
      suggestion: { style: `style ${hashOf(request).slice(0, 6)}: ${planted["github"]?.text}` },
    },
  }));
  const judge = scripted(() => ({ toolInput: { reason: `It says ${everything}`, score: 0.5 } }));
  const ask = bundle(async function ask(text: string, question: string) {
    seen.push(text);
    if (question.startsWith("fails")) throw new Error(`No connection with ${everything}`);
    return `${question} ${everything}`;
  });
  const rows = ["one", "fails", "two", "three", "four", "five"].map((name) => ({
    id: name,
    input: `${name}: ${everything}`,
    target: everything,
  }));
  const options: Options = {
    agent: (question) => ask(t`${prompt} ${style}`, question),
    optimizer: optoPrime([prompt, style], { llm: optimizer }),
    guide: llmJudge(judge, { rubric: "Polite." }) as Guide<string, string, string>,
    data: split(rows, { train: 3, validation: 2 }),
    order: "given",
    budget: { steps: 3 },
    redact,
    ...changes,
  };
  return { options, optimizer, judge, seen };
}

async function told(
  options: Options,
): Promise<{ readonly events: TrainEvent[]; readonly result: TrainResult; readonly shown: string }> {
  let shown = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      shown += String(chunk);
      done();
    },
  });
  const progress = consoleProgress(stream as unknown as NodeJS.WriteStream);
  const events: TrainEvent[] = [];
  const run = train(options);
  for await (const event of run) {
    progress(event);
    events.push(event.type === "step" ? { ...event, graph: undefined } : event);
  }
  progress.close();
  const result = await run.result;
  return { events, result, shown: shown + resultText(redactData(result, run.redact ?? redactor())) };
}

describe.each<[string, Partial<Options>]>([
  ["plain steps", {}],
  ["a search", { search: evolution() as unknown as NonNullable<Options["search"]>, acceptance: "best" }],
])("a form that finds itself in hashes does no harm, with %s", (_name, changes) => {
  const onlyDigits = { forms: [/\d{3,}/], common: false };
  const wordOf = (value: unknown): string => hashOf(value).replace(/\d/g, (digit) => "ghijklmnop"[Number(digit)] ?? "");

  /** Without what differs by the form. */
  const wordsOf = (request: unknown): string => JSON.stringify(request).replace(/\d|\[redacted\]/g, "");

  /**
   * A run none of whose texts has several digits together. Its optimizer fails at its call with the number `failing`.
   */
  function wordy(more: Partial<Options>, failing?: number): Options {
    const style = parameter("a", { name: "style" });
    const optimizer = scripted((request, call) => {
      if (call === failing) throw Object.assign(new Error("overloaded"), { status: 503 });
      return { toolInput: { reasoning: "", suggestion: { style: wordOf(wordsOf(request)) } } };
    });
    const judge = scripted((request) => wordOf(request));
    const rows = ["one", "two", "three", "four", "five", "six"].map((id) => ({ id, input: id, target: id }));
    return {
      agent: (question) => t`${style} ${question}`,
      optimizer: optoPrime([style], { llm: optimizer }),
      guide: async (_input, output) => {
        const { text } = await judge.generate({ messages: [{ role: "user", content: output }] });
        return { score: text.charCodeAt(0) % 8, text: "More." };
      },
      data: split(rows, { train: 3, validation: 3 }),
      budget: { steps: 4 },
      ...changes,
      ...more,
    };
  }

  const programs = ({ candidates }: TrainResult) => candidates.map(({ id, validation }) => [id, validation?.mean]);

  test("to scores and programs", async () => {
    const plain = await train(wordy({})).result;
    const { result } = await told(wordy({ redact: onlyDigits }));
    expect(plain.candidates.length).toBeGreaterThan(2);
    expect(programs(result)).toEqual(programs(plain));
  });

  test("to a run that goes on after an outage: it pays for no answer twice", async () => {
    const plain = await train(wordy({})).result;
    const folder = join(root, "run");
    const first = train(wordy({ folder, redact: onlyDigits }, 2));
    await expect(first.result).rejects.toMatchObject({ message: expect.stringContaining("overloaded") });
    const resumed = await train(wordy({ folder, redact: onlyDigits })).result;
    expect(programs(resumed)).toEqual(programs(plain));
    expect(resumed.spent.byRole?.judge).toMatchObject(plain.spent.byRole?.judge ?? {});
  });
});

describe("with redact, of all secrets that are planted", () => {
  test.each<[string, Partial<Options>]>([
    ["plain steps", {}],
    ["a search", { search: gepa(), acceptance: "best", budget: { steps: 3, evaluations: 60 } }],
  ])("none stands in files, prompts, events, report or console, with %s", async (_name, changes) => {
    const folder = join(root, "run");
    const { options, optimizer, judge, seen } = spied({ folder, test: true, ...changes });
    const { events, shown } = await told(options);
    const { events: kept } = await readRun(folder);
    const report = await reportHtml(viewOf(kept), { redact: (text) => text });
    expect(all.length).toBeGreaterThan(31);
    expect(secretsIn(seen.join())).toHaveLength(all.length);
    expect(optimizer.calls.length + judge.calls.length).toBeGreaterThan(4);
    const places = {
      files: textOf(folder),
      optimizer: optimizer.calls.map(({ messages, system }) => `${system} ${JSON.stringify(messages)}`).join(),
      judge: judge.calls.map(({ messages }) => String(messages[0]?.content)).join("\n"),
      events: JSON.stringify(events),
      dot: kept.map((event) => (event.type === "step" ? event.proposal.dot : "")).join(),
      report,
      shown,
    };
    for (const [place, text] of Object.entries(places)) {
      expect({ place, isShown: text.length > 50, secrets: secretsIn(text) }).toEqual({
        place,
        isShown: true,
        secrets: [],
      });
    }
  });

  test("none stands in the prompts of a mailbox", async () => {
    const { options } = spied();
    const mail = join(root, "mail");
    let prompts = "";
    const onWaiting = (file: string): void => {
      prompts += readFileSync(file.replace(".answer.md", ".prompt.md"), "utf8");
      writeFileSync(file, "");
    };
    const llm = mailbox(mail, { pollMs: 1, onWaiting });
    const optimizer = optoPrime(options.optimizer.parameters, { llm });
    const thrown: unknown = await train({ ...options, optimizer }).result.catch((error) => error);
    expect(thrown).toMatchObject({ code: "empty-answer" });
    expect(prompts).toContain("[redacted]");
    expect(secretsIn(prompts)).toEqual([]);
  });

  test("none stands in the files of a study, its events or its result", async () => {
    const folder = join(root, "study");
    const events: unknown[] = [];
    const result = await study(
      () => spied().options,
      { a: [1, 2] },
      {
        trials: 1,
        folder,
        redact,
        onEvent: (event) => events.push(event.type === "trial-event" && event.event.type === "step" ? "" : event),
      },
    ).result;
    expect(result.complete).toBe(true);
    expect(secretsIn(textOf(folder))).toEqual([]);
    expect(secretsIn(JSON.stringify([events, result]))).toEqual([]);
    const again = await study(() => spied().options, { a: [1, 2] }, { trials: 1, folder, redact }).result;
    expect(again.rows.every(({ trials }) => trials.every(({ reused }) => reused))).toBe(true);
  });

  test("none stands in the error of a run that cannot go on", async () => {
    const { options } = spied({ guide: () => ({ score: 0.5, text: "" }) });
    const llm = scripted(() => {
      throw Object.assign(new Error(`401 for ${everything}`), { status: 401 });
    });
    const optimizer = optoPrime(options.optimizer.parameters, { llm });
    const thrown: Error = await train({ ...options, optimizer, folder: join(root, "run") }).result.then(
      () => new Error("went on"),
      (error) => error,
    );
    expect(thrown.message).toContain("[redacted]");
    expect(secretsIn(`${thrown.message} ${thrown.stack} ${textOf(root)}`)).toEqual([]);
  });
});

test("without redact, the files hold what the program was given", async () => {
  const folder = join(root, "run");
  const { options } = spied({ folder, redact: false });
  await train(options).result;
  expect(secretsIn(textOf(folder)).length).toBeGreaterThan(30);
});

describe("a run that redacts", () => {
  test("runs on the real values of its parameters, and gives them back", async () => {
    const { options, seen } = spied();
    const { best, baseline } = await train(options).result;
    expect(seen.every((text) => text.includes(everything))).toBe(true);
    expect(String(baseline.values["prompt"])).toContain(everything);
    expect(String(best.values["prompt"])).toContain(everything);
  });

  test("that is stopped anywhere goes on to the result of one that is not", async () => {
    const plain = (result: TrainResult) =>
      JSON.stringify({ ...result, spent: { ...result.spent, seconds: 0, possiblyPaid: 0 } });
    const whole = await train(spied({ folder: join(root, "whole") }).options).result;
    for (let calls = 1; calls <= whole.spent.llmCalls; calls += 2) {
      const folder = join(root, `run-${calls}`);
      const stop = new AbortController();
      const first = spied({ folder, signal: stop.signal });
      let left = calls;
      const judge = first.judge.generate;
      Object.assign(first.judge, {
        generate: (...given: Parameters<typeof judge>) => {
          if (--left === 0) stop.abort();
          return judge(...given);
        },
      });
      await train(first.options).result.catch(() => undefined);
      const second = spied({ folder });
      expect([calls, plain(await train(second.options).result)]).toEqual([calls, plain(whole)]);
      expect(secretsIn(textOf(folder))).toEqual([]);
    }
  });

  test("does not go on without redact, nor the other way", async () => {
    const folder = join(root, "run");
    await train(spied({ folder }).options).result;
    const opened = train(spied({ folder, redact: undefined }).options).result;
    await expect(opened).rejects.toMatchObject({ code: "run-differs" });
    await expect(opened).rejects.toThrow("redact option");
  });

  test("refuses ids of examples that hold a secret", async () => {
    const id = planted["github"]?.text ?? "";
    const data = split([{ id, input: "a", target: "b" }], { train: 1, validation: 0 });
    await expect(train(spied({ data }).options).result).rejects.toMatchObject({ code: "bad-option" });
  });
});

describe("the redact option", () => {
  test("may be a function, which comes after the common forms", () => {
    const found = redactorOf((text) => text.replaceAll("Berlin", "(a town)"));
    expect(found?.(`In Berlin: ${planted["github"]?.text}`)).toBe("In (a town): [redacted]");
  });

  test("may leave the common forms out, and takes forms without the global flag", () => {
    const found = redactorOf({ common: false, forms: [/!+/] });
    expect(found?.(`a!!a! ${planted["figma"]?.text}`)).toBe(`a[redacted]a[redacted] ${planted["figma"]?.text}`);
    expect(redactorOf(false)).toBeUndefined();
    expect(redactorOf(undefined)).toBeUndefined();
  });

  test.each(Object.entries(planted).filter(([name]) => !name.startsWith("of")))(
    "knows the form of %s, and takes it out once",
    (_name, { text, secret }) => {
      const take = redactor({});
      for (const around of [
        text,
        `see ${text} there`,
        JSON.stringify({ a: `x\n${text}` }),
        `(${text})`,
        `x\\n${text}\\n`,
      ]) {
        const safe = take(around);
        expect(safe).not.toContain(secret);
        expect(take(safe)).toBe(safe);
      }
    },
  );

  test("leaves ordinary prompts, code, numbers and addresses as they are", () => {
    const text = `The token: a word. Tokens: 8192. Your password is secret? keys = Object.keys(x); const token = next();
      https://example.com/a?page=2&monkey=1 user@example.com http://localhost:8080/a@b 12:30 key: value
      function password(secret) { return secret.length } "max_tokens": 100, sha256 ${"0123456789abcdef".repeat(4)}
      risk-averse sk-learn basic understanding Bearer of news SKU12345 passport=yes ref_1234567890123456789012345`;
    expect(redactor({})(text)).toBe(text);
  });

  test("leaves bytes in base64 alone", () => {
    const image = { type: "image", mediaType: "image/png", data: planted["google"]?.text };
    expect(redactData({ content: [image] }, redactor({}))).toEqual({ content: [image] });
  });
});
