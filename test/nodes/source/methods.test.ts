import { describe, expect, test } from "vitest";
import { recoverSource } from "../../../src/nodes/source/recover.ts";
import { recoverMethod, running, siteAt } from "./sites.ts";

describe("of several similar methods the right one is found", () => {
  const extract = running("({ extract(response) { return response; } }).extract");
  const method = (body: string) => `extract(response: string): string { return ${body}; }`;
  const decorated = (body: string) => `  @bundle()\n  ${method(body)}\n`;

  test("by the place of the decorator", () => {
    const marked = `class A {\n${decorated("1")}}\nclass B {\n  @§bundle()\n  ${method("2")}\n}\nclass C {\n${decorated("3")}}`;
    expect(recoverMethod(marked, extract, "extract").text).toBe(
      "function extract(response: string): string { return 2; }",
    );
  });

  test("by the class, when the place is that of a helper in it", () => {
    const marked = `class A {\n${decorated("1")}}\nclass B {\n  other = 1;§\n${decorated("2")}}\nclass C {\n${decorated("3")}}`;
    expect(recoverMethod(marked, extract, "extract").text).toContain("return 2");
  });

  test("by the nearest class, when the place is between classes", () => {
    const marked = `class A {\n${decorated("1")}}\n\n\n\n\n§\nclass B {\n${decorated("2")}}`;
    expect(recoverMethod(marked, extract, "extract").text).toContain("return 2");
  });

  test("by the decorator, when a class inside of it has a method of that name", () => {
    const marked = `class A {§\n  make() { return class { ${method("1")} }; }\n${decorated("2")}}`;
    expect(recoverMethod(marked, extract, "extract").text).toContain("return 2");
  });

  test("by its parameters, when an instance and a static method share the name", () => {
    const marked = `class A {§\n  @bundle()\n  static extract(response: string, at: number) {}\n${decorated("2")}}`;
    expect(recoverMethod(marked, extract, "extract").text).toContain("return 2");
  });

  test("past overload signatures, whose JSDoc it takes", () => {
    const marked = `abstract class A {\n  /** It. */\n  extract(response: string): string;\n  @§bundle()\n  ${method("2")}\n}`;
    expect(recoverMethod(marked, extract, "extract")).toMatchObject({ origin: "source", doc: "It." });
  });

  test("and none when no method fits", () => {
    const marked = `class A {\n  @§bundle()\n  extract(other: string) {}\n}`;
    expect(recoverMethod(marked, extract, "extract")).toMatchObject({
      origin: "toString",
      text: "function extract(response) { return response; }",
    });
  });
});

describe("a method becomes a function", () => {
  test("without modifiers, decorators and its `this` parameter", () => {
    const fn = running("({ async solve(question, ...rest) {} }).solve");
    const marked = [
      "class A extends B {",
      "  @log",
      "  @§bundle({ trainable: true })",
      "  /** It. */",
      "  public override async solve<T>(this: Traced<A>, question: T, ...rest: string[]): Promise<T> {",
      "    return question;",
      "  }",
      "}",
    ].join("\n");
    expect(recoverMethod(marked, fn, "solve")).toMatchObject({
      text: "async function solve<T>(question: T, ...rest: string[]): Promise<T> {\n  return question;\n}",
      name: "solve",
      unnamed: false,
      minified: false,
      doc: "It.",
      params: [
        { name: "question", rest: false, optional: false, pattern: undefined, hasDefault: false },
        { name: "rest", rest: true, optional: false, pattern: undefined, hasDefault: false },
      ],
      async: true,
      signature: "async solve<T>(question: T, ...rest: string[]): Promise<T>",
      origin: "source",
    });
  });

  test("also when `this` is all it takes", () => {
    const marked = "class A {\n  @§bundle()\n  run(this: Traced<A>,) {}\n}";
    expect(recoverMethod(marked, running("({ run() {} }).run"), "run").text).toBe("function run() {}");
  });

  test("whose signature has no comments, also from its compiled text", () => {
    const fn = running("({ run(a = /* one */ 1, // two\n b = [ // three\n 2]) {} }).run");
    const { signature, origin } = recoverSource({ fn, kind: "method", site: siteAt("/nowhere.ts", 1, 1) });
    expect([signature, origin]).toEqual(["run(a = 1, b = [ 2])", "toString"]);
  });

  test("also from its compiled text, a private, generator or oddly named one too", () => {
    const site = siteAt("/nowhere.ts", 1, 1);
    const text = (source: string) => recoverSource({ fn: running(source), kind: "method", site }).text;
    expect(text("new (class { #secret(x) { return x; } open() { return this.#secret; } })().open()")).toBe(
      "function secret(x) { return x; }",
    );
    expect(text("({ async *each(x) {} }).each")).toBe("async function* each(x) {}");
    expect(text("({ delete(x) {} }).delete")).toBe("function delete_(x) {}");
    expect(text("({ 'a-b'(x) {} })['a-b']")).toBe("function a_b(x) {}");
  });
});
