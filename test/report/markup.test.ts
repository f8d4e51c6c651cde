import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { html, visible } from "../../src/report/markup.ts";

describe("html", () => {
  it("escapes what it is given, and keeps markup of its own", () => {
    expect(
      String(html`<p title="${"\"&'"}">${"<b>"}${html`<i>${"x"}</i>`}${[1, html`<br>`]}${undefined}${false}</p>`),
    ).toBe('<p title="&quot;&amp;&#39;">&lt;b&gt;<i>x</i>1<br></p>');
  });

  it("takes no look-alike for markup", () => {
    const fake = { toString: () => "<script>" } as unknown as string;
    expect(String(html`${fake}`)).toBe("&lt;script&gt;");
  });

  it("shows any text as that text, in text and in attributes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { document } = parseHTML(`<body>${html`<p title="${text}">${text}</p>`}</body>`);
        const paragraph = document.querySelector("p");
        expect(document.querySelectorAll("body *")).toHaveLength(1);
        expect(paragraph?.textContent).toBe(visible(text));
        expect(paragraph?.getAttribute("title")).toBe(visible(text));
      }),
    );
  });
});

describe("visible", () => {
  it.each([
    ["a NUL", "a\0b", "a\\u{0}b"],
    ["an escape sequence", "\u001b[31mred", "\\u{1b}[31mred"],
    ["signs that turn the direction of writing", "user\u202etxt.exe", "user\\u{202e}txt.exe"],
    ["invisible letters", "pass\u200bword\u{e0041}", "pass\\u{200b}word\\u{e0041}"],
    ["half of a pair", "\ud800x", "\\u{d800}x"],
    ["a lone carriage return", "a\rb", "a\\u{d}b"],
  ])("writes out %s", (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it("leaves ordinary text of any script, emoji and line breaks as they are", () => {
    const text = "Grüße, שלום, مرحبا, 你好, 👩‍👩‍👧\n\tend";
    expect(visible(text)).toBe(text);
    expect(visible("a\r\nb")).toBe("a\nb");
  });
});
