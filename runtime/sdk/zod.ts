/**
 * Its own entry of the build (dist/sdk/zod.js), loaded when `z` is first touched. It also stands in for the package
 * where a workspace has none, so it exports all that `import … from "zod"` may name.
 */
export * from "zod";
export { default } from "zod";
