import { evaluate, type TrainOptions } from "tracegrad";
import { exactMatch } from "tracegrad/guides";
import { type LanguageModel, listPrices, meter } from "tracegrad/llm";
import { scripted } from "tracegrad/testing";
import { expect, it } from "vitest";

const ID = "gpt-4o-mini";
const usage = { inputTokens: 1_000, outputTokens: 100 };

function modelOf(name: string): LanguageModel {
  return meter({ name, generate: async () => ({ text: "yes", stopReason: "end", usage, model: name }) });
}

async function usdOf(llm: LanguageModel, options: Pick<TrainOptions, "budget" | "prices"> = {}) {
  const agent = async (content: string) => (await llm.generate({ messages: [{ role: "user", content }] })).text;
  const { spent } = await evaluate({ agent, guide: exactMatch(), data: [{ input: "q", target: "yes" }], ...options });
  return spent.usd;
}

it("a model that `prices` does not name has its list price, also under a budget of dollars", async () => {
  const { input, output } = listPrices[ID] ?? { input: Number.NaN, output: Number.NaN };
  const usd = (1_000 * input + 100 * output) / 1e6;
  expect(await usdOf(modelOf(ID))).toBeCloseTo(usd, 12);
  expect(await usdOf(modelOf(ID), { budget: { usd: 1 } })).toBeCloseTo(usd, 12);
});

it("a price that is given goes before the list, 0 too, and free answers under a listed name stay free", async () => {
  expect(await usdOf(modelOf(ID), { prices: { [ID]: { input: 1_000, output: 0 } } })).toBeCloseTo(1, 12);
  expect(await usdOf(modelOf(ID), { prices: { [ID]: { input: 0, output: 0 } } })).toBe(0);
  expect(await usdOf(scripted(() => "yes", { name: ID }))).toBe(0);
});

it.each([`${ID}-mine`, "GPT-4o-mini", "toString", "__proto__", ""])(
  "a model that is not listed under exactly its name has no known price: %j",
  async (name) => {
    expect(await usdOf(modelOf(name))).toBeUndefined();
    await expect(usdOf(modelOf(name), { budget: { usd: 1 } })).rejects.toMatchObject({ code: "no-price" });
  },
);

it("no listed price is 0, and each has its month", () => {
  for (const [id, { input, output, asOf }] of Object.entries(listPrices)) {
    expect([id, Math.min(input, output) > 0]).toEqual([id, true]);
    expect(asOf).toMatch(/^20\d\d-(0[1-9]|1[0-2])$/);
  }
});
