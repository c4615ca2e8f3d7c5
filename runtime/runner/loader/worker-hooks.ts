/** dist/worker-hooks.cjs: required by a worker thread of user code before anything else. */
import { getEnvironmentData } from "node:worker_threads";
import { installLoader, type LoaderOptions } from "./install.ts";
import { environmentKey } from "./worker-threads.ts";

const options = getEnvironmentData(environmentKey);
if (isLoaderOptions(options)) installLoader(options);

function isLoaderOptions(value: unknown): value is LoaderOptions {
  return typeof value === "object" && value !== null && "home" in value && "dist" in value;
}
