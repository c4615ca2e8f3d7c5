/** Its own entry of the build (dist/sdk/zod.js), loaded when `z` is first touched. */
export { z } from "zod";
