/** Attacks that want more memory or more stack than there is. */
import type { Family } from "../attack.ts";

const memory: Family = {
  name: "memory",
  all: { endless: true },
  attacks: {
    lists: "const a = []; for (;;) a.push([a.length])",
    strings: "const a = []; for (;;) a.push('x'.repeat(1e5) + a.length)",
    ropes: "let s = ''; for (let i = 0; ; i++) s = s + i + s.slice(0, 1e3)",
    "typed arrays": "const a = []; for (;;) a.push(new Uint8Array(1e6))",
    "one buffer": { body: "return new ArrayBuffer(1e9).byteLength", endless: false },
    "a buffer that grows": {
      body: "const b = new ArrayBuffer(1, { maxByteLength: 1e9 }); b.resize?.(1e9); return b.byteLength",
      endless: false,
    },
    "a map": "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })",
    "a set of texts": "const s = new Set(); for (let i = 0; ; i++) s.add('key ' + i)",
    "keys of an object": "const o = {}; for (let i = 0; ; i++) o['k' + i] = i",
    closures: "let f = () => 0; for (;;) { const g = f; f = () => g }",
    promises: "const a = []; for (;;) a.push(new Promise(() => {}))",
    "chains of promises": "let p = Promise.resolve(); for (;;) p = p.then(() => 1)",
    symbols: "const a = []; for (;;) a.push(Symbol('s' + a.length))",
    "symbols of the registry": "for (let i = 0; ; i++) Symbol.for('s' + i)",
    "regular expressions": "const a = []; for (;;) a.push(new RegExp('a{' + a.length + '}b*'))",
    "errors with stacks":
      "const a = []; const f = (n) => n ? f(n - 1) : a.push(new Error('x'.repeat(1e3))); for (;;) f(50)",
    generators: "const a = []; function* g() { yield 1 } for (;;) { const x = g(); x.next(); a.push(x) }",
    classes: "const a = []; for (;;) a.push(class { x = a })",
    "big numbers": "const a = []; for (;;) a.push(7n ** 5000n + BigInt(a.length))",
    "functions from text": "const a = []; for (;;) a.push(Function('return ' + a.length))",
    "weak references": "const a = []; for (;;) { const o = {}; a.push(new WeakRef(o), o) }",
    finalizers: "const r = new FinalizationRegistry(() => { for (;;); }); for (;;) r.register({}, 1)",
    "a list by its length": {
      body: "const a = []; a.length = 2 ** 32 - 1; a.fill(0); return a.length",
      endless: false,
    },
    "a global that stays":
      "globalThis.kept = []; for (;;) globalThis.kept.push('x'.repeat(1e3) + globalThis.kept.length)",
    "what a catch holds": "const a = []; for (;;) try { a.push(new Array(1e6).fill(0)) } catch (e) { a.push(e) }",
    "a bomb in the message": { body: "throw new Error('m'.repeat(2 ** 28))", endless: false },
    "a bomb at the top level": {
      before: "const bomb = []; for (;;) bomb.push(new Uint8Array(1e6));",
      body: "return 1",
    },
    "questions to the host": { only: "async", hosts: ["never"], body: "for (;;) never('x'.repeat(1e4))" },
  },
};

const deepText = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

const stack: Family = {
  name: "stack",
  attacks: {
    recursion: "const f = () => f(); return f()",
    "recursion with many arguments": "const f = (...a) => f(...a, 1); return f()",
    "mutual recursion": "const a = () => b(), b = () => a(); return a()",
    "recursion in a getter": "const o = { get a() { return this.a } }; return o.a",
    "recursion in toString": "const o = { toString() { return `${o}` } }; return `${o}`",
    "recursion in toJSON": "const o = { toJSON() { return JSON.stringify(o) } }; return JSON.stringify(o)",
    "recursion in a Proxy": "const p = new Proxy({}, { get: (_, k) => p[k] }); return p.x",
    "recursion in a comparator": "const f = () => [2, 1].sort(f)[0]; return f()",
    "recursion in replace": "const f = () => 'a'.replace(/a/, f); return f()",
    "recursion in a constructor": "class A { constructor() { new A() } } return new A()",
    "recursion in valueOf": "const o = { valueOf: () => +o }; return +o",
    "recursion in a generator": "function* g() { yield* g() } return [...g()]",
    "recursion that catches":
      "let n = 0; const f = () => { n++; try { f() } catch { f() } }; try { f() } catch {} return n",
    "recursion in a host call": { hosts: ["again"], body: "return AWAIT again()" },
    "deep lists": "let a = []; for (let i = 0; i < 3e5; i++) a = [a]; return a",
    "deep objects": "let a = {}; for (let i = 0; i < 3e5; i++) a = { a }; return a",
    "deep lists in JSON": "let a = []; for (let i = 0; i < 3e5; i++) a = [a]; return JSON.stringify(a)",
    "deep JSON": "return JSON.parse('['.repeat(3e5) + ']'.repeat(3e5))",
    "deep JSON of objects": "return JSON.parse('{\"a\":'.repeat(2e5) + '1' + '}'.repeat(2e5))",
    "deep lists to the host": {
      hosts: ["echo"],
      body: "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return AWAIT echo(a)",
    },
    "deep maps": "let a = new Map(); for (let i = 0; i < 5e4; i++) a = new Map([[a, a]]); return a",
    "deep causes": "let e = new Error('x'); for (let i = 0; i < 5e4; i++) e = new Error('x', { cause: e }); return e",
    "deep causes thrown":
      "let e = new Error('x'); for (let i = 0; i < 5e4; i++) e = new Error('x', { cause: e }); throw e",
    "deep bound functions": "let f = () => 1; for (let i = 0; i < 2e5; i++) f = f.bind(null); return f()",
    "deep Proxies": "let p = {}; for (let i = 0; i < 2e5; i++) p = new Proxy(p, {}); return p.x",
    "deep regex": "return new RegExp('(?:'.repeat(5e4) + 'a' + ')*'.repeat(5e4)).test('a')",
    "deep flat": "let a = [1]; for (let i = 0; i < 2e5; i++) a = [a]; return a.flat(Infinity).length",
    "deep structuredClone": "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return structuredClone(a)",
    "deep freeing": "let a = null; for (let i = 0; i < 5e5; i++) a = { a }; a = null; return 1",
    "deep text of an array": { text: `HEAD { return ${deepText("[", "]", 5_000)} }` },
    "deep text of functions": { text: `HEAD { return ${deepText("(() => ", ")", 3_000).replace(")", "1)")} }` },
  },
};

export const room: readonly Family[] = [memory, stack];
