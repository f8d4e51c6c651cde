import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { jsonErrorAt } from "../../../src/training/data/json-error.ts";
import { loadCsv, loadJson, loadJsonl } from "../../../src/training/data/load.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracegrad-data-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe("loadJson", () => {
  it("gives the objects of an array, or of the field or function that is named", async () => {
    const rows = [{ input: "a", target: "b" }];
    expect(await loadJson(await file("rows.json", JSON.stringify(rows)))).toEqual(rows);
    const nested = await file("nested.json", `\uFEFF${JSON.stringify({ canary: "x", examples: rows })}`);
    const named = await loadJson<{ input: string; target: string }>(nested, "examples");
    expect(named).toEqual(rows);
    expectTypeOf(named).toEqualTypeOf<{ input: string; target: string }[]>();
    expect(await loadJson(nested, (data) => (data as { examples: unknown }).examples)).toEqual(rows);
  });

  it("says where the rows may be when the file holds no array", async () => {
    const path = await file("object.json", '{"canary": 1, "examples": [{}]}');
    await expect(loadJson(path)).rejects.toThrow(
      /object\.json: the file holds .*not an array\. .*loadJson\(path, "examples"\)/,
    );
    await expect(loadJson(path, "tasks")).rejects.toThrow('the field "tasks" is undefined, not an array');
    await expect(loadJson(path, () => 7)).rejects.toThrow("`pick` gave 7, not an array");
    await expect(loadJson(await file("number.json", "7"))).rejects.toThrow("Give the file of an array of objects");
    await expect(loadJson(await file("mixed.json", "[{}, 7]"))).rejects.toThrow("item 1 is 7, not an object");
  });

  const shapes: Record<string, readonly [data: unknown, rows: unknown]> = {
    "a field of rows": [{ canary: 1, ids: [1, 2], rows: [{ a: 1 }] }, [{ a: 1 }]],
    "rows deeper down": [{ data: { "the rows": [{ a: 1 }] } }, [{ a: 1 }]],
    columns: [
      { input: ["a", "c"], target: ["b", "d"], "no name": [1, 2] },
      [
        { input: "a", target: "b", "no name": 1 },
        { input: "c", target: "d", "no name": 2 },
      ],
    ],
    "rows by id": [{ first: { a: 1 }, second: { a: 2 } }, [{ a: 1 }, { a: 2 }]],
    "single values": [
      ["a", "b"],
      [{ input: "a" }, { input: "b" }],
    ],
  };
  it.each(Object.keys(shapes))("advises a call that works for a file of %s", async (name) => {
    const [data, rows] = shapes[name] as readonly [unknown, unknown];
    const path = await file("shape.json", JSON.stringify(data));
    const first = ["input", "canary"].find((field) => Object.hasOwn(data as object, field));
    for (const pick of [undefined, first ?? "missing", () => "nothing"]) {
      const message = await loadJson(path, pick).then(String, (error: Error) => error.message);
      const [, call] = /loadJson\(path, (.*)\)\.$/.exec(message) ?? [];
      const advised: unknown = new Function(`return ${String(call).replace("data: any", "data")}`)();
      expect(await loadJson(path, advised as never)).toEqual(rows);
    }
  });

  it.each(["7", "{}", '{"a": [1], "b": [1, 2]}', "[[1], [2]]"])("advises no call for %s", async (text) => {
    const path = await file("none.json", text);
    await expect(loadJson(path, () => 7)).rejects.toThrow(/`pick` gave 7, not an array\. Give the file of an array/);
  });

  it("names the file and the line of broken JSON, also at its end", async () => {
    await expect(loadJson(await file("bad.json", '[\n  {"a": 1},\n  {"b": }\n]'))).rejects.toThrow(
      /bad\.json, line 3: not JSON/,
    );
    await expect(loadJson(await file("cut.json", '[\n  {"a": 1},\n  {"b": "'))).rejects.toThrow(
      /cut\.json, line 3: not JSON/,
    );
    await expect(loadJson(await file("empty.json", ""))).rejects.toMatchObject({ code: "bad-data" });
  });

  it("names a file that cannot be read, or is no UTF-8", async () => {
    await expect(loadJson(join(folder, "missing.json"))).rejects.toThrow(/missing\.json: cannot be read: .*ENOENT/);
    await expect(loadJson(folder)).rejects.toThrow(/cannot be read: .*EISDIR/);
    await expect(loadJson(await file("latin.json", Uint8Array.of(0x22, 0xe9, 0x22)))).rejects.toThrow("not UTF-8");
  });
});

