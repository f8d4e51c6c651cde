import { expect, test } from "vitest";
import { optionsPage } from "./option-tables.ts";

test("the page on options says of each what its docstring says", async () => {
  await expect(optionsPage()).toMatchFileSnapshot("../../docs/options.md");
});
