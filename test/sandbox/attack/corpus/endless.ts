/** Attacks that never end by themselves: the limit has to end them, wherever they are. */
import type { Family } from "../attack.ts";

const loops: Family = {
  name: "endless loops",
  all: { endless: true },
  attacks: {
    for: "for (;;);",
    while: "while (true) {}",
    "do while with work": "let x = 0; do { x = (x * 31 + 7) % 1000003 } while (x >= 0); return x",
    labels: "outer: for (;;) { for (;;) continue outer }",
    "catch all": "for (;;) try { for (;;); } catch {}",
    finally: "for (;;) try { throw 1 } catch { continue } finally { continue }",
    "finally that returns late": "try { for (;;); } finally { for (;;); }",
    "recursion that catches": "const f = () => { for (;;) try { f() } catch {} }; f()",
    "a generator": "function* g() { for (;;) yield 1 } for (const x of g()) x",
    "two generators": "function* a() { for (;;) yield* b() } function* b() { yield 1 } for (const x of a()) x",
    "an iterator that never ends":
      "const it = { [Symbol.iterator]() { return this }, next() { return { done: false } } }; for (const x of it) x",
    "for in that grows":
      "const o = { a: 1 }; let i = 0; for (;;) { for (const k in o) o[k + i++] = 1; if (i > 50) for (const k in o) delete o[k], o.a = 1 }",
    "arithmetic on big numbers": "let n = 1n; for (;;) n = (n * 3n) % 1000003n",
    "a class that makes itself": "for (;;) new (class A { static x = new this(); #y = 1 })()",
    "a getter in a loop": "const o = { get x() { return this.y }, y: 1 }; for (;;) o.x",
    switch: "let s = 0; for (;;) switch (s) { case 0: s = 1; break; case 1: s = 0 }",
    "at the top level": { before: "for (;;);", body: "return 1" },
    "in a static block": { before: "class A { static { for (;;); } }", body: "return 1" },
    "in a default argument": { body: "return f()", before: "function f(x = (() => { for (;;); })()) { return x }" },
  },
};

const hooks: Family = {
  name: "endless hooks of the language",
  all: { endless: true },
  attacks: {
    "a getter of the result": "return { get a() { for (;;); } }",
    "toJSON of the result": "return { toJSON() { for (;;); } }",
    "toJSON of all": { body: "Object.prototype.toJSON = () => { for (;;); }; return { a: 1 }", endless: false },
    "a Proxy as the result": "return new Proxy({}, { ownKeys() { for (;;); }, getPrototypeOf() { for (;;); } })",
    "a Proxy of a list": "return new Proxy([], { get() { for (;;); } })",
    toPrimitive: "return +{ [Symbol.toPrimitive]() { for (;;); } }",
    valueOf: "return 1 + { valueOf() { for (;;); } }",
    toString: "return `${{ toString() { for (;;); } }}`",
    "a comparator": "return [3, 2, 1].sort(() => { for (;;); })",
    "a replacement": "return 'aaa'.replace(/a/g, () => { for (;;); })",
    "a reviver": "return JSON.parse('[1]', () => { for (;;); })",
    "a replacer": "return JSON.stringify([1], () => { for (;;); })",
    "an iterator in a spread": "return [...{ [Symbol.iterator]: () => ({ next: () => { for (;;); } }) }]",
    destructuring: "const [a, b] = { [Symbol.iterator]: () => ({ next: () => { for (;;); } }) }; return a",
    "return of an iterator":
      "const [a] = { [Symbol.iterator]: () => ({ next: () => ({ value: 1 }), return: () => { for (;;); } }) }; return a",
    hasInstance: "return 1 instanceof { [Symbol.hasInstance]() { for (;;); } }",
    species: "class A extends Array { static get [Symbol.species]() { for (;;); } } return new A(1).map((x) => x)",
    "a Proxy trap in `in`": "return 'x' in new Proxy({}, { has() { for (;;); } })",
    "a Proxy of a function": "return new Proxy(() => 0, { apply() { for (;;); } })()",
    "exec of a regex": "const r = /a/; r.exec = () => { for (;;); }; return r.test('a')",
    match: "return 'a'.match({ [Symbol.match]() { for (;;); } })",
    "the message of what is thrown": "throw { get message() { for (;;); } }",
    "the name of what is thrown":
      "const e = new Error('x'); Object.defineProperty(e, 'name', { get() { for (;;); } }); throw e",
    "toJSON of what is thrown": { body: "throw { toJSON() { for (;;); } }", endless: false },
    "a Proxy that is thrown":
      "throw new Proxy(new Error('x'), { get() { for (;;); }, getPrototypeOf() { for (;;); } })",
    "an argument of the host": {
      hosts: ["echo"],
      body: "return AWAIT echo(new Proxy({}, { ownKeys() { for (;;); } }))",
    },
    "what is printed": "console.log(new Proxy({}, { ownKeys() { for (;;); } }))",
    structuredClone: "return structuredClone(new Proxy({}, { ownKeys() { for (;;); } }))",
    "then in what is returned": { only: "async", body: "return { then() { for (;;); } }" },
    "then in what is awaited": { only: "async", body: "return await { then() { for (;;); } }" },
    "a constructor": "return Reflect.construct(class { constructor() { for (;;); } }, [])",
  },
};

