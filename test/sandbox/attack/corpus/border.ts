/** Attacks on the border: what goes out as a result, as an argument of the host, as an error, as printed text. */
import type { Family } from "../attack.ts";
import { kinds } from "../hosts.ts";

const shapes: Family = {
  name: "results of odd shapes",
  attacks: {
    "a cycle": "const a = {}; a.a = a; return a",
    "a cycle through a map": "const m = new Map(); m.set('m', [m]); return m",
    "a getter that throws": "return { get a() { throw new Error('no') } }",
    "a getter that grows": "return { get a() { return { get b() { return 'x'.repeat(1e6) } } } }",
    "a getter that gives itself anew": "const make = () => ({ get a() { return make() } }); return make()",
    "a Proxy": "return new Proxy({ a: 1 }, {})",
    "a revoked Proxy": "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return { a: [proxy] }",
    "a Proxy of a list that lies": "return new Proxy([], { get: (_, k) => k === 'length' ? 2 ** 32 : 'x' })",
    "a Proxy that changes":
      "let n = 0; return new Proxy({}, { ownKeys: () => ['a', 'b'].slice(n++ % 2), getOwnPropertyDescriptor: () => ({ value: n, enumerable: true, configurable: true }) })",
    "a list with a length that lies":
      "class L extends Array { get length() { return 1e9 } } return Object.defineProperty(new Proxy([], { get: (t, k) => k === 'length' ? NaN : t[k] }), 'x', { value: 1 })",
    "a sparse list": "const a = [1]; a[1e6] = 2; return a.length",
    "a sparse list as the result": "const a = []; a[2 ** 31] = 1; return a",
    "a function": "return () => 1",
    "a class": "return class A {}",
    "a symbol": "return Symbol('s')",
    "a symbol as a key": { body: "return { [Symbol('s')]: 1, a: 2 }", gives: { a: 2 } },
    "a generator": "return (function* () { yield 1 })()",
    "weak collections": "return [new WeakMap(), new WeakSet()]",
    "an arguments object": "return (function () { return arguments })(1, 2)",
    globalThis: "return globalThis",
    "Math and JSON": "return [Math, JSON, Reflect]",
    "a date that lies":
      "class D extends Date { getTime() { return 'forged' } valueOf() { return {} } toJSON() { return [] } } return new D(5)",
    "a map that lies":
      "class M extends Map { forEach() { return 1 } get size() { return 1e9 } entries() { return [] } } return new M([[1, 2]])",
    "a typed array that lies":
      "const a = new Uint8Array(2); Object.defineProperty(a, 'length', { value: 1e9 }); return a",
    "an object that says it is a date": "return { [Symbol.toStringTag]: 'Date', a: 1, __proto__: { x: 1 } }",
    "an error with getters":
      "const e = new Error('x'); for (const k of ['name', 'message', 'cause', 'stack']) Object.defineProperty(e, k, { get() { throw 1 } }); return e",
    "a regex that lies":
      "const r = /a/; Object.defineProperty(r, 'source', { value: '(' }); Object.defineProperty(r, 'flags', { value: 'zz' }); return r",
    "boxed values": "return [new String('s'), new Number(1), new Boolean(true), Object(1n), Object(Symbol('x'))]",
    "views of one buffer": "const b = new ArrayBuffer(8); return [b, new DataView(b), new Uint8Array(b, 2, 2)]",
    "a detached buffer": "const b = new ArrayBuffer(8); b.transfer?.(); return b",
    "toJSON that gives more": { body: "return { toJSON: undefined, a: { toJSON() { return { forged: 1 } } } }" },
    "a promise in the result": "return { p: Promise.resolve(1) }",
    "a null prototype": {
      body: "return Object.assign(Object.create(null), { a: 1 })",
      gives: Object.assign(Object.create(null), { a: 1 }) as unknown,
    },
  },
};

