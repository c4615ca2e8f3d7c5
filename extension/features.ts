/**
 * What the editor shows is what there is: views, lenses and settings of a feature stay hidden until its name stands here.
 * package.json asks for the context keys `millrace.features.<name>`.
 */
export const features: readonly ("blocks" | "deployments" | "workPools")[] = ["blocks", "deployments", "workPools"];
