/**
 * Node's modules that take a millisecond or more to load, each at its first use: a flow that imports the blocks and uses
 * one of them does not wait for what the others need.
 */
export const lazyNode = {
  get crypto() {
    return process.getBuiltinModule("node:crypto");
  },
  get files() {
    return process.getBuiltinModule("node:fs/promises");
  },
  get stream() {
    return process.getBuiltinModule("node:stream");
  },
  /** `pipeline` that one waits for. */
  get streams() {
    return process.getBuiltinModule("node:stream/promises");
  },
  get threads() {
    return process.getBuiltinModule("node:worker_threads");
  },
  get zlib() {
    return process.getBuiltinModule("node:zlib");
  },
};
