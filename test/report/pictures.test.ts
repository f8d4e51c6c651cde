/** The section of pictures: what it shows, and that neither names, texts nor drawings can break the page. */

import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { reportHtml } from "../../src/report/html.ts";
import { type RunView, viewOf } from "../../src/report/view.ts";
import { hostileTexts } from "./hostile.ts";
import { sampleEvents } from "./sample.ts";

type Picture = NonNullable<RunView["pictures"]>[number];

const pictureOf = (name: string, content: string, mediaType = "image/svg+xml"): Picture => ({
  name,
  text: `About ${name}.`,
  image: { type: "image", mediaType, data: Buffer.from(content).toString("base64") },
  problem: undefined,
});

async function documentOf(pictures: readonly Picture[] | undefined) {
  const text = await reportHtml({ ...viewOf(sampleEvents()), pictures }, { maxGraphs: 0 });
  return parseHTML(text).document;
}

describe("pictures in a report", () => {
  it("are a section with the name, the picture and the text of each, before the examples", async () => {
    const document = await documentOf([pictureOf("the start", "<svg/>"), pictureOf("the end", "png", "image/png")]);
    expect([...document.querySelectorAll("#pictures h3")].map((head) => head.textContent)).toEqual([
      "the start",
      "the end",
    ]);
    const images = [...document.querySelectorAll("#pictures img")];
    expect(images.map((image) => [image.getAttribute("src"), image.getAttribute("alt")])).toEqual([
      [`data:image/svg+xml;base64,${Buffer.from("<svg/>").toString("base64")}`, "the start"],
      [`data:image/png;base64,${Buffer.from("png").toString("base64")}`, "the end"],
    ]);
    expect(document.querySelector("#pictures .text")?.textContent).toBe("About the start.");
    const links = [...document.querySelectorAll("nav a")].map((link) => link.getAttribute("href"));
    expect(links.slice(0, 3)).toEqual(["#curves", "#pictures", "#examples"]);
  });

  it.each([[undefined], [[]]])("are no section and no link when there are none: %j", async (pictures) => {
    const document = await documentOf(pictures);
    expect(document.querySelector("#pictures, nav a[href='#pictures']")).toBeNull();
  });

  it("say why one is left out", async () => {
    const document = await documentOf([{ name: "big", text: "", image: undefined, problem: "it is too large" }]);
    expect(document.querySelector("#pictures .none")?.textContent).toBe("Left out: it is too large.");
    expect(document.querySelector("#pictures img")).toBeNull();
  });

  it("hold no secrets: in names, in texts, and in the text of a drawing", async () => {
    const secret = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789";
    const document = await documentOf([
      { ...pictureOf(`by ${secret}`, `<svg><text>${secret}</text></svg>`), text: `with ${secret}` },
    ]);
    const source = document.querySelector("#pictures img")?.getAttribute("src") ?? "";
    const drawing = Buffer.from(source.split(",")[1] ?? "", "base64").toString();
    expect(drawing).toMatch(/^<svg><text>.+<\/text><\/svg>$/);
    expect(drawing + document.toString()).not.toContain(secret);
  });

  it.each(hostileTexts)("do nothing with %s as name, text and kind", async (_, hostile) => {
    const bad = pictureOf(hostile, hostile);
    const document = await documentOf([
      { ...bad, text: hostile },
      { ...bad, image: { type: "image", mediaType: hostile, data: hostile } },
      { ...bad, image: undefined, problem: hostile },
    ]);
    expect(document.querySelectorAll("#pictures figure")).toHaveLength(3);
    expect(document.querySelectorAll("#pictures img")).toHaveLength(2);
    expect(document.querySelectorAll("main section h2")).toHaveLength(10);
    expect(document.querySelectorAll("script")).toHaveLength(1);
    for (const image of document.querySelectorAll("#pictures img")) {
      expect(image.getAttribute("src")).toMatch(/^data:/);
      expect(image.getAttributeNames().sort()).toEqual(["alt", "class", "loading", "src"]);
    }
  });
});
