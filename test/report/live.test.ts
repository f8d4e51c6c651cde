import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { serveReport } from "../../src/report/live.ts";
import { type RunView, viewOf } from "../../src/report/view.ts";
import { TracegradError } from "../../src/util/errors.ts";
import { sampleEvents } from "./sample.ts";

const view = viewOf(sampleEvents());
const load = async (): Promise<RunView> => view;

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One request with exactly these headers, `Host` too. */
function ask(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, method, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("serveReport", () => {
  it("serves the report on this machine, under a policy that only lets it ask its own server", async () => {
    await using server = await serveReport(load, { maxGraphs: 0 });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const { status, headers, text } = await ask(server.url);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(text).toContain("solver-2026-11-22");
    const policy = String(headers["content-security-policy"]);
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; img-src data:; connect-src 'self'/,
    );
    // The page's own policy is the same, so both allow what the other one does.
    expect(text).toContain(policy.split("; frame-ancestors")[0]?.replaceAll("'", "&#39;"));
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  it("answers with a new page when the run went on, and with nothing new when it did not", async () => {
    let current = viewOf(sampleEvents().slice(0, 6));
    await using server = await serveReport(async () => current, { maxGraphs: 0 });
    const first = await ask(server.url);
    const tag = String(first.headers["etag"]);
    expect((await ask(server.url, { "If-None-Match": tag })).status).toBe(304);
    current = view;
    await expect.poll(async () => (await ask(server.url, { "If-None-Match": tag })).status).toBe(200);
    expect((await ask(server.url)).text).toContain("budget used up");
  });

  it.each([
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "localhost.evil.example:1",
    "1.2.3.4",
    "127.0.0.1@evil.example",
    "[::2]",
  ])("refuses a request to the host %j", async (host) => {
    await using server = await serveReport(load, { maxGraphs: 0 });
    const { status, text } = await ask(server.url, { Host: host });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain("solver-2026");
  });

  it.each(["localhost", "localhost:4000", "LOCALHOST", "127.0.0.1", "[::1]:80"])("answers to %s", async (host) => {
    await using server = await serveReport(load, { maxGraphs: 0 });
    expect((await ask(server.url, { Host: host })).status).toBe(200);
  });

  it("has one page, to be read only", async () => {
    await using server = await serveReport(load, { maxGraphs: 0 });
    expect((await ask(`${server.url}../../etc/passwd`)).status).toBe(404);
    expect((await ask(server.url, {}, "POST")).status).toBe(405);
    expect((await ask(server.url, {}, "HEAD")).text).toBe("");
  });

  it("says why a run cannot be read, as plain text without secrets, and goes on", async () => {
    let isBroken = true;
    await using server = await serveReport(
      async () => {
        if (isBroken) throw new Error("<b>no journal</b> for sk-abcdefghijklmnop");
        return view;
      },
      { maxGraphs: 0 },
    );
    const { status, headers, text } = await ask(server.url);
    expect([status, headers["content-type"]]).toEqual([503, "text/plain; charset=utf-8"]);
    expect(text).toBe("The run cannot be read now. Error: <b>no journal</b> for [redacted]\n");
    isBroken = false;
    await expect.poll(async () => (await ask(server.url)).status).toBe(200);
  });

  it("reads the run once for many requests at a time", async () => {
    let readings = 0;
    await using server = await serveReport(
      async () => {
        readings += 1;
        return view;
      },
      { maxGraphs: 0 },
    );
    await Promise.all(Array.from({ length: 10 }, () => ask(server.url)));
    expect(readings).toBeLessThanOrEqual(2);
  });

  it("closes with connections open, twice is once, and then nobody answers", async () => {
    const server = await serveReport(load, { maxGraphs: 0 });
    await fetch(server.url);
    await server.close();
    await server.close();
    await expect(ask(server.url)).rejects.toThrow("ECONNREFUSED");
  });

  it("names a port that is taken, and the mend", async () => {
    await using server = await serveReport(load);
    const port = Number(new URL(server.url).port);
    const failure = await serveReport(load, { port }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TracegradError);
    expect((failure as TracegradError).code).toBe("cannot-listen");
    expect((failure as TracegradError).message).toContain(`port ${port}`);
  });
});
