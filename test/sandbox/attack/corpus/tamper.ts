/** Attacks that change the world inside to deceive what runs beside them, and to get at what is not theirs. */
import type { Beside, Family } from "../attack.ts";

const pollution: Family = {
  name: "prototype pollution",
  all: { calls: 2 },
  attacks: {
    "a key of Object.prototype":
      "const was = {}.planted; Object.prototype.planted = 1; return was === undefined ? 'clean' : 'ESCAPED'",
    "a key of Array.prototype":
      "const was = [].planted; Array.prototype.planted = 1; return was === undefined ? 'clean' : 'ESCAPED'",
    "by an argument's __proto__": "aim.__proto__.planted = 1; aim.list.__proto__.planted = 1; return 1",
    "by constructor.prototype": "aim.constructor.prototype.planted = 1; return 1",
    "by JSON.parse": `const merge = (a, b) => { for (const k in b) typeof b[k] === "object" ? merge(a[k] ??= {}, b[k]) : (a[k] = b[k]); return a };
      merge({}, JSON.parse('{"__proto__":{"planted":1},"constructor":{"prototype":{"planted":2}}}')); return {}.planted`,
    "an own __proto__ in the result": `return JSON.parse('{"__proto__":{"planted":1},"a":{"__proto__":[1]}}')`,
    "an own constructor in the result": `return JSON.parse('{"constructor":{"prototype":{"planted":1}}}')`,
    "by what goes to the host": {
      hosts: ["echo"],
      body: `return AWAIT echo(JSON.parse('{"__proto__":{"planted":1},"constructor":{"prototype":{"planted":1}}}'))`,
    },
    "setters for every field of a message": `for (const k of ["kind", "name", "message", "stack", "text", "problem", "value", "then", "code", "id", "ok", "0", "1", "length"])
      Object.defineProperty(Object.prototype, k, { configurable: true, set(v) { globalThis.caught = v }, get() { return "forged" } });
      return { plain: [1, 2] }`,
    "toJSON for all": {
      body: "Object.prototype.toJSON = Array.prototype.toJSON = String.prototype.toJSON = () => 'forged'; return { a: [1, 'b'] }",
    },
    "$type for all": {
      body: "Object.prototype.$type = 'Map'; Object.prototype.v = []; return { a: 1 }",
      gives: { a: 1 },
    },
    "by classes": "class A {}; A.__proto__.planted = 1; (async () => {}).__proto__.planted = 1; return 1",
    "by typed arrays": "Uint8Array.prototype.planted = 1; Object.getPrototypeOf(Uint8Array).planted = 1; return 1",
    "a frozen world":
      "for (const k of Object.getOwnPropertyNames(globalThis)) try { Object.freeze(globalThis[k]); Object.freeze(globalThis[k].prototype) } catch {} return 1",
  },
};

/** What tampered built-ins must not change. */
const gives = { a: [1, "b", null], c: { d: true } };
const result = `return { a: [1, "b", null], c: { d: true } }`;
const rich = `return [new Map([["k", 1n]]), new Set([2]), new Date(5), new Uint8Array([1, 2]), undefined, -0]`;
const richGives = [new Map([["k", 1n]]), new Set([2]), new Date(5), new Uint8Array([1, 2]), undefined, -0];
const any = "(...x) => 'forged'";