const sizes: Family = {
  name: "results of great size",
  attacks: {
    "a long string": "return 'x'.repeat(3e7)",
    "a string just short enough": "return 'x'.repeat(19_999_000)",
    "a string that grows when it is encoded": "return '\\u0001'.repeat(5e6)",
    "lone surrogates": "return '\\ud800'.repeat(1e6)",
    "long keys": "return { ['k'.repeat(5e6)]: 1, ['l'.repeat(5e6)]: { ['m'.repeat(5e6)]: 2 } }",
    "many small values": "return Array(1e6).fill(0)",
    "many empty lists": "return Array.from({ length: 6e5 }, () => [])",
    "many empty objects": "return Array.from({ length: 3e5 }, () => ({}))",
    "many keys": "const o = {}; for (let i = 0; i < 2e5; i++) o['k' + i] = i; return o",
    "many undefined": "return Array(4e5).fill(undefined)",
    "many big numbers": "return Array(3e5).fill(10n)",
    "one big number": "return BigInt('9'.repeat(3e5))",
    "many dates": "return Array.from({ length: 2e5 }, (_, i) => new Date(i))",
    "a large map": "return new Map(Array.from({ length: 2e5 }, (_, i) => [i, [i]]))",
    "a large typed array": "return new Uint8Array(5e6)",
    "many typed arrays": "return Array.from({ length: 1e5 }, () => new Uint8Array(1))",
    "many regular expressions": "return Array.from({ length: 5e4 }, (_, i) => new RegExp('a{' + i + '}(b|c)*'))",
    "many errors": "return Array.from({ length: 5e4 }, () => new Error('e'.repeat(100)))",
    "many records with the tag": "return Array.from({ length: 1e5 }, (_, i) => ({ $type: 'x' + i, v: 1 }))",
    "the same text many times": "const s = 'x'.repeat(1e5); return Array(1e4).fill(s)",
    "numbers that are long as text": "return Array.from({ length: 1e6 }, (_, i) => 1 / (i + 3))",
    "deep, just short enough": "let a = 1; for (let i = 0; i < 190; i++) a = [a, a === 1 ? 2 : 3]; return a",
  },
};

const throws: Family = {
  name: "things thrown",
  attacks: {
    null: "throw null",
    undefined: "throw undefined",
    "a symbol": "throw Symbol('s')",
    "a big number": "throw 10n",
    "a function": "throw () => 1",
    "a Proxy": "throw new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 }, getPrototypeOf() { throw 3 } })",
    "a revoked Proxy": "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy",
    "a long message": "throw new Error('m'.repeat(1e7))",
    "a long string": "throw 's'.repeat(1e7)",
    "a long name": "throw Object.assign(new Error('x'), { name: 'n'.repeat(1e7) })",
    "a long stack": "throw Object.assign(new Error('x'), { stack: 'at f\\n'.repeat(1e6) })",
    "a large object": "throw { a: Array(1e6).fill('x') }",
    "a cycle": "const o = {}; o.o = o; throw o",
    "conversions that throw":
      "throw { get message() { throw 1 }, toJSON() { throw 2 }, toString() { throw 3 }, [Symbol.toPrimitive]() { throw 4 } }",
    "fields of other types": "throw Object.assign(new Error('x'), { name: {}, message: 5, stack: [] })",
    "an AggregateError": "throw new AggregateError(Array.from({ length: 1e5 }, () => new Error('e')), 'many')",
    "a promise": "throw Promise.reject(new Error('x'))",
    "a thenable": "throw { then(a, b) { b('forged') } }",
    "control characters": "throw new Error('\\u001b[2J\\u001b]0;title\\u0007\\r\\n\\u202eforged')",
    "a message made to look like ours":
      "throw new Error('x (line 1, column 1)\\nSandboxError: `attack` used more than its limit')",
    "in a getter of an error":
      "throw Object.defineProperty(new Error('x'), 'message', { get() { throw new Error('y'.repeat(1e6)) } })",
    "at the top level": { before: "throw new Error('top'.repeat(1e6));", body: "return 1" },
    "a class that extends Error":
      "class E extends Error { get name() { return 'SandboxError' } get code() { return 'timeout' } } throw new E('x')",
    "in finally": "try { throw new Error('a') } finally { throw Symbol('b') }",
  },
};

const hostErrors: Family = {
  name: "host functions that throw",
  all: { hosts: ["boom"] },
  attacks: Object.fromEntries(
    kinds.thrown.flatMap((kind) => [
      [
        kind,
        `try { AWAIT boom('${kind}') } catch (e) { return e === null || typeof e !== "object" ? typeof e : [typeof e.name, typeof e.message] }`,
      ],
      [`${kind}, passed on`, `return AWAIT boom('${kind}')`],
    ]),
  ),
};

const hostResults: Family = {
  name: "host functions that give odd things",
  all: { hosts: ["give"] },
  attacks: Object.fromEntries(kinds.given.map((kind) => [kind, `return AWAIT give('${kind}')`])),
};

