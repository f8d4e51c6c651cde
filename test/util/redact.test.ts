import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactData, redactor } from "../../src/util/redact.ts";
import { leastTime } from "../processor-time.ts";

const environment = {
  SERVICE_API_KEY: "pa$$w0rd(.*)+long",
  OTHER_TOKEN: "pa$$w0rd(.*)+long-and-longer",
  DB_SECRET: 'quote"and\\slash and\nline',
  SHORT_KEY: "short",
  EMPTY_KEY: "",
  PATH: "/usr/bin:/usr/local/bin",
};
const redact = redactor(environment);

describe("redactor", () => {
  it.each([
    ["an API key", "sk-ant-api03-AbCdEf_123456-xyz"],
    ["an API key of another maker", "sk-proj-1234567890abcdefghij"],
    ["a payment key", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"],
    ["a GitHub token", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"],
    ["an AWS key", "AKIAIOSFODNN7EXAMPLE"],
    ["a Google key", "AIzaSyA1234567890abcdefghijklmnopqrstuv"],
    ["a Slack token", "xoxb-123456789012-abcdefghijkl"],
    ["a JSON web token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"],
    ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nxyz\n-----END RSA PRIVATE KEY-----"],
    ["the value of a variable that holds a key", environment.SERVICE_API_KEY],
    ["a value that another one begins", environment.OTHER_TOKEN],
    ["a value inside of JSON", JSON.stringify(environment.DB_SECRET).slice(1, -1)],
    ["a value inside of a URL", encodeURIComponent(environment.DB_SECRET)],
  ])("takes out %s", (_, secret) => {
    expect(redact(`before ${secret} after`)).toBe("before [redacted] after");
  });

  it("takes out the token of a bearer, and leaves the word", () => {
    expect(redact('{"authorization":"Bearer abc.def-123_456"}')).toBe('{"authorization":"Bearer [redacted]"}');
  });

  it("takes out a private key that was cut short", () => {
    expect(redact("x -----BEGIN PRIVATE KEY-----\nMIIE")).toBe("x [redacted]");
  });

  it("leaves short values, values of other variables and ordinary words", () => {
    const text = `short /usr/bin:/usr/local/bin scikit sk-learn risk-averse basic understanding npm_config_registry`;
    expect(redact(text)).toBe(text);
  });

  it("reads the environment of this process when none is given", () => {
    process.env["TRACEGRAD_TEST_SECRET"] = "only-for-this-test";
    try {
      expect(redactor()("x only-for-this-test")).toBe("x [redacted]");
    } finally {
      delete process.env["TRACEGRAD_TEST_SECRET"];
    }
  });

  it("leaves no known secret in any text", () => {
    const secret = environment.SERVICE_API_KEY;
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(redact(before + secret + after)).not.toContain(secret);
      }),
    );
  });

  it("takes time in proportion to the text, also for texts that almost match", () => {
    for (const unit of ["sk-", "Bearer ", "eyJ", "-----BEGIN PRIVATE KEY", "eyJaaaaaaaaa.aaaaaaaaa"]) {
      const [short, long] = [2_000, 16_000].map((count) => leastTime(() => redact(unit.repeat(count)))) as [
        number,
        number,
      ];
      // 8 times the text: 64 times the time if that grew with the square.
      expect(long / short).toBeLessThan(30);
    }
  });
});

describe("redactData", () => {
  it("takes secrets out of texts at any depth, and out of the names of fields", () => {
    const data = { list: [{ "sk-abcdefghijkl": "x sk-abcdefghijkl" }], number: 1, nothing: null };
    expect(redactData(data, redact)).toEqual({ list: [{ "[redacted]": "x [redacted]" }], number: 1, nothing: null });
  });

  it("keeps a field named __proto__ a field", () => {
    const data = JSON.parse('{"__proto__":{"a":"sk-abcdefghijkl"}}') as object;
    expect(JSON.stringify(redactData(data, redact))).toBe('{"__proto__":{"a":"[redacted]"}}');
  });
});