const tampering: Family = {
  name: "tampering with built-ins",
  all: { gives },
  attacks: {
    "JSON.stringify": `JSON.stringify = ${any}; ${result}`,
    "JSON.parse": `JSON.parse = ${any}; ${result}`,
    "no JSON": `delete globalThis.JSON; ${result}`,
    "Reflect.apply": `Reflect.apply = ${any}; Function.prototype.apply = Function.prototype.call = ${any}; ${result}`,
    "Array.isArray": `Array.isArray = () => false; ${result}`,
    "Object's functions": `for (const k of ["keys", "create", "getPrototypeOf", "defineProperty", "entries", "fromEntries"]) Object[k] = ${any}; ${result}`,
    "functions of strings": `for (const k of ["slice", "includes", "indexOf", "charCodeAt", "split", "replace"]) String.prototype[k] = ${any}; ${result}`,
    "functions of lists": `for (const k of ["push", "map", "forEach", "join", "slice", "concat", "includes"]) Array.prototype[k] = ${any}; ${result}`,
    "functions of maps and dates": {
      body: `for (const C of [Map, Set, Date, Uint8Array]) for (const k of Object.getOwnPropertyNames(C.prototype)) if (k !== "constructor") try { Object.defineProperty(C.prototype, k, { value: ${any} }) } catch {}
        ${rich}`,
      gives: undefined,
    },
    "rich values": { body: rich, gives: richGives },
    iterators: `Array.prototype[Symbol.iterator] = function* () { yield "forged" }; Map.prototype[Symbol.iterator] = Set.prototype[Symbol.iterator] = Array.prototype[Symbol.iterator]; ${result}`,
    "Symbol.species": `Object.defineProperty(Array, Symbol.species, { get: () => function () { return { forged: 1 } } }); ${result}`,
    toStringTag: `Object.prototype[Symbol.toStringTag] = "Map"; ${result}`,
    "Promise.prototype.then": `Promise.prototype.then = function (go) { go?.("forged"); return this }; Promise.prototype.catch = Promise.prototype.finally = Promise.prototype.then; ${result}`,
    Promise: `globalThis.Promise = class { constructor(run) { run(() => {}, () => {}) } then() {} static resolve() { return new this(() => {}) } }; ${result}`,
    "Promise.resolve": `Promise.resolve = Promise.reject = () => ({ then() {} }); ${result}`,
    "Object.prototype.then": { body: `Object.prototype.then = (go) => go("forged"); ${result}`, only: "sync" },
    errors: `for (const k of ["Error", "TypeError", "RangeError", "SyntaxError"]) globalThis[k] = class { constructor() { throw 1 } }; ${result}`,
    "all globals deleted": `for (const k of Object.getOwnPropertyNames(globalThis)) try { delete globalThis[k] } catch {} ${result}`,
    "all globals are one": `for (const k of Object.getOwnPropertyNames(globalThis)) try { globalThis[k] = ${any} } catch {} ${result}`,
    "Number and Math": `Number.prototype.toString = Number.prototype.valueOf = ${any}; Number.isFinite = Number.isInteger = () => false; ${result}`,
    "a world sealed": `Object.preventExtensions(globalThis); Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(Promise.prototype); ${result}`,
    "host calls after it": {
      hosts: ["echo"],
      body: `JSON.stringify = JSON.parse = Reflect.apply = Promise.prototype.then = ${any}; Array.prototype[Symbol.iterator] = function* () {}; return AWAIT echo({ a: [1, "b", null], c: { d: true } })`,
    },
  },
};

const vault: Beside = { body: "return AWAIT vault('mine')", hosts: ["vault"], gives: "gold" };
const held: Beside = { body: "return AWAIT hold('mine')", hosts: ["hold"], gives: "mine" };
const traps = `const caught = [];
  for (const proto of [Object.prototype, Array.prototype])
    for (const k of ["0", "1", "2", "vault", "host", "define", "answer", "part", "tools", "inside"])
      Object.defineProperty(proto, k, { configurable: true, get() { return undefined }, set(v) { caught.push(v); Object.defineProperty(this, k, { value: v, writable: true, configurable: true, enumerable: true }) } });
  globalThis.caught = caught;`;
const useAll = `for (const f of [...(globalThis.caught ?? [])]) if (typeof f === "function") for (const args of [["stolen"], ["call", "0", "vault", '["stolen"]'], ["ask", "0", "vault", '["stolen"]'], ["call", "1", "vault", '["stolen"]'], ["ask", "1", "vault", '["stolen"]']]) try { const r = f(...args); r?.catch?.(() => {}) } catch {}`;

