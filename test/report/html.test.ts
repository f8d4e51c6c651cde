import { createHash } from "node:crypto";
import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { reportHtml } from "../../src/report/html.ts";
import { pageScript } from "../../src/report/page-script.ts";
import { pageStyle } from "../../src/report/page-style.ts";
import { viewOf } from "../../src/report/view.ts";
import type { TrainEvent } from "../../src/training/events.ts";
import type { StepRecord } from "../../src/training/types.ts";
import { hostileEvents, hostileTexts } from "./hostile.ts";
import { sampleEvents } from "./sample.ts";

type Page = ReturnType<typeof parseHTML>["document"];

async function pageOf(events: Iterable<TrainEvent>, maxGraphs = 0): Promise<{ text: string; document: Page }> {
  const text = await reportHtml(viewOf(events), { maxGraphs });
  return { text, document: parseHTML(text).document };
}

const plain = (element: { readonly textContent: string | null } | null | undefined): string =>
  (element?.textContent ?? "").replace(/\s+/g, " ").trim();

describe("the report of a run", () => {
  it("says where the run started, where it is best, why it ended and what it spent", async () => {
    const { document } = await pageOf(sampleEvents());
    const summary = plain(document.querySelector("#summary"));
    expect(summary).toContain("Baseline: 0.33 → Best: 0.75 +0.42");
    expect(summary).toContain(
      "mean sealed test score [95% interval]: baseline [0.14, 0.61], best after step 5 [0.47, 0.91].",
    );
    expect(summary).toContain("This score selected the best of 7 scored candidates, so expect less on new examples.");
    expect(summary).toMatch(
      /Mean validation score: 0\.21 \[0\.\d+, 0\.\d+\] → 0\.83 \[0\.\d+, 0\.\d+\] \(\+0\.6\d\) over 12 examples/,
    );
    expect(summary).toContain("$0.65");
    expect(summary).toContain("2 warnings");
    expect(plain(document.querySelector("#state"))).toBe("Finished: budget used up");
  });

  it("tells costs by role, and does without where an old journal has no roles", async () => {
    const { document } = await pageOf(sampleEvents());
    const rows = [...document.querySelectorAll("#cost .names tbody tr")].map((line) =>
      [...line.querySelectorAll("td")].map(plain),
    );
    expect(rows).toEqual([
      ["Agent", "102", "79 900", "17 820", "$0.18"],
      ["Optimizer", "6", "20 880", "7 500", "$0.47"],
      ["Judge", "0", "0", "0", "$0.00"],
    ]);
    const old = sampleEvents().map((event) =>
      "spent" in event ? ({ ...event, spent: { ...event.spent, byRole: undefined } } as unknown as TrainEvent) : event,
    );
    const cost = (await pageOf(old)).document.querySelector("#cost");
    expect(cost?.querySelector(".names")).toBeNull();
    expect(plain(cost)).toContain("$0.65");
  });

  it("draws a point for each score, bands for training and validation, and marks the best", async () => {
    const { document } = await pageOf(sampleEvents());
    const count = (selector: string): number => document.querySelectorAll(`#curves ${selector}`).length;
    expect([count("circle.spot.train"), count("circle.spot.validation"), count("path.spot.test")]).toEqual([6, 7, 2]);
    expect([count("polygon.band.train"), count("polygon.band.validation"), count("polygon.band.test")]).toEqual([
      1, 1, 0,
    ]);
    expect(plain(document.querySelector("#curves .best"))).toBe("best 0.83");
    expect(document.querySelector("#curves svg")?.getAttribute("aria-label")).toContain("Validation from 0.21 to 0.79");
    expect(count("details table tbody tr")).toBe(7);
  });

  it("has a cell for each example and evaluation, with failures marked and shades by score", async () => {
    const { document } = await pageOf(sampleEvents());
    const rows = [...document.querySelectorAll("#examples .card:nth-of-type(1) .heat tbody tr")];
    expect(rows).toHaveLength(12);
    expect(plain(rows[0])).toBe("gsm-101-apples0.001.001.001.001.001.001.00+1.00");
    expect([...(rows[5]?.querySelectorAll("td") ?? [])].map((cell) => cell.className).slice(0, 5)).toEqual([
      "h0",
      "h5",
      "h5",
      "h5",
      "h10",
    ]);
    const failed = rows[8]?.querySelector("td.failed");
    expect(plain(failed)).toContain("failed");
    expect(failed?.getAttribute("title")).toContain("Baseline: the agent failed. TypeError");
    expect(plain(rows[8]?.querySelector(".change"))).toBe("runs");
  });

  it("shows each parameter from the start to the best, and each change side by side", async () => {
    const { document } = await pageOf(sampleEvents());
    const cards = [...document.querySelectorAll("#parameters article")];
    expect(cards.map((card) => plain(card.querySelector("h3")))).toEqual([
      "extract_code 2 changes",
      "instruction 4 changes",
    ]);
    const overall = cards[1]?.querySelector(".diff");
    expect(plain(overall?.querySelector("td.gone"))).toContain("End with 'Answer: <answer>'.");
    expect(plain(overall?.querySelector("td.new mark"))).toBe("and write down each intermediate result");
    expect(document.querySelectorAll("#parameters details[id^=parameter-1-]")).toHaveLength(5);
  });

  it("draws the learning graphs as pictures, the best, the first and the latest first, others as DOT", async () => {
    const { document } = await pageOf(sampleEvents(), 3);
    const drawn = [...document.querySelectorAll(".paper img")];
    expect(drawn.map((image) => image.getAttribute("alt")?.match(/step (\d)/)?.[1])).toEqual(["1", "5", "6"]);
    const svg = Buffer.from(drawn[0]?.getAttribute("src")?.split(",")[1] ?? "", "base64").toString();
    expect(svg).toContain("extract_code");
    expect(plain(document.querySelector("#step-2-dot"))).toContain("digraph tracegrad");
  });

  it("holds prompts, replies and refusals, with long texts behind an expander", async () => {
    const { document } = await pageOf(sampleEvents());
    const call = document.querySelector("#step-4-call-0");
    expect(plain(call)).toContain("You improve programs. Answer with the tool.");
    expect(plain(call?.querySelector("details.more summary"))).toMatch(/^Show \d.* more characters$/);
    const prompt = [...(call?.querySelectorAll(".turn:nth-of-type(2) pre") ?? [])]
      .map((part) => part.textContent)
      .join("");
    const step = sampleEvents().find((event) => event.type === "step" && event.step === 4);
    expect(prompt).toBe((step as { proposal: StepRecord }).proposal.exchanges[0]?.request.messages[0]?.content);
    expect(plain(document.querySelector("#refused"))).toContain("The function must keep its name and signature");
    expect(plain(document.querySelector("#step-3 summary"))).toContain("refused");
  });

  it("says that the cost is unknown where a price is, and shows accounts once", async () => {
    const events = sampleEvents().map((event) =>
      event.type === "spent" || event.type === "end" ? { ...event, spent: { ...event.spent, usd: undefined } } : event,
    );
    const { document } = await pageOf(events);
    expect(plain(document.querySelector("#summary"))).toContain("Costunknown");
    expect(document.querySelectorAll('#cost [aria-label*="round by round"] tbody tr')).toHaveLength(6);
  });

  it("shows the loop's description and every event", async () => {
    const { document } = await pageOf(sampleEvents());
    const shown = JSON.parse(document.querySelector("#spec pre")?.textContent ?? "") as unknown;
    expect(shown).toEqual((sampleEvents()[0] as { spec: unknown }).spec);
    const logged = sampleEvents().filter(({ type }) => type !== "round");
    expect(document.querySelectorAll("#log li")).toHaveLength(logged.length);
  });

  it("can be made at every moment of a run, also before its first event", async () => {
    const events = sampleEvents();
    for (let length = 0; length < events.length; length += 3) {
      const { document } = await pageOf(events.slice(0, length));
      expect(plain(document.querySelector("#state"))).toBe(length === 0 ? "Not started" : "Running or interrupted");
    }
  });

  it("is the same document for the same run", async () => {
    expect((await pageOf(sampleEvents(), 12)).text).toBe((await pageOf(sampleEvents(), 12)).text);
  });

  it("has headings in order, names for all regions, unique ids and no dead links", async () => {
    const { document } = await pageOf(sampleEvents());
    const levels = [...document.querySelectorAll("h1,h2,h3,h4")].map(({ tagName }) => Number(tagName[1]));
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const link of document.querySelectorAll('a[href^="#"]'))
      expect(ids).toContain(link.getAttribute("href")?.slice(1));
    for (const part of document.querySelectorAll("[role=group], svg, img")) {
      expect(part.getAttribute("aria-label") ?? part.getAttribute("alt")).toBeTruthy();
    }
  });
});

