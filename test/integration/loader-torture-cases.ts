/** TypeScript as people write it: each case is a small project, the file to load, and what it prints or says. */

export interface TortureCase {
  /** Completes "should …". */
  readonly name: string;
  /** Path → content, or a link to another folder of the case. */
  readonly files: Readonly<Record<string, string | { readonly link: string }>>;
  /** "flow.ts" when left out. */
  readonly entry?: string;
  /** What the module prints while it loads. */
  readonly prints?: string;
  /** It does not load; the message matches all of these. */
  readonly refuses?: readonly RegExp[];
  /** Its stack, as recorded, matches all of these. */
  readonly stack?: readonly RegExp[];
  /** What it says on stderr. */
  readonly warns?: RegExp;
}

const json = (value: unknown): string => JSON.stringify(value);
const config = (compilerOptions: Readonly<Record<string, unknown>>): string => json({ compilerOptions });

const syntax: readonly TortureCase[] = [
  {
    name: "compile enums, with computed and string members and a cast",
    files: {
      "flow.ts": `enum Color { Red, Green = 5, Blue = "b" as any }\nenum Flag { A = 1 << 2, B = A | 1 }\nconsole.log(Color.Green, Color[0], Flag.B);\nexport {};\n`,
    },
    prints: "5 Red 5",
  },
  {
    name: "compile a const enum of the same file",
    files: { "flow.ts": `const enum Size { S = 1, M = S * 4 }\nconsole.log(Size.M);\nexport {};\n` },
    prints: "4",
  },
  {
    name: "compile a const enum of another file",
    files: {
      "sizes.ts": `export const enum Size { S = 1, L = 7 }\n`,
      "flow.ts": `import { Size } from './sizes';\nconsole.log(Size.L);\n`,
    },
    prints: "7",
  },
  {
    name: "say that a const enum that is only declared has no value at run time",
    files: {
      "sizes.d.ts": `export declare const enum Size { S = 3 }\n`,
      "sizes.js": `module.exports = {};\n`,
      "flow.ts": `import { Size } from './sizes';\nconsole.log(Size.S);\n`,
    },
    refuses: [/flow\.ts:1:22: "\.\/sizes(\.js)?" exports no "Size" that exists at run time/, /declare const enum/],
  },
  {
    name: "compile namespaces, nested ones, and aliases of them",
    files: {
      "flow.ts": `namespace Units { export const km = 1; export const next = () => km + 1; export namespace Deep { export const m = 3 } }\nnamespace Types { export type X = string }\nimport Deep = Units.Deep;\nconsole.log(Units.next(), Deep.m);\nexport {};\n`,
    },
    prints: "2 3",
  },
  {
    name: "compile parameter properties",
    files: {
      "flow.ts": `class Point { constructor(private readonly x: number, public y = 2) {} sum() { return this.x + this.y; } }\nconsole.log(new Point(1).sum());\nexport {};\n`,
    },
    prints: "3",
  },
  {
    name: "compile legacy decorators of methods, parameters and classes",
    files: {
      "tsconfig.json": config({ experimentalDecorators: true, target: "es2022", useDefineForClassFields: false }),
      "flow.ts": `const seen: unknown[] = [];\nfunction loud(_t: any, _k: string, d: PropertyDescriptor) { const run = d.value; d.value = function (...a: any[]) { return 'loud' + run.apply(this, a); }; }\nfunction spot(_t: any, _k: string | undefined, at: number) { seen.push(at); }\nfunction mark<T extends new (...a: any[]) => any>(c: T) { seen.push(c.name); }\n@mark\nclass Job { @loud go(@spot x: number) { return x; } }\nconsole.log(new Job().go(3), seen.join());\nexport {};\n`,
    },
    prints: "loud3 0,Job",
  },
  {
    name: "warn that decorator metadata is not emitted",
    files: {
      "tsconfig.json": config({ experimentalDecorators: true, emitDecoratorMetadata: true }),
      "flow.ts": `function column(_t: any, _k: string) {}\nclass Row { @column id!: string; }\nconsole.log(typeof new Row());\nexport {};\n`,
    },
    prints: "object",
    warns: /emitDecoratorMetadata.*flow\.ts/,
  },
  {
    name: "compile standard decorators",
    files: {
      "flow.ts": `function named(run: any, context: ClassMethodDecoratorContext) { return function (this: any, ...a: any[]) { return context.kind + run.apply(this, a); }; }\nclass Job { @named go(x: number) { return x; } }\nconsole.log(new Job().go(3));\nexport {};\n`,
    },
    prints: "method3",
  },
  {
    name: "compile accessor fields",
    files: { "flow.ts": `class Job { accessor size = 4; }\nconsole.log(new Job().size);\nexport {};\n` },
    prints: "4",
  },
  {
    name: "compile using declarations",
    files: {
      "flow.ts": `{ using file = { [Symbol.dispose]() { console.log('closed'); } }; void file; }\nconsole.log('end');\nexport {};\n`,
    },
    prints: "closed\nend",
  },
  {
    name: "take import = require beside imports",
    files: {
      "flow.ts": `import fs = require('node:fs');\nimport { posix } from 'node:path';\nconsole.log(typeof fs.readFileSync, posix.join('a', 'b'));\n`,
    },
    prints: "function a/b",
  },
  {
    name: "take import = require and export = in a .cts file",
    files: {
      "flow.cts": `import fs = require('node:fs');\nconst size: number = 1;\nconsole.log(typeof fs.readFileSync);\nexport = { size };\n`,
    },
    entry: "flow.cts",
    prints: "function",
  },
  {
    name: "drop casts, satisfies, overloads, abstract members and global declarations",
    files: {
      "flow.ts": `const seven = <number>(<unknown>"7");\nconst same = <T,>(x: T): T => x;\nabstract class Base<T> { abstract go(): T; declare ghost: string; static #secret = 3; static read<Self extends Base<any>>() { return Base.#secret; } }\nfunction pick(a: string): string; function pick(a: number): number; function pick(a: any) { return a; }\nconst row = { a: 1 } satisfies Record<string, number>;\ndeclare global { interface Window { extra: 1 } }\ndeclare module 'elsewhere' { const q: number; }\nconsole.log(seven, same<number>(2), Base.read(), pick(4), row!.a as number);\nexport {};\n`,
    },
    prints: "7 2 3 4 1",
  },
  {
    name: "follow the target for how class fields are made",
    files: {
      "tsconfig.json": config({ target: "es2020" }),
      "flow.ts": `class A { constructor() { this.init(); } init() {} }\nclass B extends A { size: number | undefined; init() { this.size = 5; } }\nconsole.log(new B().size);\nexport {};\n`,
    },
    prints: "5",
  },
  {
    name: "compile JSX with a factory",
    files: {
      "tsconfig.json": config({ jsx: "react", jsxFactory: "h" }),
      "flow.tsx": `const h = (tag: string, _props: unknown, ...rest: unknown[]) => tag + rest.join('');\nconsole.log(<b>hi{1 as number}</b>);\nexport {};\n`,
    },
    entry: "flow.tsx",
    prints: "bhi1",
  },
  {
    name: "compile JSX with an automatic runtime, also where a bundler was to do it",
    files: {
      "tsconfig.json": config({ jsx: "preserve", jsxImportSource: "tiny-jsx" }),
      "node_modules/tiny-jsx/package.json": json({
        name: "tiny-jsx",
        type: "module",
        exports: { "./jsx-runtime": "./runtime.js" },
      }),
      "node_modules/tiny-jsx/runtime.js": `export const jsx = (tag, props) => tag + props.children;\nexport const jsxs = jsx;\nexport const Fragment = 1;\n`,
      "flow.tsx": `console.log(<b>hi</b>);\nexport {};\n`,
    },
    entry: "flow.tsx",
    prints: "bhi",
  },
];

