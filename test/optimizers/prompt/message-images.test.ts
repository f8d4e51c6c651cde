/** Images inside of messages, as this library and the SDKs of models write them: shown as images, never as base64. */

import { batchify, bundle, node, parameter, trace } from "tracegrad";
import type { Content } from "tracegrad/llm";
import { opro, optoPrime, textGrad } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import { textOf } from "../readers.ts";

const data = `iVBORw0KGgo${"A".repeat(400)}ErkJggg==`;
const own = { type: "image", mediaType: "image/png", data };
const url = `data:image/png;base64,${data}`;

const parts: Readonly<Record<string, unknown>> = {
  "this library": own,
  "a chat of OpenAI": { type: "image_url", image_url: { url } },
  "a response of OpenAI": { type: "input_image", image_url: url },
  "a message of Anthropic": { type: "image", source: { type: "base64", media_type: "image/png", data } },
  "the content of Gemini": { inlineData: { mimeType: "image/png", data } },
  "the AI SDK": { type: "image", image: data, mediaType: "image/png" },
  "a file of the AI SDK": { type: "file", mediaType: "image/png", data: url },
  "a data URL": url,
};

const messagesWith = (part: unknown) => [{ role: "user", content: [{ type: "text", text: "What is it?" }, part] }];

describe.each(Object.entries(parts))("an image of %s", (_, part) => {
  const shown = [own];
  const imagesOf = (content: string | readonly Content[] | undefined) =>
    typeof content === "string" ? [] : content?.filter(({ type }) => type === "image");

  it.each(Object.entries({ optoPrime, opro, textGrad }))("is no base64 in a prompt of %s", async (name, of) => {
    const prompt = parameter("Look.", { name: "prompt" });
    const look = bundle((_text: string, _input: unknown, _all: unknown): unknown => ({ seen: part }), { name: "look" });
    const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
    const input = node(messagesWith(part), { name: "input" });
    trace(() => look(prompt, input as never, [prompt, messagesWith(part)] as never)).backward({
      text: "Wrong.",
      score: 0,
      data: { photo: part },
    });
    await of(prompt, { llm }).step();
    for (const request of llm.calls) expect(textOf(request)).not.toContain(data.slice(0, 30));
    if (name === "optoPrime") expect(imagesOf(llm.calls[0]?.messages[0]?.content)).toEqual(shown);
  });

  it("is shown with its path, and named in the rows of a table", async () => {
    const prompt = parameter("Look.", { name: "prompt" });
    const look = bundle((_text: string, k: number): unknown => ({ k, photo: k % 2 === 0 ? part : "none" }));
    const join = bundle((_seen: unknown) => "a cat", { name: "join" });
    const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
    const graph = trace(() => {
      let last: unknown = prompt;
      for (let k = 0; k < 6; k++) last = look(last as never, k as never);
      return join(last as never);
    });
    graph.backward("Wrong.");
    await optoPrime(prompt, { llm }).step();
    expect(textOf(llm.calls[0] as never)).toMatch(/\[an image \(image\/png\)\]/);
    for (const text of [textOf(llm.calls[0] as never), graph.show(), graph.show({ fold: false }), graph.toDot()])
      expect(text).not.toContain(data.slice(0, 30));
    expect(imagesOf(llm.calls[0]?.messages[0]?.content)).toEqual(shown);
    expect(textOf(llm.calls[0] as never)).toMatch(/\[image 1\], the value of \w+\[\d\]\.photo/);
  });
});

it("is found beyond a hundred messages, and what no model takes is only named", async () => {
  const prompt = parameter("Look.", { name: "prompt" });
  const look = bundle((_text: string, _input: unknown, _odd: unknown) => "a cat", { name: "look" });
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
  const long = [...Array.from({ length: 200 }, () => ({ role: "user", content: "?" })), ...messagesWith(own)];
  const drawing = { type: "image", mediaType: "image/svg+xml", data };
  trace(() => look(prompt, node(long) as never, node([drawing], { name: "odd" }) as never)).backward("Wrong.");
  await optoPrime(prompt, { llm }).step();
  const content = llm.calls[0]?.messages[0]?.content as readonly Content[];
  expect(content.filter(({ type }) => type === "image")).toEqual([own]);
  expect(textOf(llm.calls[0] as never)).toContain("odd = [[an image (image/svg+xml), not shown]]");
});

it("rows that differ in their images alone are not called the same", async () => {
  const prompt = parameter("Look.", { name: "prompt" });
  const look = bundle((_text: string, k: number): unknown => ({ ...own, data: k < 5 ? data : `B${data}` }));
  const graph = trace(() => {
    let last: unknown;
    for (let k = 0; k < 6; k++) last = look(prompt, k as never);
    return last as never;
  });
  expect(graph.show()).not.toContain("for every k");
});

it("is the same as one of another run only with the same data, also where it is not shown", async () => {
  const prompt = parameter("Look.", { name: "prompt" });
  const look = bundle((_text: string, seen: { caption: string }) => seen.caption.length, { name: "look" });
  const drawn = (svg: string) => ({
    caption: "a caption that is long enough to be written once, and the same for all of the runs",
    shot: { type: "image", mediaType: "image/svg+xml", data: svg.repeat(10_000) },
  });
  const graphs = ["AAAA", "BBBB", "AAAA"].map((svg) => trace(() => look(prompt, node(drawn(svg), { name: "seen" }))));
  batchify(graphs).backward(graphs.map((_, index) => ({ text: `said ${index}` })));
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
  await optoPrime(prompt, { llm }).step();
  const seen = textOf(llm.calls[0] as never).match(/^\(record\) seen\w* = .*$/gm);
  expect(seen).toHaveLength(3);
  expect(seen?.map((line) => line.includes("the same as"))).toEqual([false, false, true]);
  expect(seen?.[2]).toMatch(/of run 1$/);
});