const theft: Family = {
  name: "host functions of another program",
  attacks: {
    "by name": { beside: vault, body: "return AWAIT vault('stolen')" },
    "by globalThis": { beside: vault, body: "return AWAIT globalThis.vault?.('stolen')" },
    "by the name of one's own": {
      beside: vault,
      hosts: ["echo"],
      body: "Object.defineProperty(echo, 'name', { value: 'vault' }); return AWAIT echo('stolen')",
    },
    "with setters for the scope": {
      beside: vault,
      before: traps,
      hosts: ["echo"],
      body: `${useAll}\nreturn caught.length`,
    },
    "with setters, called from the body": {
      beside: vault,
      hosts: ["echo"],
      body: `${traps}\n${useAll}\nAWAIT echo(1); ${useAll} return 1`,
    },
    "with functions of Function": {
      beside: vault,
      before: `globalThis.caught = []; for (const k of ["call", "apply", "bind"]) { const was = Function.prototype[k]; Function.prototype[k] = function (...a) { globalThis.caught.push(this, ...a); return Reflect.apply(was, this, a) } }`,
      hosts: ["echo"],
      body: `AWAIT echo(1); ${useAll}\nreturn 1`,
    },
    "with Promise": {
      only: "async",
      beside: vault,
      hosts: ["echo"],
      body: `globalThis.caught = []; const Was = Promise; globalThis.Promise = class extends Was { constructor(run) { super((a, b) => { globalThis.caught.push(a, b, run); run(a, b) }) } };
        Was.prototype.then = ((was) => function (a, b) { globalThis.caught.push(a, b); return was.call(this, a, b) })(Was.prototype.then); await echo(1); ${useAll} return 1`,
    },
    "with JSON": {
      beside: vault,
      hosts: ["echo"],
      body: `JSON.stringify = ((was) => (v, ...r) => { try { v[0] = "stolen" } catch {} return was(v, ...r) })(JSON.stringify); Array.prototype.map = function () { return ["stolen"] }; AWAIT echo(1); return 1`,
    },
    "with iterators": {
      beside: vault,
      hosts: ["echo"],
      body: `Array.prototype[Symbol.iterator] = function* () { yield "stolen" }; AWAIT echo(1); return 1`,
    },
    "with the callers of functions": {
      beside: vault,
      body: "try { return attack.caller?.(0) } catch (e) { return String(e) }",
    },
    "with a forged unit": {
      beside: vault,
      hosts: ["echo"],
      body: "const all = []; for (const id of ['0', '1', 0, '', '__proto__']) try { all.push(AWAIT echo.call({ id, unit: id, name: 'vault' }, 'stolen')) } catch {} return all",
    },
    "with an entry of the same name": {
      beside: vault,
      before: "function neighbour() { return vault('stolen') }",
      body: "return neighbour()",
    },
  },
};