const types: readonly TortureCase[] = [
  {
    name: "drop a type imported beside a value without saying type",
    files: {
      "row.ts": `export interface Row { a: number }\nexport const row: Row = { a: 1 };\n`,
      "flow.ts": `import { Row, row } from './row';\nconst mine: Row = row;\nconsole.log(mine.a);\n`,
    },
    prints: "1",
  },
  {
    name: "not look for modules that only give types",
    files: {
      "shapes.d.ts": `export interface Shape {}\n`,
      "flow.ts": `import { Shape } from './shapes';\nimport { Other } from 'types-not-installed';\nlet x: Shape | Other | undefined;\nconsole.log('ok');\n`,
    },
    prints: "ok",
  },
  {
    name: "link a type that is re-exported from its file",
    files: {
      "row.ts": `export interface Row { a: number }\nexport type Key = string;\nexport const row = 1;\n`,
      "barrel.ts": `export { Row, Key, row } from './row';\n`,
      "flow.ts": `import { row } from './barrel';\nconsole.log(row);\n`,
    },
    prints: "1",
  },
  {
    name: "link a type that is imported and then exported",
    files: {
      "row.ts": `export interface Row { a: number }\nexport const row = 1;\n`,
      "flow.ts": `import { Row, row } from './row';\nexport { Row, row };\nconsole.log(row);\n`,
    },
    prints: "1",
  },
  {
    name: "say how to write the re-export of a type that comes from JavaScript",
    files: {
      "node_modules/lib/package.json": json({ name: "lib", type: "module", exports: "./lib.js" }),
      "node_modules/lib/lib.js": `export const value = 1;\n`,
      "flow.ts": `export { value, Options } from 'lib';\n`,
    },
    refuses: [/flow\.ts:1:32: "lib" exports no "Options" that exists at run time/, /"export type"/],
  },
  {
    name: "follow export * and export * as",
    files: {
      "row.ts": `export interface Row { a: number }\nexport const row = 1;\n`,
      "barrel.ts": `export * from './row';\nexport * as rows from './row';\n`,
      "flow.ts": `import { row, rows } from './barrel';\nconsole.log(row, rows.row);\n`,
    },
    prints: "1 1",
  },
  {
    name: "run circular imports of functions",
    files: {
      "a.ts": `import { b } from './b';\nexport function a(): number { return 1; }\nexport const viaB = () => b();\n`,
      "b.ts": `import { a } from './a';\nexport function b(): number { return a() + 1; }\n`,
      "flow.ts": `import { viaB } from './a';\nconsole.log(viaB());\n`,
    },
    prints: "2",
  },
  {
    name: "run a circle that is closed by a type only",
    files: {
      "a.ts": `import { B } from './b';\nexport class A { b?: B }\nexport const k = 3;\n`,
      "b.ts": `import { A, k } from './a';\nexport class B extends A { x = k }\n`,
      "flow.ts": `import { A } from './a';\nimport { B } from './b';\nconsole.log(new B().x, !!A);\n`,
    },
    prints: "3 true",
  },
];