const async: Family = {
  name: "endless asynchronous code",
  all: { only: "async", endless: true },
  attacks: {
    microtasks: "const again = () => Promise.resolve().then(again); await again()",
    "await in a loop": "for (;;) await null",
    "an async generator": "async function* g() { for (;;) yield 1 } for await (const x of g()) x",
    "for await over a list":
      "const all = { [Symbol.asyncIterator]() { return { next: async () => ({ done: false }) } } }; for await (const x of all) x",
    thenables: "const t = { then(go) { go(t) } }; return t",
    "a promise that never settles": "await new Promise(() => {})",
    "a host that never answers": { hosts: ["never"], body: "await never()" },
    "many hosts that never answer": {
      hosts: ["never"],
      body: "for (let i = 0; i < 500; i++) never(); await Promise.all([never(), never()])",
    },
    "a loop after an await": "await null; for (;;);",
    "a loop after a host call": { hosts: ["echo"], body: "await echo(1); for (;;);" },
    "a loop in a reaction": "await new Promise(() => { Promise.resolve().then(() => { for (;;); }) })",
    "a race of none": "await Promise.race([])",
    "promises by the thousand": "for (;;) await Promise.all(Array.from({ length: 1e3 }, () => Promise.resolve(1)))",
    "a rejection for each turn": "for (;;) { Promise.reject(new Error('x')); await null }",
    "async functions that call each other":
      "const a = async () => b(); const b = async () => { await null; return a() }; await a()",
    "finally for ever": "const p = Promise.resolve(); const go = () => p.finally(go); await go()",
  },
};

const builtIns: Family = {
  name: "loops over built-ins",
  all: {
    endless: true,
    before: "const long = 'ab'.repeat(5e5), text = JSON.stringify(Array(1e5).fill(1)), list = Array(1e5).fill(0);",
  },
  attacks: {
    "JSON.parse": "for (;;) JSON.parse(text)",
    "JSON.stringify": "for (;;) JSON.stringify(list)",
    split: "for (;;) long.split('b')",
    includes: "for (;;) long.includes('bb')",
    indexOf: "for (;;) long.indexOf('aab')",
    lastIndexOf: "for (;;) long.lastIndexOf('bb')",
    replaceAll: "for (;;) long.replaceAll('a', 'c')",
    toUpperCase: "for (;;) long.toUpperCase()",
    "a regular expression": "for (;;) /bb/.test(long)",
    sort: "for (;;) list.sort()",
    fill: "for (;;) list.fill(1)",
    reverse: "for (;;) list.reverse()",
    join: "for (;;) list.join()",
    slice: "for (;;) list.slice(1)",
    "typed arrays": "const bytes = new Uint8Array(1e6); for (;;) bytes.fill(1).sort()",
    BigInt: "const n = 7n ** 20000n; for (;;) n * n",
    maps: "for (;;) new Map(list.map((_, i) => [i, i]))",
    encodeURIComponent: "for (;;) encodeURIComponent(long)",
    dates: "for (;;) Date.parse('2020-01-01T00:00:00Z') + new Date(1e12).toISOString().length",
    "host calls": { hosts: ["echo"], body: "for (;;) AWAIT echo(1)" },
    "host calls with long arguments": { hosts: ["echo"], body: "for (;;) AWAIT echo(text)" },
    "host calls that throw": { hosts: ["boom"], body: "for (;;) try { AWAIT boom('error') } catch {}" },
    console: "for (;;) console.log('x')",
    structuredClone: "for (;;) structuredClone([1, { a: 2 }])",
    "text coders": "for (;;) new TextEncoder().encode('x'.repeat(1e4))",
    random: "for (;;) Math.random()",
  },
};

export const endless: readonly Family[] = [loops, hooks, async, builtIns];
