/**
 * zod 4's `z`, with all its types. In the build, lazy-zod.ts stands in for zod here (scripts/build-library.mjs), so that importing
 * millrace does not load it.
 */
export { z } from "zod";
