/** Tests a block in a process of its own and tells what each step found. */
import { exitCodes } from "../../protocol/errors.ts";
import { findType, splitBlock, withClient } from "../blocks/read-blocks.ts";
import { testLines } from "../blocks/show-block.ts";
import type { CommandHandler } from "../command.ts";
import { printJson } from "../json.ts";
import { fieldsOf } from "./blocks-save.ts";

export const blocksTestHandler: CommandHandler = async ({ home, input, io, json }) => {
  const { type: given, name } = splitBlock(input.arguments);
  return withClient(home, async (client) => {
    const type = await findType(client, given);
    const { slug } = type;
    const saved =
      name === undefined
        ? {}
        : (await client.request("GET /api/block_documents/:slug/:name", { params: { slug, name } })).data;
    const data = fieldsOf(type, saved, input, io);
    const test = await client.request("POST /api/blocks/:slug/test", {
      params: { slug },
      body: { data, cwd: io.cwd, ...(name === undefined ? {} : { name }) },
    });
    if (json) printJson(io, test);
    else {
      io.out(
        testLines(test, io)
          .map((line) => `${line}\n`)
          .join(""),
      );
      if (!type.testable) io.out(`${type.name} has nothing to test beyond its settings.\n`);
    }
    return test.ok ? exitCodes.completed : exitCodes.failed;
  });
};