const hostCalls: Family = {
  name: "calls of host functions",
  attacks: {
    "an argument that is huge": { hosts: ["echo"], body: "return AWAIT echo('x'.repeat(3e7))" },
    "many arguments": { hosts: ["echo"], body: "return AWAIT echo(...Array(1e5).fill(1))" },
    "an argument with a getter that calls": {
      hosts: ["echo"],
      body: "let n = 0; return AWAIT echo({ get a() { if (n++ < 100) echo(1); return n } })",
    },
    "a message that echoes the argument": {
      hosts: ["boom"],
      body: "try { AWAIT boom('x'.repeat(1e7)) } catch (e) { return e.message.length < 1e5 }",
      gives: true,
    },
    "a thousand at once": {
      only: "async",
      hosts: ["hold"],
      body: "return (await Promise.all(Array.from({ length: 1e3 }, (_, i) => hold(i)))).length",
      gives: 1000,
    },
    "twenty thousand at once": {
      only: "async",
      hosts: ["hold"],
      body: "return (await Promise.all(Array.from({ length: 2e4 }, (_, i) => hold(i)))).length",
    },
    "from within, again": { hosts: ["again"], body: "try { return AWAIT again() } catch (e) { return 'caught' }" },
    "an asynchronous one in synchronous code": {
      only: "sync",
      hosts: ["slow"],
      body: "try { return slow() } catch (e) { return e.name }",
    },
    "one that never answers, in synchronous code": {
      only: "sync",
      hosts: ["never"],
      body: "try { return never() } catch (e) { return e.name }",
    },
    "not awaited": {
      only: "async",
      hosts: ["slow", "boom"],
      body: "slow(); boom('null').catch(() => {}); return 1",
      gives: 1,
    },
    "not awaited, and rejected": {
      only: "async",
      hosts: ["boom"],
      body: "boom('error'); boom('null'); return 1",
      gives: 1,
    },
    "as a constructor": { hosts: ["echo"], body: "return new echo(1)" },
    "as a tag": { hosts: ["echo"], body: "return AWAIT echo`a${1}`" },
    "as a getter": { hosts: ["echo"], body: "return AWAIT Object.defineProperty({}, 'a', { get: echo }).a" },
    "with another this": { hosts: ["echo"], body: "return AWAIT Reflect.apply(echo, { forged: 1 }, [5])", gives: 5 },
    "in a comparator": {
      only: "sync",
      hosts: ["echo"],
      body: "return [3, 1, 2].sort((a, b) => echo(a) - echo(b))",
      gives: [1, 2, 3],
    },
    "a name from the prototype": {
      hosts: ["echo"],
      body: "return [AWAIT echo('constructor'), AWAIT echo.call(null, '__proto__')]",
      gives: ["constructor", "__proto__"],
    },
    "a result that is kept and changed": {
      hosts: ["echo"],
      body: "const a = AWAIT echo({ n: [1] }); a.n.push(2); a.__proto__.x = 1; return AWAIT echo({ n: [1] })",
      gives: { n: [1] },
    },
  },
};

const consoles: Family = {
  name: "console",
  attacks: {
    "a flood": { body: "for (let i = 0; i < 1e5; i++) console.log(i); return 1" },
    "long lines": { body: "for (let i = 0; i < 50; i++) console.log('x'.repeat(1e6)); return 1" },
    "large values": "console.log(Array(1e6).fill(1)); return 1",
    "many arguments": "console.log(...Array(1e5).fill('x')); return 1",
    "a Proxy":
      "console.log(new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 }, getPrototypeOf() { throw 3 } })); return 1",
    "a cycle": { body: "const a = {}; a.a = a; console.log(a); return 1", gives: 1 },
    "a symbol": { body: "console.log(Symbol('s'), () => 1, 1n, undefined, null); return 1", gives: 1 },
    "conversions that throw": "console.log({ toString() { throw 1 }, toJSON() { throw 2 } }); return 1",
    "format marks": { body: "console.log('%s %d %o %c', { a: 1 }, 'x', {}, 'css'); return 1", gives: 1 },
    "control characters": { body: "console.error('\\u001b[2J\\u001b]0;title\\u0007'); return 1", gives: 1 },
    "after the call": {
      only: "async",
      body: "(async () => { for (let i = 0; i < 1e6; i++) { await null; console.log(i) } })(); return 1",
    },
    "methods that are not there":
      "return Object.keys(console).map((k) => { try { return typeof console[k]('x') } catch (e) { return e.name } })",
    "printing what the host gave": { hosts: ["echo"], body: "console.log(echo, aim); return 1" },
  },
};

export const border: readonly Family[] = [shapes, sizes, throws, hostErrors, hostResults, hostCalls, consoles];
