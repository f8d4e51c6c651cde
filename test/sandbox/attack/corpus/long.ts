/** Attacks that are a single operation of seconds or more, or of more memory or stack than there is. */
import type { Family } from "../attack.ts";

const strings: Family = {
  name: "one long operation on strings",
  attacks: {
    "a search that fails late": "const a = 'a'.repeat(2e6); return a.indexOf('a'.repeat(1e6) + 'b')",
    "a search from the end": "const a = 'a'.repeat(2e6); return a.lastIndexOf('b' + 'a'.repeat(1e6))",
    includes: "const a = 'a'.repeat(3e6); return a.includes('a'.repeat(15e5) + 'b')",
    split: "const a = 'a'.repeat(2e6); return a.split('a'.repeat(1e6) + 'b').length",
    replaceAll: "const a = 'a'.repeat(1e6); return a.replaceAll('a'.repeat(5e5) + 'b', 'c').length",
    "replaceAll with growth": "return 'a'.repeat(1e5).replaceAll('a', 'b'.repeat(1e3)).length",
    "a replacement that copies": "return 'a'.repeat(2e4).replaceAll('a', '$`').length",
    repeat: "return 'ab'.repeat(2 ** 28).length",
    padStart: "return 'x'.padStart(2 ** 29, 'abc').length",
    concat: "const a = 'a'.repeat(1e6); return ''.concat(...Array(2e3).fill(a)).length",
    doubling: "let a = 'x'; for (;;) a += a",
    normalize: "return ('\\u0344'.repeat(3e6)).normalize('NFC').length",
    "normalize of marks": "return ('a' + '\\u0315\\u0300\\u05ae\\u0300'.repeat(1e5)).normalize('NFD').length",
    localeCompare: "return 'a'.repeat(5e6).localeCompare('a'.repeat(5e6) + 'b')",
    "toUpperCase with growth": "return '\\u0390'.repeat(5e6).toUpperCase().length",
    "a template of templates":
      "const f = (n) => n === 0 ? 'x'.repeat(10) : `${f(n - 1)}${f(n - 1)}`; return f(24).length",
    decodeURIComponent: "return decodeURIComponent('%41'.repeat(3e6)).length",
    "String.raw": "return String.raw({ raw: { length: 2 ** 31, 0: 'a' } }).length",
    fromCharCode: "return String.fromCharCode(...new Uint8Array(1e7)).length",
    "a spread of a string": "return [...'a'.repeat(2e7)].length",
    escape: "return escape('\\u1234'.repeat(5e6)).length",
  },
};

const regexes: Family = {
  name: "regular expressions",
  attacks: {
    "nested quantifiers": "return /(a+)+b/.test('a'.repeat(40))",
    "nested stars": "return /^(a*)*$/.test('a'.repeat(40) + 'b')",
    "alternatives that overlap": "return /^(a|aa)+$/.test('a'.repeat(60) + 'b')",
    "back references": "return /^(a*)\\1*\\1*\\1*b$/.test('a'.repeat(2e3))",
    lookahead: "return /^(?=(a+))*a*b/.test('a'.repeat(5e4))",
    lookbehind: "return /(?<=(a+)+)b/.test('a'.repeat(40) + 'c')",
    polynomial: "return /a*a*a*a*a*b/.test('a'.repeat(3e3))",
    "a search in a long text": "return /x*y/.test('x'.repeat(2e5))",
    "a huge quantifier": "return /(?:a{1000}){1000}b/.test('a'.repeat(1e6))",
    "quantifiers of quantifiers": "return new RegExp('((((a{99}){99}){99}){99})').test('a'.repeat(1e5))",
    "a class of all":
      "return new RegExp('[' + Array.from({ length: 5e4 }, (_, i) => '\\\\u' + i.toString(16).padStart(4, '0')).join('') + ']', 'u').test('x')",
    "case folding": "return /(\\p{L}+)+\\d/iu.test('\\u0130'.repeat(40))",
    matchAll: "return [...'a'.repeat(3e5).matchAll(/(?=(a+))/g)].length",
    split: "return 'a'.repeat(5e4).split(/(?:)(a+)?b/).length",
    replace: "return 'a'.repeat(5e4).replace(/(a+)+b|./g, '$`$&$\\'').length",
    "many groups": "return new RegExp('(a)'.repeat(3e4)).test('a'.repeat(3e4))",
    "a regex that is not one":
      "return ['(', '[', '(?<', '\\\\', '*', '(?<a>)(?<a>)', 'a{2,1}'].map((r) => { try { return new RegExp(r, 'v').source } catch (e) { return e.name } })",
  },
};

const bigints: Family = {
  name: "one long operation on numbers",
  attacks: {
    power: "return String(7n ** 10000000n).length",
    toString: "return (2n ** 1000000n).toString().length",
    "a parse": "return BigInt('9'.repeat(1e6)) > 0n",
    "a parse in hex": "return BigInt('0x' + 'f'.repeat(2e7)) > 0n",
    "a product": "const n = BigInt('0x' + 'f'.repeat(4e6)); return n * n > 0n",
    "a quotient": "const n = BigInt('0x' + 'f'.repeat(2e6)); return (n * n) / (n - 1n) > 0n",
    "a remainder": "return (1n << 8000000n) % ((1n << 4000000n) - 1n) > 0n",
    "a shift": "return (1n << 2n ** 31n) > 0n",
    asUintN: "return BigInt.asUintN(2 ** 31, -1n) > 0n",
    "a factorial": "let n = 1n; for (let i = 1n; i < 20000n; i++) n *= i; return String(n).length",
    "as a result": "return 3n ** 700000n",
    toFixed: "return Array.from({ length: 3e5 }, () => (1e21 / 7).toFixed(100)).length",
    "toString of a base":
      "return Array.from({ length: 2e5 }, (_, i) => (Math.PI * 1e300 * i).toString(3).length).length",
    parseFloat: "return parseFloat('1' + '0'.repeat(2e7) + 'e-20000000')",
  },
};

