/** No prompt has half a character in it: providers refuse such a request, and the run would stop at it. */

import { batchify, bundle, type Feedback, parameter, t, trace } from "tracegrad";
import type { ModelRequest } from "tracegrad/llm";
import { ace, opro, optoPrime, optoPrimeMulti, playbook, playbookText, textGrad } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { suggest } from "./readers.ts";

/** Characters of one and of two units, of several code points, and with marks that combine. */
const characters = ["😀", "👩‍🚀", "🇩🇪", "e\u0301", "𝒳"];
/** Each begins at an even and at an odd unit. */
const texts = characters.flatMap((one) => ["", "x"].map((before) => before + one.repeat(6_000)));

const look = bundle(async function look(text: string, index: number): Promise<unknown> {
  return { index, said: `${index % 2 === 0 ? "" : "y"}${text}` };
});
const judge = bundle(async function judge(text: string, seen: unknown): Promise<string> {
  if ((seen as { index: number }).index === 11) throw new Error(`cannot take ${text}`);
  return `${text}\nof several lines`;
});

type Shown = ReturnType<typeof t>;

/** A run that repeats, one of which fails, with the text in every place where a text may stand. */
async function runs(prompt: () => Shown, text: string) {
  return Promise.all(
    [10, 12].map((last) =>
      trace(async () => {
        let seen: unknown;
        for (let index = 0; index < last; index++) seen = await look(text as never, index as never);
        const shown = t`${prompt()}${[text]}`;
        return judge(shown as never, seen as never);
      }),
    ),
  );
}

const feedbackOf = (text: string): Feedback => ({ text, score: 0, data: { text, list: [text] } });

const textsOf = (request: ModelRequest): readonly string[] => {
  const found: string[] = [];
  JSON.stringify(request, (_, value: unknown) => {
    if (typeof value === "string") found.push(value);
    return value;
  });
  return found;
};

type Make = (llm: ReturnType<typeof scripted>) => {
  readonly step: () => Promise<unknown>;
  readonly shown: () => Shown;
};

const algorithms: Readonly<Record<string, (text: string) => Make>> = {
  optoPrime: (text) => (llm) => {
    const prompt = parameter(text, { name: "prompt" });
    const optimizer = optoPrime(prompt, { llm, memorySize: 2 });
    return { step: () => optimizer.step(), shown: () => t`${prompt}` };
  },
  optoPrimeMulti: (text) => (llm) => {
    const prompt = parameter(text, { name: "prompt" });
    const optimizer = optoPrimeMulti(prompt, { llm, candidates: 2 });
    return { step: () => optimizer.step(), shown: () => t`${prompt}` };
  },
  opro: (text) => (llm) => {
    const prompt = parameter(text, { name: "prompt" });
    const optimizer = opro(prompt, { llm });
    return { step: () => optimizer.step(), shown: () => t`${prompt}` };
  },
  textGrad: (text) => (llm) => {
    const prompt = parameter(text, { name: "prompt" });
    const optimizer = textGrad(prompt, { llm, memorySize: 2 });
    return { step: () => optimizer.step(), shown: () => t`${prompt}` };
  },
  ace: (text) => (llm) => {
    const book = playbook([text.slice(0, 999)], { name: "book" });
    const optimizer = ace(book, { llm });
    const shown = () => bundle((given: never) => playbookText(given), { name: "write" })(book as never) as never;
    return { step: () => optimizer.step(), shown };
  },
};

describe.each(Object.entries(algorithms))("%s", (_, make) => {
  it("cuts texts between characters, wherever they stand", async () => {
    for (const text of texts) {
      let answers = 0;
      const llm = scripted((request) =>
        request.tool === undefined ? text : suggest({ prompt: `${++answers}${text}` }, text),
      );
      const { step, shown } = make(text)(llm);
      for (let count = 0; count < 2; count++) {
        batchify(await runs(shown, text)).backward([feedbackOf(text), feedbackOf(`z${text}`)]);
        await step();
      }
      expect(llm.calls.length).toBeGreaterThan(1);
      for (const one of llm.calls.flatMap(textsOf)) expect(/\p{Cs}/u.test(one)).toBe(false);
    }
  });

  it("sends no half of a character that a program made", async () => {
    const text = `${"of several lines\n".repeat(5)}\ud83d and \ude00`;
    const llm = scripted((request) => (request.tool === undefined ? "Better." : suggest({ prompt: "new" })));
    const { step, shown } = make(text)(llm);
    batchify(await runs(shown, text)).backward([feedbackOf(text), feedbackOf(text)]);
    await step();
    expect(llm.calls.flatMap(textsOf).join("\n")).toContain("\ufffd and \ufffd");
    for (const one of llm.calls.flatMap(textsOf)) expect(/\p{Cs}/u.test(one)).toBe(false);
  });
});