const resolution: readonly TortureCase[] = [
  {
    name: "find files without extensions, folders, and the folder above",
    files: {
      "one.ts": `export const one = 1;\n`,
      "lib/index.ts": `export const two = 2;\n`,
      "sub/three.ts": `import { one } from '..';\nexport const three = one + 2;\n`,
      "index.ts": `export * from './one';\n`,
      "flow.ts": `import { one } from './one';\nimport { two } from './lib';\nimport { three } from './sub/three';\nconsole.log(one, two, three);\n`,
    },
    prints: "1 2 3",
  },
  {
    name: "find the source behind a .js or .mjs that is not built",
    files: {
      "one.ts": `export const one = 1;\n`,
      "two.mts": `export const two = 2;\n`,
      "three.tsx": `export const three = 3;\n`,
      "flow.ts": `import { one } from './one.js';\nimport { two } from './two.mjs';\nimport { three } from './three.js';\nconsole.log(one, two, three);\n`,
    },
    prints: "1 2 3",
  },
  {
    name: "take .ts in a specifier",
    files: {
      "one.ts": `export const one: number = 1;\n`,
      "flow.ts": `import { one } from './one.ts';\nconsole.log(one);\n`,
    },
    prints: "1",
  },
  {
    name: "follow paths and baseUrl of a tsconfig that extends another and has comments",
    files: {
      "tsconfig.json": `{\n  // comment\n  "extends": "./base.json",\n}`,
      "base.json": config({ baseUrl: ".", paths: { "@/*": ["src/*"], exact: ["./src/a"] } }),
      "src/a.ts": `export const a = 1;\n`,
      "helpers/b.ts": `export const b = 2;\n`,
      "flow.ts": `import { a } from '@/a';\nimport { b } from 'helpers/b';\nimport { a as again } from 'exact';\nconsole.log(a, b, again);\n`,
    },
    prints: "1 2 1",
  },
  {
    name: "import JSON as people do, whole and by name",
    files: {
      "settings.json": json({ size: 1, "not-a-name": 2, class: 3 }),
      "flow.ts": `import settings, { size } from './settings.json';\nconsole.log(settings['not-a-name'], size, settings.class);\n`,
    },
    prints: "2 1 3",
  },
  {
    name: "import JSON with attributes",
    files: {
      "settings.json": json({ size: 1 }),
      "flow.ts": `import settings from './settings.json' with { type: 'json' };\nconsole.log(settings.size);\n`,
    },
    prints: "1",
  },
  {
    name: "import named keys of JSON only",
    files: {
      "settings.json": json({ size: 1 }),
      "flow.ts": `import { size } from './settings.json';\nconsole.log(size);\n`,
    },
    prints: "1",
  },
  {
    name: "give ES modules, CommonJS and dual packages as Node does",
    files: {
      "node_modules/esm/package.json": json({ name: "esm", type: "module", exports: "./i.js" }),
      "node_modules/esm/i.js": `export const e = 1;\nexport default 9;\n`,
      "node_modules/cjs/package.json": json({ name: "cjs", main: "i.js" }),
      "node_modules/cjs/i.js": `exports.c = 2;\nexports.__esModule = true;\nexports.default = 8;\n`,
      "node_modules/dual/package.json": json({ name: "dual", exports: { import: "./i.mjs", require: "./i.cjs" } }),
      "node_modules/dual/i.mjs": `export const d = "import";\n`,
      "node_modules/dual/i.cjs": `exports.d = "require";\n`,
      "flow.ts": `import x, { e } from 'esm';\nimport { c } from 'cjs';\nimport * as all from 'cjs';\nimport { d } from 'dual';\nconsole.log(x, e, c, d, all.c);\n`,
    },
    prints: "9 1 2 import 2",
  },
  {
    name: "give the default import of a CommonJS package as Node does, not as esModuleInterop",
    files: {
      "node_modules/cjs/package.json": json({ name: "cjs", main: "i.js" }),
      "node_modules/cjs/i.js": `exports.__esModule = true;\nexports.default = 8;\n`,
      "flow.ts": `import x from 'cjs';\nconsole.log(typeof x, (x as any).default);\n`,
    },
    prints: "object 8",
  },
  {
    name: "load the sources of linked workspace packages",
    files: {
      "pnpm-workspace.yaml": "packages: [packages/*]",
      "package.json": json({ name: "root" }),
      "packages/lib/package.json": json({ name: "@ws/lib", main: "./src/index.ts" }),
      "packages/lib/src/index.ts": `import { h } from './h';\nexport enum E { A = 4 }\nexport const lib: string = 'lib' + h;\n`,
      "packages/lib/src/h.ts": `export const h = 1;\n`,
      "packages/two/package.json": json({
        name: "@ws/two",
        exports: { ".": { types: "./src/index.ts", default: "./dist/index.js" }, "./src": "./src/index.ts" },
      }),
      "packages/two/src/index.ts": `export const two: number = 2;\n`,
      "packages/three/package.json": json({ name: "@ws/three", exports: "./src/index.js" }),
      "packages/three/src/index.ts": `export const three: number = 3;\n`,
      "packages/app/package.json": json({ name: "app", type: "module" }),
      "packages/app/node_modules/@ws/lib": { link: "packages/lib" },
      "packages/app/node_modules/@ws/two": { link: "packages/two" },
      "packages/app/node_modules/@ws/three": { link: "packages/three" },
      "packages/app/flow.ts": `import { lib, E } from '@ws/lib';\nimport { two } from '@ws/two/src';\nimport { three } from '@ws/three';\nconsole.log(lib, E.A, two, three);\n`,
    },
    entry: "packages/app/flow.ts",
    prints: "lib1 4 2 3",
  },
  {
    name: "load TypeScript that really stands in node_modules",
    files: {
      "node_modules/raw/package.json": json({ name: "raw", main: "i.ts" }),
      "node_modules/raw/i.ts": `import { more } from './more';\nexport const raw: number = more;\n`,
      "node_modules/raw/more.ts": `export const more: number = 1;\n`,
      "flow.ts": `import { raw } from 'raw';\nconsole.log(raw);\n`,
    },
    prints: "1",
  },
  {
    name: "load from folders with spaces, other scripts, #, %20 and brackets in their names",
    files: {
      "flows é ü/日本 #1%20 [x]/helper ñ.ts": `export const helper: number = 1;\n`,
      "flows é ü/日本 #1%20 [x]/flow ö.ts": `import { helper } from './helper ñ';\nconsole.log(helper, import.meta.filename.endsWith('flow ö.ts'));\n`,
    },
    entry: "flows é ü/日本 #1%20 [x]/flow ö.ts",
    prints: "1 true",
  },
  {
    name: "load a file again under a query, and find it under an escaped name",
    files: {
      "my helper.ts": `(globalThis as any).loads = ((globalThis as any).loads ?? 0) + 1;\nexport const loads: number = (globalThis as any).loads;\n`,
      "flow.ts": `const first = await import('./my%20helper');\nconst second = await import('./my helper.ts?again=1');\nconsole.log(first.loads, second.loads);\nexport {};\n`,
    },
    prints: "1 2",
  },
];