const lists: Family = {
  name: "one long operation on lists",
  attacks: {
    "fill of a huge length": "return Array.prototype.fill.call({ length: 2 ** 53 - 1 }, 0)",
    "indexOf on a huge length": "return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)",
    "includes on a huge length": "return Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)",
    "reverse on a huge length": "return Array.prototype.reverse.call({ length: 2 ** 40, 0: 1 })",
    "join on a huge length": "return Array.prototype.join.call({ length: 2 ** 32 })",
    "sort on a huge length": "return Array.prototype.sort.call({ length: 2 ** 53 - 1 })",
    "lastIndexOf on a huge length": "return Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1, 0: 1 }, 2)",
    "unshift on a huge length": "return Array.prototype.unshift.call({ length: 2 ** 40 }, 1)",
    "splice on a huge length": "return Array.prototype.splice.call({ length: 2 ** 40 }, 0, 1)",
    "forEach on a sparse list": "const a = []; a[2 ** 32 - 2] = 1; a.forEach(() => 0); return a.length",
    "join on a sparse list": "return new Array(2 ** 32 - 1).join('x').length",
    "toSorted on a sparse list": "return new Array(2 ** 32 - 1).toSorted().length",
    "flat for ever": "const a = []; a.push(a, a); return a.flat(Infinity).length",
    "flat of depth": "let a = [1]; for (let i = 0; i < 24; i++) a = [a, a]; return a.flat(Infinity).length",
    sort: "return Array.from({ length: 2e6 }, (_, i) => (i * 7919) % 1000003).sort().length",
    "sort with a slow comparator":
      "return Array.from({ length: 3e5 }, (_, i) => -i).sort((a, b) => { let x = 0; for (let i = 0; i < 100; i++) x += i; return a - b }).length",
    "Array.from": "return Array.from({ length: 2 ** 32 - 1 }).length",
    "a spread of holes": "return Math.max(...new Array(1e8))",
    "apply with a huge length": "return Math.max.apply(null, { length: 2 ** 30 })",
    copyWithin: "return Array.prototype.copyWithin.call({ length: 2 ** 40 }, 1, 0).length",
    concat: "let a = [1, 2, 3]; for (;;) a = a.concat(a)",
    groupBy: "return Object.keys(Object.groupBy(Array(3e6).fill(0), (_, i) => i % 1000)).length",
    "a typed array's fill": "return new Uint8Array(6e7).fill(1).length",
    "a typed array's sort": "return new Float64Array(5e6).map(() => Math.random()).sort().length",
    "a typed array's join": "return new Uint8Array(2e7).join().length",
  },
};

const data: Family = {
  name: "one long operation on data",
  attacks: {
    "JSON.parse of a large text": "return JSON.parse('[' + '1,'.repeat(5e6) + '1]').length",
    "JSON.parse of many keys":
      "return Object.keys(JSON.parse('{' + Array.from({ length: 3e5 }, (_, i) => `\"k${i}\":${i}`).join() + '}')).length",
    "JSON.parse of a long number": "return JSON.parse('1' + '0'.repeat(1e7))",
    "JSON.stringify of a shared structure":
      "let a = [1]; for (let i = 0; i < 30; i++) a = [a, a]; return JSON.stringify(a).length",
    "JSON.stringify with indents":
      "let a = 1; for (let i = 0; i < 3e3; i++) a = [a]; return JSON.stringify(Array(100).fill(a), null, 10).length",
    "JSON.stringify of a long key": "return JSON.stringify({ ['k'.repeat(3e7)]: 1 }).length",
    "a shared structure as the result": "let a = [1]; for (let i = 0; i < 30; i++) a = [a, a]; return a",
    "a shared structure to the host": {
      hosts: ["echo"],
      body: "let a = [1]; for (let i = 0; i < 30; i++) a = { l: a, r: a }; return AWAIT echo(a)",
    },
    "a shared structure to structuredClone":
      "let a = [1]; for (let i = 0; i < 30; i++) a = { l: a, r: a }; return structuredClone(a)",
    "Object.assign":
      "const o = {}; for (let i = 0; i < 3e5; i++) o['k' + i] = i; for (let i = 0; i < 100; i++) Object.assign({}, o); return 1",
    "keys of a Proxy":
      "return Object.keys(new Proxy({}, { ownKeys: () => Array.from({ length: 1e6 }, (_, i) => 'k' + i), getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) })).length",
    "Date.parse": "return Date.parse('Jan 1 2020 ' + ' '.repeat(2e7) + '10:00')",
    "Date.parse of brackets": "return Date.parse('1 Jan 2020 ' + '('.repeat(1e7))",
    "a deep comparison":
      "const deep = (n) => n ? { a: deep(n - 1), b: deep(n - 1) } : 0; return JSON.stringify(deep(20)) === JSON.stringify(deep(20))",
    TextDecoder: "return new TextDecoder().decode(new Uint8Array(3e7)).length",
    "a chain of prototypes":
      "let o = {}; for (let i = 0; i < 5e4; i++) o = Object.create(o); let n = 0; for (let i = 0; i < 1e5; i++) n += o.missing === undefined ? 1 : 0; return n",
    "a chain of Proxies": "let o = {}; for (let i = 0; i < 3e3; i++) o = new Proxy(o, {}); return o.missing",
    "collisions in a map": "const m = new Map(); for (let i = 0; i < 5e5; i++) m.set(i * 2 ** 32, i); return m.size",
  },
};

export const long: readonly Family[] = [strings, regexes, bigints, lists, data];
