export * from "../../runtime/protocol/state-look.ts";
