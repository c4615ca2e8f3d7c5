/**
 * zod's `z`, loaded when it is first touched: a flow that needs no schema starts without it. The build puts this in
 * the place of zod in z.ts.
 */
import { createRequire } from "node:module";

let loaded: object | undefined;

function load(): object {
  if (loaded !== undefined) return loaded;
  const extension = import.meta.filename.endsWith(".ts") ? "ts" : "js";
  // A name that the bundler does not follow: the file is an entry of its own beside this one.
  const { z }: { readonly z: object } = createRequire(import.meta.filename)(`./zod.${extension}`);
  loaded = z;
  return z;
}

export const z: object = new Proxy(
  {},
  {
    get: (_target, key) => Reflect.get(load(), key),
    has: (_target, key) => Reflect.has(load(), key),
    ownKeys: () => Reflect.ownKeys(load()),
    getOwnPropertyDescriptor(_target, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(load(), key);
      // A namespace's properties are not configurable, but a proxy may say so only of what its target has.
      return descriptor === undefined ? undefined : { ...descriptor, configurable: true };
    },
  },
);