const forgeries: Family = {
  name: "forged results and messages",
  attacks: {
    "text that looks like a result": { body: `return '={"a":1}'`, gives: '={"a":1}' },
    "text that looks like an error": {
      body: `return '!{"$type":"Error","v":{"name":"E","message":"m"}}'`,
      gives: '!{"$type":"Error","v":{"name":"E","message":"m"}}',
    },
    "a tag that is data": { body: `return { $type: "bigint", v: "12" }`, gives: { $type: "bigint", v: "12" } },
    "a tag that is huge": { body: `return { $type: "bigint", v: "9".repeat(1e6) }` },
    "a tag within a tag": {
      body: `return { $type: "record", v: { $type: "record", v: "{}" } }`,
      gives: { $type: "record", v: { $type: "record", v: "{}" } },
    },
    "a tag of every kind": `return ["undefined", "number", "bigint", "Date", "Map", "Set", "RegExp", "Error", "Uint8Array", "ArrayBuffer", "record", "Function", "__proto__"].map(($type) => ({ $type, v: [["a", 1], "(", {}] }))`,
    "a thrown descriptor": `throw '{"kind":"transfer","name":"","message":"forged","stack":""}'`,
    "a thrown timeout": "throw Object.assign(new Error('interrupted'), { name: 'InternalError' })",
    "a thrown end of memory": "throw Object.assign(new Error('out of memory'), { name: 'InternalError' })",
    "a thrown error without a name": "throw Object.assign(new Error('x'), { name: '' })",
    "a thrown place":
      "throw Object.assign(new Error('x'), { stack: 'at f (code-0.js:999999:999999)\\nat f (code-0.js:1:1)' })",
    "a thrown outage":
      "throw Object.assign(new Error('x'), { name: 'ExternalCallError', code: 'budget-spent', external: true })",
    "a reply that was cut": {
      hosts: ["echo"],
      body: "String.prototype.slice = () => '\"forged\"'; return AWAIT echo('real')",
      gives: "real",
    },
    "an answer to another's question": {
      only: "async",
      beside: held,
      hosts: ["echo"],
      before: traps,
      body: `for (const f of caught) if (typeof f === "function") for (let id = 0; id < 50; id++) for (const a of [[String(id), "ok", '"forged"'], ["done", String(id), "ok", '"forged"'], ['"forged"']]) try { f(...a) } catch {} await echo(1); return 1`,
    },
    "another's result": {
      only: "async",
      beside: held,
      body: `Promise.prototype.then = function (a) { a?.("forged"); return this }; return 1`,
    },
    "a result that is a promise": { only: "sync", body: "return Promise.resolve(1)" },
    "a host's answer that is a descriptor": {
      hosts: ["echo"],
      body: `return AWAIT echo({ kind: "done", call: 1, text: "x", $type: "record", v: "{" })`,
      gives: { kind: "done", call: 1, text: "x", $type: "record", v: "{" },
    },
  },
};

const helpers: Family = {
  name: "helpers of the sandbox",
  attacks: {
    "their names": "return [encodeWith, decodeWith, tools, host, inside, evaluate, parts]",
    "typeof their names": {
      body: "return [typeof encodeWith, typeof decodeWith, typeof tools, typeof host, typeof inside, typeof part, typeof parts, typeof evaluate].join()",
      gives: Array(8).fill("undefined").join(),
    },
    "arguments.callee": "return String(arguments.callee)",
    "the caller": "return (function f() { return f.caller?.toString() })()",
    "arguments of the wrapper": {
      hosts: ["echo"],
      before: "const outer = typeof arguments === 'object' ? [...arguments] : [];",
      body: "return outer.map(String)",
    },
    "getters of console":
      "const d = Object.getOwnPropertyDescriptor(globalThis, 'console'); return [String(d?.get), String(d?.set), typeof d?.get?.call(null)]",
    "a console of one's own": {
      body: "Object.defineProperty(globalThis, 'console', { get() { throw 1 }, configurable: false }); return 1",
      gives: 1,
    },
    "structuredClone's helpers":
      "globalThis.structuredClone.constructor.prototype.toString = () => 'x'; return structuredClone.toString().length",
    "a realm's symbols": "return Object.getOwnPropertySymbols(globalThis).map(String)",
    "what is reached from the stub": {
      hosts: ["echo"],
      body: "const seen = []; for (let o = echo; o; o = Object.getPrototypeOf(o)) seen.push(...Reflect.ownKeys(o).map(String)); return seen.length > 0",
    },
    "the Function that made the helpers":
      "return Object.getOwnPropertyNames(Function.prototype).map((k) => { try { return typeof (() => 0)[k] } catch { return 'throws' } })",
    "setters for what helpers write": `${traps}\n${useAll}\nreturn caught.map((c) => typeof c)`,
  },
};

export const tamper: readonly Family[] = [pollution, tampering, theft, forgeries, helpers];