const formats: readonly TortureCase[] = [
  {
    name: "load a CommonJS .ts with require, __dirname and module.exports",
    files: {
      "folder/one.ts": `export const one: number = 1;\n`,
      "folder/flow.ts": `const fs = require('fs');\nconst { one } = require('./one');\nconst n: number = one;\nconsole.log(typeof fs.statSync, n, require('path').basename(__dirname));\nmodule.exports = { n };\n`,
    },
    entry: "folder/flow.ts",
    prints: "function 1 folder",
  },
  {
    name: "give import.meta and top-level await",
    files: {
      "folder/flow.ts": `import path from 'node:path';\nconst two: number = await Promise.resolve(2);\nconsole.log(import.meta.url.startsWith('file:') && import.meta.url.endsWith('/flow.ts'), path.basename(import.meta.dirname), path.basename(import.meta.filename), two);\n`,
    },
    entry: "folder/flow.ts",
    prints: "true folder flow.ts 2",
  },
  {
    name: "give require, __dirname and __filename to an ES module that uses them",
    files: {
      "folder/c.json": json({ k: 1 }),
      "folder/flow.ts": `import path from 'node:path';\nconst c = require('./c.json');\nconsole.log(path.basename(__dirname), path.basename(__filename), c.k);\n`,
    },
    entry: "folder/flow.ts",
    prints: "folder flow.ts 1",
  },
  {
    name: "load top-level await beside require",
    files: {
      "flow.ts": `const path = require('node:path');\nconsole.log(await Promise.resolve(path.basename(__filename)));\n`,
    },
    prints: "flow.ts",
  },
  {
    name: "load .mts and .cts, also a .cts that uses import and export",
    files: {
      "a.mts": `export const a: number = 1;\n`,
      "b.cts": `const x: number = 2;\nexports.b = x;\n`,
      "c.cts": `import path from 'path';\nexport const c: string = typeof path.join;\n`,
      "flow.ts": `import { a } from './a.mjs';\nimport { b } from './b.cjs';\nimport { c } from './c.cjs';\nconsole.log(a, b, c);\n`,
    },
    prints: "1 2 function",
  },
  {
    name: "let the syntax decide in a package that says commonjs",
    files: {
      "package.json": json({ type: "commonjs" }),
      "one.ts": `export const one: number = 1;\nexport default 5;\n`,
      "flow.ts": `import d, { one } from './one';\nexport const r: number = await Promise.resolve(one);\nconsole.log(r, d);\n`,
    },
    prints: "1 5",
  },
  {
    name: "import a CommonJS .js from a package that says commonjs",
    files: {
      "folder/package.json": json({ type: "commonjs" }),
      "folder/one.js": `exports.one = 1;\n`,
      "folder/flow.ts": `import { one } from './one';\nimport * as path from 'path';\nconsole.log(one, path.basename(__dirname));\n`,
    },
    entry: "folder/flow.ts",
    prints: "1 folder",
  },
  {
    name: "load a package that says module",
    files: {
      "package.json": json({ type: "module" }),
      "one.ts": `export const one: number = 1;\n`,
      "flow.ts": `import { one } from './one.js';\nconsole.log(one);\n`,
    },
    prints: "1",
  },
  {
    name: "let CommonJS JavaScript require TypeScript",
    files: {
      "package.json": json({ type: "commonjs" }),
      "h.ts": `exports.h = 1 as number;\n`,
      "u.ts": `export const u: number = 1;\n`,
      "legacy.cjs": `"use strict";\nconst { h } = require('./h');\nconst { u } = require('./u.js');\nexports.x = h + u;\nexports.strict = (function () { return this === undefined; })();\n`,
      "flow.ts": `import { x, strict } from './legacy.cjs';\nconsole.log(x, strict);\n`,
    },
    prints: "2 true",
  },
  {
    name: "import a name that is only known at run time",
    files: {
      "lazy.ts": `export enum Level { High = 2 }\nexport default class Box { constructor(public z: number) {} }\n`,
      "flow.ts": `const name: string = './la' + 'zy';\nconst lazy = await import(name);\nconsole.log(lazy.Level.High, new lazy.default(3).z);\nexport {};\n`,
    },
    prints: "2 3",
  },
  {
    name: "run a worker thread that is written in TypeScript",
    files: {
      "shared.ts": `export enum Answer { Six = 6 }\n`,
      "thread.ts": `import { parentPort } from 'node:worker_threads';\nimport { Answer } from './shared';\nparentPort!.postMessage(Answer.Six);\n`,
      "flow.ts": `import { once } from 'node:events';\nimport { Worker } from 'node:worker_threads';\nconst [answer] = await once(new Worker(new URL('./thread.ts', import.meta.url)), 'message');\nconsole.log(answer);\n`,
    },
    prints: "6",
  },
];

