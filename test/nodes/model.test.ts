import { EventEmitter } from "node:events";
import {
  bundle,
  commit,
  isNode,
  model,
  type Node,
  node,
  type Parameter,
  parameter,
  parametersOf,
  type Traced,
  t,
  trace,
} from "tracegrad";
import { describe, expect, test } from "vitest";

const ask = bundle(async (prompt: string) => `${prompt} Answer: 42`, { name: "ask" });

class Solver {
  instruction = parameter("Think.", { doc: "How to answer." });
  readonly kind: string;
  #calls = 0;

  constructor(kind = "plain") {
    this.kind = kind;
  }

  /** Takes the answer out of the response. */
  @bundle({ trainable: true })
  extract(response: string): string {
    return response.split("Answer:")[1]?.trim() ?? "";
  }

  @bundle()
  count(): number {
    return ++this.#calls;
  }

  @bundle()
  tidy(text: string): string {
    return this.clean(text);
  }

  clean(text: string): string {
    return text.trim();
  }

  get calls(): number {
    return this.#calls;
  }

  static shared = "static";

  @bundle()
  static twice(x: number): number {
    return x * 2;
  }

  async solve(this: Traced<Solver>, question: Node<string>): Promise<Node<string>> {
    return this.extract(await ask(t`${this.instruction} ${question}`));
  }

  see(this: Traced<Solver>, ...args: readonly Node[]): readonly unknown[] {
    return args;
  }
}

