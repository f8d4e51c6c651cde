/** What counts as an image, and what is left alone. */

import { describe, expect, it } from "vitest";
import { imageOf, imagesIn, isShowable } from "../../src/util/images.ts";

const data = "iVBORw0KGgo=";
const image = { type: "image", mediaType: "image/png", data };

describe("imageOf", () => {
  it.each([
    ["the record of this library", image],
    ["a source", { type: "base64", media_type: "image/png", data }],
    ["inline data", { mimeType: "image/png", data }],
    ["a data URL as data", { type: "file", mediaType: "image/png", data: `data:image/png;base64,${data}` }],
    ["a data URL", `data:image/png;base64,${data}`],
    ["a data URL with a parameter", `data:image/png;name=a.png;base64,${data}`],
  ])("finds %s", (_, value) => expect(imageOf(value)).toMatchObject({ mediaType: "image/png", data }));

  it.each([
    ["an address", "https://example.org/a.png"],
    ["a text that begins with a data URL", `data:image/png;base64,${data} and more`],
    ["a data URL of something else", `data:text/plain;base64,${data}`],
    ["a sound", { mediaType: "audio/wav", data }],
    ["an image by its address", { type: "image", source: { type: "url", url: "https://example.org/a.png" } }],
    ["data that are no base64", { mediaType: "image/svg+xml", data: "<svg/>" }],
    ["a list", [image.type, image.mediaType, data]],
    ["nothing", null],
  ])("takes %s for no image", (_, value) => expect(imageOf(value)).toBeUndefined());
});

describe("imagesIn", () => {
  it("ends on cycles, and on lists that all hold each other", () => {
    const lists: unknown[][] = Array.from({ length: 50 }, () => []);
    for (const list of lists) list.push(...lists);
    lists[49]?.push(image);
    expect([...imagesIn(lists)].map(([found]) => found)).toContain(image);
  });
});

it("only what providers take is shown", () => {
  expect(isShowable(image as never)).toBe(true);
  for (const odd of [{ mediaType: "image/tiff" }, { data: "not base64" }, { data: "" }])
    expect(isShowable({ ...image, ...odd } as never)).toBe(false);
});