describe("loadJsonl", () => {
  it("gives one row a line, whatever ends the lines, without the empty ones", async () => {
    const path = await file("rows.jsonl", '{"question":"a\\nb"}\r\n\n{"question":"c"}\n   \n');
    expect(await loadJsonl(path)).toEqual([{ question: "a\nb" }, { question: "c" }]);
  });

  it("names the line that is no JSON object", async () => {
    await expect(loadJsonl(await file("bad.jsonl", '{"a":1}\n\n{"a":\n'))).rejects.toThrow(
      /bad\.jsonl, line 3: not JSON/,
    );
    await expect(loadJsonl(await file("list.jsonl", '{"a":1}\n[1]\n'))).rejects.toThrow("line 2: [1] is not an object");
  });
});

describe("loadCsv", () => {
  it("gives rows by the header, with quotes, commas and line ends inside fields, as text", async () => {
    const path = await file("rows.csv", '\uFEFFname,note,n\r\n"Ann","a, ""b""\nc",1\r\n\r\nBob,,2\r\n');
    expect(await loadCsv(path)).toEqual([
      { name: "Ann", note: 'a, "b"\nc', n: "1" },
      { name: "Bob", note: "", n: "2" },
    ]);
  });

  it("takes other delimiters, and names for a file without a header", async () => {
    const path = await file("plain.tsv", "1\t2\n3\t4\n");
    expect(await loadCsv(path, { delimiter: "\t", columns: ["a", "b"] })).toEqual([
      { a: "1", b: "2" },
      { a: "3", b: "4" },
    ]);
  });

  it("names the file, the line and the mend of what is wrong", async () => {
    const short = loadCsv(await file("short.csv", "a,b\n1,2\n3\n"));
    await expect(short).rejects.toThrow(/short\.csv, line 3: .*Give each line as many fields as the header/);
    await expect(loadCsv(await file("open.csv", 'a,b\n1,"2\n'))).rejects.toThrow(/open\.csv.*quote/i);
    await expect(loadCsv(await file("twice.csv", "a,b,a\n1,2,3\n"))).rejects.toThrow('column 3 has the name "a"');
    await expect(loadCsv(await file("empty-name.csv", "a,,b\n1,2,3\n"))).rejects.toThrow("column 2 has no name");
    await expect(loadCsv(await file("proto.csv", "a,__proto__\n1,2\n"))).rejects.toThrow('the name "__proto__"');
    await expect(loadCsv(join(folder, "missing.csv"))).rejects.toMatchObject({ code: "bad-data" });
  });
});

describe("jsonErrorAt", () => {
  it("finds the first character that cannot be", () => {
    for (const [text, offset] of [
      ["[1, 2,]", 6],
      ["[1 2]", 3],
      ['{"a": }', 6],
      ['{"a" 1}', 5],
      ["{a: 1}", 1],
      ["{'a': 1}", 1],
      ['{"a": 1,}', 8],
      ["[1]]", 3],
      ["[01]", 1],
      ["[nan]", 1],
      ['["a\n"]', 1],
      ['["\\x"]', 1],
      ["{]", 1],
      ["[1", 2],
      ['{"a"', 4],
      [",", 0],
    ] as const) {
      expect([text, jsonErrorAt(text)]).toEqual([text, offset]);
    }
  });

  it("lets through what JSON lets through, and long texts too", () => {
    for (const value of ["\u007f\u009f", "\ud800", "\n\t\u0001", "x".repeat(1_000_000), [[], {}], " "]) {
      const json = JSON.stringify(value);
      expect(jsonErrorAt(json)).toBe(json.length);
    }
  });

  it("finds no error in any JSON, and never one beyond the place where JSON was broken", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom("@", "}", "]", ",", ":", '"'), (json, pick, insert) => {
        expect(jsonErrorAt(json)).toBe(json.length);
        const at = pick % (json.length + 1);
        const broken = json.slice(0, at) + insert + json.slice(at);
        let isJson = true;
        try {
          JSON.parse(broken);
        } catch {
          isJson = false;
        }
        if (isJson) expect(jsonErrorAt(broken)).toBe(broken.length);
        // A quote that is opened by mistake may only end a text later.
        else if (insert === "@" && !insideText(json, at)) expect(jsonErrorAt(broken)).toBeLessThanOrEqual(at);
      }),
      { numRuns: 300 },
    );
  });
});

function insideText(json: string, at: number): boolean {
  let inside = false;
  for (let index = 0; index < at; index++) {
    if (json[index] === "\\") index++;
    else if (json[index] === '"') inside = !inside;
  }
  return inside;
}
