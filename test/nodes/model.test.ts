import { EventEmitter } from "node:events";
import {
  bundle,
  commit,
  isNode,
  loadSandbox,
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
    await loadSandbox();
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
      /This solver has parameters or bundled methods of its own\. Pass its class instead, model\(Class, …arguments\)/,
    );
    expect(() => model((() => 1) as never)).toThrow(/is a function, not a class\. Use bundle\(\)/);
    expect(() => model(null as never)).toThrow(/takes a class or an object, not null/);
    expect(() => model("text" as never)).toThrow(expect.objectContaining({ code: "bad-model" }));
  });
});
