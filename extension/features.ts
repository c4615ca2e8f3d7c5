/**
 * What the editor shows is what there is: views, lenses and settings of a feature stay hidden until its name stands here.
 * package.json asks for the context keys `millrace.features.<name>`.
 */
export const features: readonly ("blocks" | "deployments" | "workPools")[] = ["blocks"];

/** Settings that mean something only with their feature; they are contributed with it. */
export const laterSettings = ["codeLens.deploy"] as const;
