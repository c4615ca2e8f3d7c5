/** `millrace/testing`: run flows in memory, under any test runner, with a fake clock, mocks and crashes. */
export { type FakeClock, type FakeClockOptions, fakeClock } from "./fake-clock.ts";
export type { PauseAnswers } from "./memory-pauses.ts";
export { mockTask, type TaskMock } from "./mocks.ts";
export { type ResumeFlowOptions, type RunFlowOptions, runFlow, type TestRun } from "./run-flow.ts";
export { type TestCache, testCache } from "./test-cache.ts";