const sdk: readonly TortureCase[] = [
  {
    name: "give millrace and zod where nothing is installed",
    files: {
      "one.ts": `export const one: number = 1;\n`,
      "flow.ts": `import { one } from './one';\nimport { flow, task } from "millrace";\nimport { z } from 'zod';\nimport * as all from 'zod';\nconsole.log(one, typeof task, typeof flow, z.string().parse('s'), all.z === z, typeof all.object);\n`,
    },
    prints: "1 function function s true function",
  },
  {
    name: "give millrace/blocks by import",
    files: { "flow.ts": `import * as blocks from "millrace/blocks";\nconsole.log(typeof blocks.LocalBucket);\n` },
    prints: "function",
  },
  {
    name: "give millrace and zod by require",
    files: {
      "flow.cts": `const { task } = require('millrace');\nconst { LocalBucket } = require('millrace/blocks');\nconst { z } = require('zod');\nconst kind: string = typeof task;\nconsole.log(kind, typeof LocalBucket, z.string().parse('s'));\n`,
    },
    entry: "flow.cts",
    prints: "function function s",
  },
  {
    name: "give one copy of millrace to ES modules, CommonJS and packages",
    files: {
      "c.cts": `const m = require('millrace');\nmodule.exports = { task: m.task };\n`,
      "node_modules/helper/package.json": json({ name: "helper", main: "i.js" }),
      "node_modules/helper/i.js": `module.exports.task = require('./deep').task;\n`,
      "node_modules/helper/deep.js": `exports.task = require('millrace').task;\n`,
      "node_modules/direct/package.json": json({ name: "direct", main: "i.js" }),
      "node_modules/direct/i.js": `module.exports.task = require('millrace').task;\n`,
      "flow.ts": `import { task } from 'millrace';\nimport c from './c.cjs';\nimport helper from 'helper';\nimport direct from 'direct';\nconsole.log(c.task === task, helper.task === task, direct.task === task);\n`,
    },
    prints: "true true true",
  },
  {
    name: "prefer the bundled millrace to an installed one, and an installed zod to the bundled one",
    files: {
      "node_modules/millrace/package.json": json({ name: "millrace", type: "module", exports: "./i.js" }),
      "node_modules/millrace/i.js": `export const task = "installed";\n`,
      "node_modules/zod/package.json": json({ name: "zod", type: "module", exports: "./i.js" }),
      "node_modules/zod/i.js": `export const z = "installed";\n`,
      "flow.ts": `import { task } from "millrace";\nimport { z } from "zod";\nconsole.log(typeof task, z);\n`,
    },
    prints: "function installed",
  },
];

