/** What packing makes of the pages and of package.json. */
import { describe, expect, test } from "vitest";
import { relativeLinks } from "../../scripts/links.ts";
import { packedManifest, packedPage } from "../../scripts/pack.ts";

const repository = "https://example.org/tracegrad";
const packed = new Set(["README.md", "docs/runs.md", "docs/costs.md"]);
const page = (name: string, text: string): string => packedPage(name, text, repository, packed);

describe("a packed page", () => {
  test.for([
    ["[runs](docs/runs.md)", "[runs](https://example.org/tracegrad/blob/HEAD/docs/runs.md)"],
    ["[`a` b](docs/runs.md#a-b)", "[`a` b](https://example.org/tracegrad/blob/HEAD/docs/runs.md#a-b)"],
    ["![a](docs/a.svg)", "![a](https://example.org/tracegrad/raw/HEAD/docs/a.svg)"],
    [
      "[![a](docs/a.svg)](docs/runs.md)",
      "[![a](https://example.org/tracegrad/raw/HEAD/docs/a.svg)](https://example.org/tracegrad/blob/HEAD/docs/runs.md)",
    ],
    ['<img alt="a" src="docs/a.svg">', '<img alt="a" src="https://example.org/tracegrad/raw/HEAD/docs/a.svg">'],
    ["[a][b]\n\n[b]: docs/b.md", "[a][b]\n\n[b]: https://example.org/tracegrad/blob/HEAD/docs/b.md"],
    ["[examples](examples/)", "[examples](https://example.org/tracegrad/blob/HEAD/examples/)"],
  ] as const)("has addresses on the package page: %s", ([before, after]) => {
    expect(page("README.md", before)).toBe(after);
    expect(relativeLinks(after)).toEqual([]);
  });

  test("leads to the files that are packed, and to the repository for others", () => {
    const text = "[costs](costs.md#a), [image](images/a.svg), [readme](../README.md), [code](../src/index.ts)";
    expect(page("docs/runs.md", text)).toBe(
      "[costs](costs.md#a), [image](https://example.org/tracegrad/blob/HEAD/docs/images/a.svg), [readme](../README.md), " +
        "[code](https://example.org/tracegrad/blob/HEAD/src/index.ts)",
    );
  });

  test.for([
    "[a](https://example.org/x), [b](#heading), [c](mailto:a@example.org)",
    "Call `parts[0](docs/runs.md)` or ``a`[b](docs/runs.md)``.",
    "```ts\nhandlers[name](docs/runs.md);\n```",
    "~~~\n```\n[a](docs/runs.md)\n~~~",
  ])("stays as it is in addresses, headings and code: %s", (text) => {
    expect(page("README.md", text)).toBe(text);
    expect(relativeLinks(text)).toEqual([]);
  });
});

test("the packed package.json leads to no sources and keeps what users' tools read", () => {
  const door = { "@tracegrad/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" };
  const manifest = { name: "a", exports: { ".": door }, scripts: { test: "vitest" }, devDependencies: { a: "1" } };
  expect(packedManifest({ ...manifest, keywords: ["a"] })).toEqual({
    name: "a",
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    keywords: ["a"],
  });
});