describe("the page's policy", () => {
  it("allows its own style and script by their hashes, pictures from data, and nothing else", async () => {
    const { document } = await pageOf(sampleEvents());
    const policy = document.querySelector("meta[http-equiv]")?.getAttribute("content");
    const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    expect(policy).toBe(
      `default-src 'none'; style-src ${hash(pageStyle)}; script-src ${hash(pageScript)}; img-src data:; base-uri 'none'; form-action 'none'`,
    );
    expect(document.querySelector("style")?.textContent).toBe(pageStyle);
    expect(document.querySelector("script")?.textContent).toBe(pageScript);
  });
});

/** All that our own markup is made of. */
const elements = new Set(
  (
    "html head meta link title style body a header div p h1 h2 h3 h4 nav ul ol li main section span dl dt dd small strong " +
    "svg g rect line text polygon polyline circle path details summary table caption colgroup col thead tbody tr th td i b " +
    "code pre article mark img button footer script"
  ).split(" "),
);

async function checkHarmless(events: Iterable<TrainEvent>): Promise<string> {
  const { text, document } = await pageOf(events);
  for (const element of document.querySelectorAll("*")) {
    expect(elements).toContain(element.tagName.toLowerCase());
    for (const { name, value } of element.attributes) {
      expect(name).not.toMatch(/^on|^style$|^srcdoc$|^formaction$|^action$|^ping$|^background$/);
      if (name === "href") expect(value).toMatch(/^#[\w-]*$|^data:,$/);
      if (name === "src") expect(value).toMatch(/^data:image\/(png|jpeg|gif|webp|svg\+xml);base64,[\w+/=]+$/);
    }
  }
  const ours = document.querySelectorAll("style, script, h1, head title, main");
  expect([...ours].map((element) => element.tagName)).toEqual(["TITLE", "STYLE", "H1", "MAIN", "SCRIPT"]);
  expect([document.querySelector("style")?.textContent, document.querySelector("script")?.textContent]).toEqual([
    pageStyle,
    pageScript,
  ]);
  expect(text).not.toMatch(/[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]|\p{Cs}/u);
  return text;
}

describe("hostile text in every field", () => {
  it.each(hostileTexts)("%s stays text", async (_, hostile) => {
    await checkHarmless(hostileEvents(hostile));
  });

  it("no sign of the data becomes markup", async () => {
    const letters = fc.constantFrom(..."<>\"'&/=!- \n\t`\\;:#", "script", "img", "on", "\0", "\u202e", "a");
    const texts = fc.array(letters, { maxLength: 12 }).map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(texts, texts, async (before, after) => {
        const text = await checkHarmless(hostileEvents(`${before}<zz9${after}"zz9='`));
        expect(text).not.toContain("<zz9");
        expect(text).not.toContain('"zz9=');
      }),
      { numRuns: 15 },
    );
  });

  it("an image of a conversation is shown only as data of a common kind", async () => {
    const image = (mediaType: string, data: string) => ({ type: "image" as const, mediaType, data });
    const content = [
      image("image/png", "iVBORw0KGgo="),
      image("image/svg+xml", "PHN2Zz4="),
      image('image/png" onerror="alert(1)', "iVBORw0KGgo="),
      image("image/png", 'x" onerror="alert(1)'),
      image("text/html", "PGI+"),
    ];
    const events = sampleEvents().map((event): TrainEvent => {
      if (event.type !== "step" || event.step !== 1) return event;
      const [exchange] = event.proposal.exchanges;
      if (exchange === undefined) return event;
      const request = { ...exchange.request, messages: [{ role: "user" as const, content }] };
      return { ...event, proposal: { ...event.proposal, exchanges: [{ ...exchange, request }] } };
    });
    await checkHarmless(events);
    const { document } = await pageOf(events);
    expect([...document.querySelectorAll("img")].map((one) => one.getAttribute("src"))).toEqual([
      "data:image/png;base64,iVBORw0KGgo=",
    ]);
  });
});

