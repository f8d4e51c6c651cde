/** What counts as an image, and what is left alone. */

import { describe, expect, it } from "vitest";
import { holdsImage, imageOf, imagesIn, isShowable } from "../../src/util/images.ts";

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
    ["data of a program that names a kind of image", { media_type: "image/png", data: "logo", size: 3 }],
    ["the same with a type of its own", { type: "asset", mediaType: "image/png", data: "logo" }],
    ["a source without its type", { media_type: "image/png", data }],
    ["a part without its type", { mediaType: "image/png", data }],
    ["inline data of another kind", { mimeType: "image/jpeg", data }],
    ["data of an impossible length", { mimeType: "image/bmp", data: "Qk02A" }],
    ["padding that does not fit", { mimeType: "image/png", data: "iVBORw0KGgo==" }],
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
  const starts = {
    "image/jpeg": [0xff, 0xd8, 0xff, 0xe0],
    "image/gif": [...Buffer.from("GIF89a"), 1, 0],
    "image/webp": [...Buffer.from("RIFF"), 0x10, 0xaa, 0x55, 1, ...Buffer.from("WEBPVP8 ")],
  };
  for (const [mediaType, bytes] of Object.entries(starts)) {
    expect(isShowable({ type: "image", mediaType, data: Buffer.from(bytes).toString("base64") })).toBe(true);
    expect(isShowable({ type: "image", mediaType, data })).toBe(false);
  }
  for (const odd of [{ mediaType: "image/tiff" }, { data: "not base64" }, { data: "" }, { data: "logo" }])
    expect(isShowable({ ...image, ...odd } as never)).toBe(false);
});

it("looks into what values share once", () => {
  let reads = 0;
  const message = (role: string) => ({
    role,
    get content() {
      reads += 1;
      return ["text"];
    },
  });
  const messages = Array.from({ length: 50 }, (_, at) => message(`${at}`));
  const imageless = new WeakSet<object>();
  for (let turn = 1; turn <= messages.length; turn++) {
    expect(holdsImage(messages.slice(0, turn), imageless)).toBe(false);
  }
  expect(reads).toBeLessThan(3 * messages.length);
  expect(holdsImage([...messages, [{ type: "image", mediaType: "image/png", data: "AA==" }]], imageless)).toBe(true);
});

it("takes nothing for imageless that it did not look into to its end", () => {
  const image = { type: "image", mediaType: "image/png", data: "AA==" };
  let deep: unknown = image;
  for (let level = 0; level < 15; level++) deep = [deep];
  let deeper = deep;
  for (let level = 0; level < 10; level++) deeper = [deeper];
  const imageless = new WeakSet<object>();
  expect(holdsImage(deeper, imageless)).toBe(false);
  expect(holdsImage(deep, imageless)).toBe(true);
});
