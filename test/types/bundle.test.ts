import { bundle, type Node, type Nodeable, node } from "tracegrad";
import { describe, expectTypeOf, test } from "vitest";

interface Message {
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly tags?: readonly string[];
}

// The types are checked by `tsc`; these functions are only looked at, not called.
const join = bundle((a: string, b: number, c?: boolean, ...rest: Date[]) => `${a}${b}${c}${rest.length}`);
const later = bundle(async (x: number) => x > 1);
const wrap = bundle(<T>(x: T): T[] => [x]);

describe("a traced function", () => {
  test("takes values and nodes where the function takes values", () => {
    expectTypeOf(join).parameter(0).toEqualTypeOf<Nodeable<string>>();
    expectTypeOf(join).toBeCallableWith("a", node(1));
    expectTypeOf(join).toBeCallableWith(node("a"), 1, node(true), new Date(), node(new Date()));
    // @ts-expect-error a number is no text
    void (() => join(1, 1));
    // @ts-expect-error a node of a number is no node of a text
    void (() => join(node(1), 1));
    // @ts-expect-error the second argument is not optional
    void (() => join("a"));
  });

  test("gives a node, or a promise of one", () => {
    expectTypeOf(join).returns.toEqualTypeOf<Node<string>>();
    expectTypeOf(later).returns.toEqualTypeOf<Promise<Node<boolean>>>();
    expectTypeOf(bundle(() => {})).returns.toEqualTypeOf<Node<void>>();
  });

  test("keeps unions together, booleans too", () => {
    expectTypeOf(bundle((x: number) => x > 1)).returns.toEqualTypeOf<Node<boolean>>();
    expectTypeOf(bundle((x: "a" | "b"): "a" | 1 => (x === "a" ? x : 1))).returns.toEqualTypeOf<Node<"a" | 1>>();
    const either = bundle((x: boolean): string | Promise<number> => (x ? "a" : Promise.resolve(1)));
    expectTypeOf(either).returns.toEqualTypeOf<Node<string> | Promise<Node<number>>>();
  });

  test("of a function that gives any gives a node of any", () => {
    expectTypeOf(bundle((text: string) => JSON.parse(text))).returns.toEqualTypeOf<
      Node<ReturnType<typeof JSON.parse>>
    >();
  });

  test("stays generic", () => {
    expectTypeOf(wrap("a")).toEqualTypeOf<Node<string[]>>();
    expectTypeOf(wrap(node(1))).toEqualTypeOf<Node<number[]>>();
  });

  test("is typed by the last overload of an overloaded function", () => {
    function pick(x: string): string;
    function pick(x: number): number;
    function pick(x: string | number): string | number {
      return x;
    }
    expectTypeOf(bundle(pick)).returns.toEqualTypeOf<Node<number>>();
    // @ts-expect-error the first overload is not seen
    void (() => bundle(pick)("a"));
  });

  test("takes nodes anywhere in arrays, records and interfaces", () => {
    const send = bundle(
      (messages: readonly Message[], options: { deep: { limit: number } }) => messages.length + options.deep.limit,
    );
    const content = node("why?");
    expectTypeOf(send).returns.toEqualTypeOf<Node<number>>();
    void (() => send([{ role: "user", content }], { deep: { limit: node(1) } }));
    void (() => send(node<Message[]>([]), { deep: node({ limit: 1 }) }));
    void (() =>
      send(
        [node<Message>({ role: "user", content: "a" }), { role: node("user" as const), content }],
        node({ deep: { limit: 1 } }),
      ));
    void (() => send([{ role: "user", content, tags: ["a", node("b")] }], { deep: { limit: 1 } }));
    // @ts-expect-error a node of a number is no content
    void (() => send([{ role: "user", content: node(1) }], { deep: { limit: 1 } }));
    // @ts-expect-error the role is missing
    void (() => send([{ content }], { deep: { limit: 1 } }));
  });

  test("does not look into what has methods: it is passed whole", () => {
    const wait = bundle((signal: AbortSignal, map: Map<string, number>) => signal.aborted && map.size);
    expectTypeOf(wait).parameter(0).toEqualTypeOf<AbortSignal | Node<AbortSignal>>();
    void (() => wait(new AbortController().signal, node(new Map<string, number>())));
    // @ts-expect-error a record of nodes is no signal
    void (() => wait({ aborted: node(true) }, new Map()));
  });

  test("takes nodes as keys and values of maps and in sets, and gives their values", () => {
    const count = bundle((map: Map<string, number[]>, set: ReadonlySet<string>) => map.size + set.size);
    void (() => count(new Map([["a", [node(1), 2]]]), new Set([node("a"), "b"])));
    void (() => count(new Map([[node("a"), node([1])]]), node(new Set(["a"]))));
    // @ts-expect-error a node of a text is no list of numbers
    void (() => count(new Map([["a", node("b")]]), new Set<string>()));
    expectTypeOf(bundle(() => new Map([["a", node(1)]]))).returns.toEqualTypeOf<Node<Map<string, number>>>();
    expectTypeOf(bundle(() => new Map([[node("a"), [1]]]))).returns.toEqualTypeOf<Node<Map<string, number[]>>>();
    expectTypeOf(bundle(() => new Set([[node("a")]]))).returns.toEqualTypeOf<Node<Set<string[]>>>();
    class Names extends Map<string, number> {}
    expectTypeOf(bundle(() => new Names())).returns.toEqualTypeOf<Node<Names>>();
  });

  test("gives the values of nodes in the body's result", () => {
    const inner = bundle((x: number) => x);
    expectTypeOf(bundle((x: number) => inner(x))).returns.toEqualTypeOf<Node<number>>();
    expectTypeOf(bundle((x: number) => [inner(x)])).returns.toEqualTypeOf<Node<number[]>>();
    expectTypeOf(bundle((x: number) => ({ a: { b: inner(x) }, c: "d" }))).returns.toEqualTypeOf<
      Node<{ a: { b: number }; c: string }>
    >();
    expectTypeOf(bundle(async (x: number) => inner(x))).returns.toEqualTypeOf<Promise<Node<number>>>();
    interface Answer {
      readonly text: Node<string>;
    }
    expectTypeOf(bundle((): Answer => ({ text: node("a") }))).returns.toEqualTypeOf<Node<{ readonly text: string }>>();
  });

  test("takes no data of a program for a node that have some fields of one", () => {
    interface Step {
      readonly data: number;
      readonly operation: { readonly kind: string; readonly name: string };
      readonly parents: readonly Step[];
      readonly inner: readonly Step[];
    }
    expectTypeOf(bundle((step: Step) => step)).returns.toEqualTypeOf<Node<Step>>();
    expectTypeOf(bundle((steps: Step[]) => ({ steps }))).returns.toEqualTypeOf<Node<{ steps: Step[] }>>();
  });

  test("keeps the names of classes and interfaces in its result", () => {
    class Robot {
      #model = "T";
      get model(): string {
        return this.#model;
      }
    }
    expectTypeOf(bundle(() => new Robot())).returns.toEqualTypeOf<Node<Robot>>();
    expectTypeOf(bundle((): Message => ({ role: "user", content: "" }))).returns.toEqualTypeOf<Node<Message>>();
    expectTypeOf(bundle(() => new Map([["a", 1]]))).returns.toEqualTypeOf<Node<Map<string, number>>>();
  });

  test("is made by bundle(options) too", () => {
    const named = bundle({ name: "named" })((x: number) => `${x}`);
    expectTypeOf(named).toEqualTypeOf<(x: Nodeable<number>) => Node<string>>();
  });

  test("does not take options that do not exist, nor what is no function", () => {
    expectTypeOf(bundle).parameter(0).not.toEqualTypeOf<string>();
    // @ts-expect-error there is no such option
    void (() => bundle((x: number) => x, { trainble: true }));
    // @ts-expect-error a text is no function
    void (() => bundle("text"));
  });
});