describe("a model", () => {
  test("traces a composition of bundled methods, and feedback reaches its parameters", async () => {
    const solver = model(Solver);
    const graph = await trace(() => solver.solve("6 * 7?"));
    expect(graph.value).toBe("42");
    expect(graph.nodes.map((one) => one.name)).toEqual(
      expect.arrayContaining(["instruction", "question", "text", "ask", "extract"]),
    );
    const credit = graph.backward("Correct.");
    expect([...credit.signals.keys()].map((one) => one.name).sort()).toEqual(["extract", "instruction"]);
  });

  test("is an instance of its class, made with the constructor's arguments", () => {
    const solver = model(Solver, "special");
    expect(solver).toBeInstanceOf(Solver);
    expect(solver.kind).toBe("special");
  });

  test("has private fields, getters and methods as its class wrote them", () => {
    const solver = model(Solver);
    solver.count();
    expect([solver.count().data, solver.calls, Object.keys(solver)]).toEqual([2, 2, ["instruction", "kind"]]);
  });

  test("may be used without its methods' object: they are bound", async () => {
    const { solve, count } = model(Solver);
    expect((await solve("q")).data).toBe("42");
    expect([count().data, count().data]).toEqual([1, 2]);
  });

  test("gives plain arguments of a composition as nodes named after its parameters", () => {
    class Pair {
      both(this: Traced<Pair>, left: Node<number>, right: Node<number>): readonly Node[] {
        return [left, right];
      }
    }
    const given = node(2, { name: "mine" });
    const [one, two] = model(Pair).both(1, given);
    expect([one?.name, one?.data, two]).toEqual(["left", 1, given]);
  });

  test("leaves functions, undefined, nodes and containers of nodes as they are", () => {
    const solver = model(Solver) as unknown as { see(...args: unknown[]): readonly unknown[] };
    const x = node(1);
    const given = [x, [x], { x }, Math.max, undefined];
    expect(solver.see(...given)).toEqual(given);
    expect(solver.see({ plain: 1 }, [1], null, "text").map(isNode)).toEqual([true, true, true, true]);
  });

  test("runs an undecorated method on plain values inside of a bundled one", () => {
    expect(model(Solver).tidy("  a ").data).toBe("a");
  });

  test("leaves static members with the class, where bundled ones give nodes", () => {
    const twice = Solver.twice as unknown as (x: number) => Node<number>;
    expect([twice.call(Solver, 4).data, twice(4).op, Solver.shared]).toEqual([8, "twice", "static"]);
  });

  test("has code parameters of its own: one instance's rewrite is not another's", async () => {
    const [one, two] = [model(Solver), model(Solver)];
    const [code] = parametersOf(one.extract) as [Parameter];
    commit([{ parameter: code, value: 'function extract(response: string): string { return "new"; }' }]);
    expect([one.extract("Answer: old").data, two.extract("Answer: old").data]).toEqual(["new", "old"]);
    expect(parametersOf(one)).toContain(code);
    expect(parametersOf(two)).not.toContain(code);
  });

  test("has subclasses that override, call super, and inherit", () => {
    class Base {
      prefix = parameter("<");

      @bundle()
      wrap(x: string): string {
        return `[${x}]`;
      }

      @bundle({ trainable: true })
      keep(x: string): string {
        return x;
      }

      go(this: Traced<Base>, x: Node<string>): Node<string> {
        return t`${this.prefix}${this.wrap(x)}`;
      }
    }
    class Derived extends Base {
      @bundle()
      override wrap(x: string): string {
        return `${(super.wrap(x) as unknown as Node<string>).data}!`;
      }

      override go(this: Traced<Derived>, x: Node<string>): Node<string> {
        return t`${Base.prototype.go.call(this, x)}${this.keep(">")}`;
      }
    }
    const derived = model(Derived);
    const graph = trace(() => derived.go("a"));
    expect(graph.value).toBe("<[a]!>");
    expect(parametersOf(derived).map((one) => one.name)).toEqual(["keep", "prefix"]);
    expect(derived).toBeInstanceOf(Base);
    expect(model(Base).go("a").data).toBe("<[a]");
  });

  test("trains a method that its override calls, and not one that is replaced", async () => {
    class Base {
      @bundle({ trainable: true })
      keep(x: string): string {
        return `base ${x}`;
      }
    }
    class Composed extends Base {
      override keep(x: string): string {
        return t`${super.keep(x)}!` as never;
      }
    }
    class Bundled extends Base {
      @bundle()
      override keep(x: string): string {
        return `${(super.keep(x) as unknown as Node<string>).data}!`;
      }
    }
    class Borrowed extends Base {
      override keep(x: string): string {
        return t`${Base.prototype.keep.call(this, x)}!` as never;
      }
    }
    class Elsewhere extends Composed {
      override keep(x: string): string {
        return this.shout(x);
      }
      shout(x: string): string {
        return t`${super.keep(x)}?` as never;
      }
    }
    class Replaced extends Base {
      @bundle()
      override keep(x: string): string {
        return x;
      }
    }
    for (const Class of [Composed, Bundled, Borrowed, Elsewhere]) {
      const made = model(Class);
      const [code, ...others] = parametersOf(made) as [Parameter];
      expect(others).toEqual([]);
      const graph = trace(() => made.keep("x") as unknown as Node<string>);
      expect(graph.value).toMatch(/^base x!/);
      expect([...graph.backward("wrong").signals.keys()]).toEqual([code]);
      commit([{ parameter: code, value: 'function keep(x: string): string { return "new"; }' }]);
      expect(trace(() => made.keep("x") as unknown as Node<string>).value).toMatch(/^new!/);
      expect(trace(() => model(Class).keep("x") as unknown as Node<string>).value).toMatch(/^base x!/);
    }
    expect(parametersOf(model(Replaced))).toEqual([]);
  });

  test("keeps a field that takes the place of a method", () => {
    class Base {
      @bundle()
      tidy(x: string): string {
        return x;
      }
      limit(): number {
        return 1;
      }
      see(this: Traced<Base>, x: Node<string>): Node<string> {
        return x;
      }
    }
    class Derived extends Base {
      override tidy = (x: string) => `${x}!`;
      override limit = 3 as never;
      override see = (this as unknown as Base).see.bind(this as never) as never;
    }
    const made = model(Derived) as unknown as { tidy(x: string): string; limit: number; see(x: string): Node<string> };
    expect([made.tidy("a"), made.limit, made.see("a").name]).toEqual(["a!", 3, "x"]);
  });

  test.each([Object.freeze, Object.seal, Object.preventExtensions])(
    "whose constructor closes its instances by %s is refused by name",
    (close) => {
      class Closed {
        prompt = parameter("p");
        constructor() {
          close(this);
        }
        ask(q: Node<string>): Node<string> {
          return t`${this.prompt} ${q}`;
        }
      }
      expect(() => model(Closed)).toThrow(
        expect.objectContaining({
          code: "bad-model",
          message: expect.stringMatching(/^Closed closes its instances, so that "ask" cannot be traced: leave Object/),
        }),
      );
    },
  );

  test("may hold other models, and pass its parameters on", () => {
    class Team {
      readonly members = [model(Solver), model(Solver)];
    }
    const team = model(Team);
    expect(parametersOf(team).map((one) => one.name)).toEqual(["extract", "instruction", "extract", "instruction"]);
  });

  test("may extend what Node and the language bring along, which works on plain values", () => {
    class Memory extends Map<string, number> {}
    class Bus extends EventEmitter {}
    const heard: unknown[] = [];
    const [memory, bus] = [model(Memory) as unknown as Memory, model(Bus) as unknown as Bus];
    bus.on("event", (value) => heard.push(value));
    bus.emit("event", 1);
    expect([memory.set("a", 1).get("a"), heard]).toEqual([1, [1]]);
  });

  test("may have a constructor that throws: the error is the constructor's", () => {
    class Broken {
      constructor() {
        throw new RangeError("no");
      }
    }
    expect(() => model(Broken)).toThrow(RangeError);
  });

  test("is made from the class, not from an object of it", () => {
    expect(() => model(new Solver())).toThrow(
      /This solver has its own parameters or bundled methods\. Pass its class instead, model\(Class, …arguments\)/,
    );
    expect(() => model((() => 1) as never)).toThrow(/is a function, not a class\. Use bundle\(\)/);
    expect(() => model(null as never)).toThrow(/takes a class or an object, not null/);
    expect(() => model("text" as never)).toThrow(expect.objectContaining({ code: "bad-model" }));
  });
});
