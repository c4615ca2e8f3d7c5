/** What rooms beside the SDK need to know of a Standard Schema. */
export { jsonSchema, pathText } from "../engine/schema.ts";