describe("secrets", () => {
  it("are in no part of the report", async () => {
    const secret = "sk-ant-api03-planted-secret-0123456789";
    const { text } = await pageOf(hostileEvents(`${secret} `), 12);
    expect(text).not.toContain("planted-secret");
    const pictures = [...text.matchAll(/base64,([\w+/=]+)/g)].map(([, data]) =>
      Buffer.from(data ?? "", "base64").toString(),
    );
    expect(pictures.join("")).not.toContain("planted-secret");
    expect(text).toContain("[redacted]");
  });

  it("are taken out by the function that is given", async () => {
    const text = await reportHtml(viewOf(sampleEvents()), {
      maxGraphs: 0,
      redact: (one) => one.replaceAll("apples", "fruit"),
    });
    expect(text).toContain("gsm-101-fruit");
    expect(text).not.toContain("apples");
  });
});

describe("large runs", () => {
  const long = (letter: string): string => `${letter.repeat(79)}\n`.repeat(20_000);

  it("stay small enough to open, and say what is left out", async () => {
    const sample = sampleEvents();
    const start = sample[0] as TrainEvent;
    const evaluation = sample.find(({ type }) => type === "evaluation") as Extract<TrainEvent, { type: "evaluation" }>;
    const step = sample.find(({ type }) => type === "step") as Extract<TrainEvent, { type: "step" }>;
    const [outcome] = evaluation.result.outcomes;
    if (outcome === undefined) throw new Error("The sample has no outcome.");
    const outcomes = Array.from({ length: 250 }, (_, index) => ({ ...outcome, exampleId: `example-${index}` }));
    const events: TrainEvent[] = [start];
    for (let at = 0; at < 300; at++) {
      const changes = [{ name: "prompt", before: `version ${at}`, after: `version ${at + 1}` }];
      events.push({ ...evaluation, step: at, result: { ...evaluation.result, outcomes } });
      events.push({ ...step, step: at + 1, proposal: { ...step.proposal, changes } });
    }
    const { text, document } = await pageOf(events, 12);
    expect(text.length).toBeLessThan(12_000_000);
    expect(document.querySelectorAll("#steps > details")).toHaveLength(200);
    expect(document.querySelectorAll(".paper img").length).toBeLessThanOrEqual(12);
    expect(plain(document.querySelector("#steps"))).toContain("100 steps left out");
    expect(plain(document.querySelector("#examples"))).toContain("Left out: 50 more examples, 260 evaluations");
  });

  it("hold long texts that differ in every line, cut", async () => {
    const events = sampleEvents().map((event): TrainEvent => {
      if (event.type !== "step" || event.step !== 1) return event;
      const changes = [{ name: "prompt", before: long("a"), after: long("b") }];
      return { ...event, proposal: { ...event.proposal, changes } };
    });
    const { text } = await pageOf(events);
    expect(text.length).toBeLessThan(3_000_000);
  });
});

describe("the section of workers", () => {
  const worker = { host: "one", pid: 1, concurrency: 8, active: 5, done: 20, failed: 0, isGone: false };
  const workers = {
    ...{ executor: "bullmq", at: Date.UTC(2026, 10, 29, 12), waiting: 7, perMinute: 90 },
    workers: [
      worker,
      { ...worker, pid: 2, active: 3, done: 10 },
      { ...worker, host: "two <b>", active: 6, done: 4, failed: 3, isGone: true },
    ],
  };

  it("sums them up by host, and says who is gone and what has failed", async () => {
    const page = await reportHtml({ ...viewOf(sampleEvents()), workers }, { maxGraphs: 0 });
    const section = /<section[^>]* id="workers"[^]*?<\/section>/.exec(page)?.[0] ?? "";
    const text = section.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
    expect(text).toContain("2 workers, 7 evaluations waiting, 90 made in the last minute.");
    expect(text).toContain("one 2 8 of 16 30 0");
    expect(text).toContain("two &lt;b&gt; 0 1 gone 0 of 0 4 3");
  });

  it("is not there for a run that makes its evaluations itself", async () => {
    expect(await reportHtml(viewOf(sampleEvents()), { maxGraphs: 0 })).not.toContain('id="workers"');
  });
});
