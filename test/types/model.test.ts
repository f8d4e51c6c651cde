import type Anthropic from "@anthropic-ai/sdk";
import {
  bundle,
  model,
  type Node,
  type Nodeable,
  node,
  type Parameter,
  parameter,
  type Traced,
  type TracedClient,
} from "tracegrad";
import { describe, expectTypeOf, test } from "vitest";

class Solver {
  instruction = parameter("Think.");
  readonly label: string = "a";
  tries = 3;

  @bundle({ trainable: true })
  extract(response: string, at = 0, ...more: string[]): string {
    return response.slice(at) + more.join("");
  }

  @bundle()
  async ask(prompt: string): Promise<boolean> {
    return prompt !== "";
  }

  @bundle()
  wrap<T>(x: T): T[] {
    return [x];
  }

  async solve(this: Traced<Solver>, question: Node<string>, times?: Node<number>): Promise<Node<string>> {
    expectTypeOf(this.extract(question)).toEqualTypeOf<Node<string>>();
    void times;
    return this.extract(question);
  }

  vote(this: Traced<Solver>, answers: readonly Node<string>[], pick: (x: string) => boolean): Node<string> {
    void pick;
    return answers[0] as Node<string>;
  }

  bad(this: Traced<Solver>, question: string): string {
    return question;
  }

  private hidden(): void {}
  protected guarded(): void {
    this.hidden();
  }
}

type TracedSolver = Traced<Solver>;

describe("a model", () => {
  test("has bundled methods that take nodes or values and give nodes", () => {
    expectTypeOf<TracedSolver["extract"]>().returns.toEqualTypeOf<Node<string>>();
    expectTypeOf<TracedSolver["extract"]>().parameter(0).toEqualTypeOf<Nodeable<string>>();
    expectTypeOf<TracedSolver["extract"]>().toBeCallableWith("a");
    expectTypeOf<TracedSolver["extract"]>().toBeCallableWith(node("a"), node(1), "b", node("c"));
    // TypeScript cannot map a generic method: its type parameters become their constraints.
    expectTypeOf<TracedSolver["wrap"]>().returns.toEqualTypeOf<Node<unknown[]>>();
    expectTypeOf<TracedSolver["ask"]>().returns.toEqualTypeOf<Promise<Node<boolean>>>();
  });

  test("has compositions that take plain values where they want nodes", () => {
    expectTypeOf<TracedSolver["solve"]>().toBeCallableWith("why?");
    expectTypeOf<TracedSolver["solve"]>().toBeCallableWith(node("why?"), 3);
    expectTypeOf<TracedSolver["solve"]>().returns.toEqualTypeOf<Promise<Node<string>>>();
    expectTypeOf<TracedSolver["vote"]>().toBeCallableWith([node("a")], (x: string) => x === "");
    void ((solver: TracedSolver) => {
      // @ts-expect-error a number is no question
      void solver.solve(1);
      // @ts-expect-error plain texts are no nodes
      void solver.vote(["a"], () => true);
    });
  });

  test("tells compositions that declare plain parameters what to write instead", () => {
    type Told = "declare this parameter as Node<…>: methods that compose nodes are given nodes";
    expectTypeOf<TracedSolver["bad"]>().parameter(0).toEqualTypeOf<Told>();
    void ((solver: TracedSolver) => {
      // @ts-expect-error the parameter is declared as a plain text
      void solver.bad("why?");
    });
  });

  test("has its fields as they are, and no private members", () => {
    expectTypeOf<TracedSolver["instruction"]>().toEqualTypeOf<Parameter<string>>();
    expectTypeOf<TracedSolver["tries"]>().toEqualTypeOf<number>();
    expectTypeOf<keyof TracedSolver & string>().toEqualTypeOf<
      "instruction" | "label" | "tries" | "extract" | "ask" | "wrap" | "solve" | "vote" | "bad"
    >();
  });

  test("is what model() makes, with the constructor's arguments", () => {
    class Named {
      readonly name: string;
      constructor(name: string) {
        this.name = name;
      }
    }
    expectTypeOf(model(Named, "a")).toEqualTypeOf<Traced<Named>>();
    // @ts-expect-error the name is missing
    void (() => model(Named));
    // @ts-expect-error the name is a text
    void (() => model(Named, 1));
  });
});

describe("a client", () => {
  test("has its methods traced at any depth, and its values as they are", () => {
    interface Client {
      readonly baseURL: string;
      readonly created: Date;
      readonly Failure: new () => Error;
      readonly chat: { create(body: { model: string; messages: { content: string }[] }): Promise<string> };
      stream(text: string): AsyncIterable<string>;
    }
    type TracedOne = TracedClient<Client>;
    expectTypeOf<TracedOne["baseURL"]>().toEqualTypeOf<string>();
    expectTypeOf<TracedOne["created"]>().toEqualTypeOf<Date>();
    expectTypeOf<TracedOne["Failure"]>().toEqualTypeOf<new () => Error>();
    expectTypeOf<TracedOne["chat"]["create"]>().returns.toEqualTypeOf<Promise<Node<string>>>();
    expectTypeOf<TracedOne["chat"]["create"]>().toBeCallableWith({
      model: node("m"),
      messages: [{ content: node("a") }],
    });
    expectTypeOf<TracedOne["stream"]>().returns.toEqualTypeOf<Node<AsyncIterable<string>>>();
  });

  test("keeps up to three overloads apart, as of the Anthropic SDK's messages.create", () => {
    type Create = TracedClient<Anthropic>["messages"]["create"];
    void (async (create: Create, content: Node<string>) => {
      const messages = [{ role: "user" as const, content }];
      const message = await create({ model: "claude", max_tokens: 1, messages });
      expectTypeOf(message.data).toExtend<Anthropic.Message>();
      expectTypeOf(message.at("content", 0)).toEqualTypeOf<Node<Anthropic.ContentBlock>>();
      const stream = await create({ model: "claude", max_tokens: 1, messages, stream: true });
      expectTypeOf(stream.data).toExtend<AsyncIterable<Anthropic.MessageStreamEvent>>();
      // @ts-expect-error the model is missing
      void create({ max_tokens: 1, messages });
    });
  });
});
