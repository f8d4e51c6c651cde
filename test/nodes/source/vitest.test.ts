import { describe, expect, test } from "vitest";
import { type CallSite, captureCallSite } from "../../../src/nodes/source/call-site.ts";
import { locate } from "../../../src/nodes/source/locate.ts";
import { recoverSource } from "../../../src/nodes/source/recover.ts";
import type { RecoveredSource } from "../../../src/nodes/source/recovered-source.ts";

describe("in Vitest itself", () => {
  /** A stand-in for `bundle`; its own frame is left out of the trace, as tracegrad's frames are. */
  function mark(fn: Function): RecoveredSource {
    const [message, taker, _own, ...callers] = String(captureCallSite().trace.stack).split("\n");
    const stack = [message, taker, ...callers].join("\n");
    return recoverSource({ fn, kind: "function", site: { trace: { stack } } });
  }

  /** Takes the answer. */
  async function extract(response: string, limit?: number): Promise<string> {
    return response.slice(0, limit); // All of it.
  }

  test("a declared function is recovered with its types", () => {
    expect(mark(extract)).toMatchObject({
      origin: "source",
      doc: "Takes the answer.",
      signature: "async extract(response: string, limit?: number): Promise<string>",
      text: [
        "async function extract(response: string, limit?: number): Promise<string> {",
        "  return response.slice(0, limit); // All of it.",
        "}",
      ].join("\n"),
    });
  });

  test("an arrow is recovered in an async frame, though its parameter shadows another", async () => {
    const response = await Promise.resolve("shadowed");
    const twice = mark((response: string): string => response + response);
    expect([twice.origin, twice.text, response]).toEqual([
      "source",
      "const twice = (response: string): string => response + response;",
      "shadowed",
    ]);
  });

  test("a call site is the caller, and eval'ed callers have none", () => {
    const site = captureCallSite();
    expect(locate(site)?.file).toMatch(/vitest\.test\.ts$/);
    expect(locate(new Function("capture", "return capture()")(captureCallSite) as CallSite)).toBeUndefined();
  });

  test("capturing leaves the program's own stack limit as it was", () => {
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    const site = captureCallSite();
    const during = Error.stackTraceLimit;
    Error.stackTraceLimit = before;
    expect([during, locate(site)?.file.endsWith("vitest.test.ts")]).toEqual([0, true]);
  });
});