const errors: readonly TortureCase[] = [
  {
    name: "name file, line and column of a syntax error in a second file",
    files: {
      "b.ts": `export const ok = 1;\nexport function f() {\n  const x = = 2;\n}\n`,
      "flow.ts": `import { f } from './b';\nconsole.log(f);\n`,
    },
    refuses: [/b\.ts:3:13: Unexpected "="\n {2}3 \| {3}const x = = 2;\n {4}\| {13}\^/],
  },
  {
    name: "count the columns of a syntax error in characters",
    files: { "flow.ts": `const word = "日本語"; const x = = 2;\n` },
    refuses: [/flow\.ts:1:31: Unexpected/],
  },
  {
    name: "name file and line of a syntax error in JavaScript",
    files: {
      "b.js": `export const ok = 1;\nexport const y = ;\n`,
      "flow.ts": `import { ok } from './b';\nconsole.log(ok);\n`,
    },
    refuses: [/b\.js:2:18: Unexpected ";"/],
  },
  {
    name: "name the place of broken JSON",
    files: { "c.json": `{\n  "a": 1,\n  "b": oops\n}`, "flow.ts": `import c from './c.json';\nconsole.log(c);\n` },
    refuses: [/c\.json:3:8: not JSON/],
  },
  {
    name: "name the import that finds no file",
    files: {
      "b.ts": `\nimport { a } from './helper';\nexport const b = a;\n`,
      "flow.ts": `import { b } from './b';\nconsole.log(b);\n`,
    },
    refuses: [/b\.ts:2:19: cannot find "\.\/helper"/, /as a folder/],
  },
  {
    name: "name the import that finds no package, and how to get it",
    files: { "flow.ts": `import { parse } from '@scope/csv/sync';\nconsole.log(parse);\n` },
    refuses: [/flow\.ts:1:23: cannot find the package "@scope\/csv\/sync"; install it \(npm i @scope\/csv\)/],
  },
  {
    name: "leave the error of an optional package as Node made it",
    files: {
      "flow.ts": `const tried = await import('not-installed' as string).catch((error) => error.code);\nlet required: unknown;\ntry { require('not-installed'); } catch (error: any) { required = error.code; }\nconsole.log(tried, required);\nexport {};\n`,
    },
    prints: "ERR_MODULE_NOT_FOUND MODULE_NOT_FOUND",
  },
  {
    name: "map a run-time error through two files, line and column",
    files: {
      "pad.ts": `interface P {\n  a: number;\n}\n\ntype Q = P | string;\nenum E {\n  A = 1,\n\n  B,\n}\nexport class Thrower {\n  constructor(private why: string) {}\n  boom(q: Q | undefined): never { const e = E.B; if (e) { throw new Error('boom ' + this.why); } return 0 as never; }\n}\n`,
      "flow.ts": `import { Thrower } from './pad';\n\nfunction run(x: number): void {\n  const t: Thrower = new Thrower(String(x)); t.boom(undefined);\n}\nrun(1);\n`,
    },
    refuses: [/pad\.ts:13:65: loading failed: Error: boom 1/],
    stack: [/pad\.ts:13:65/, /flow\.ts:4:(?:46|48)/, /flow\.ts:6:1\b/],
  },
  {
    name: "map a run-time error of a file that only loses its types",
    files: {
      "pad.ts": `interface P {\n  a: number;\n}\n\ntype Q = P | string;\nexport function boom(q: Q | undefined): never { const e: number = 1; if (e) { throw new Error('boom'); } return 0 as never; }\n`,
      "flow.ts": `import { boom } from './pad.ts';\n\nfunction run(x: number): void {\n  const t: number = Number(x); boom(undefined);\n}\nrun(1);\n`,
    },
    refuses: [/pad\.ts:6:85: loading failed: Error: boom/],
    stack: [/pad\.ts:6:85/, /flow\.ts:4:32/, /flow\.ts:6:1\b/],
  },
  {
    name: "map a run-time error of CommonJS",
    files: {
      "pad.cts": `interface P {\n  a: number;\n}\n\nenum E { A = 1 }\nexports.boom = function boom(q: string | undefined): never { if (E.A) { throw new Error('boom'); } return 0 as never; }\n`,
      "flow.cts": `const { boom } = require('./pad.cts');\n\nfunction run(x: number): void {\n  const t: number = Number(x); boom(undefined);\n}\nrun(1);\n`,
    },
    entry: "flow.cts",
    refuses: [/pad\.cts:6:79: loading failed/],
    stack: [/pad\.cts:6:79/, /flow\.cts:4:32/, /flow\.cts:6:1\b/],
  },
  {
    name: "map the first line of an ES module that got a head of shims",
    files: {
      "flow.ts": `import path from 'node:path'; console.log(typeof require, path.sep.length); (null as any).x;\n`,
    },
    prints: "function 1",
    refuses: [/flow\.ts:1:91: loading failed: TypeError/],
  },
];

export const tortureCases: readonly TortureCase[] = [...syntax, ...types, ...resolution, ...formats, ...sdk, ...errors];
