/** `millrace deployments hook`: the address that starts a deployment. */
import { connectOrStart } from "../../client/connect.ts";
import { exitCodes } from "../../protocol/errors.ts";
import type { CommandContext, CommandHandler } from "../command.ts";
import { findDeployment, titleOf } from "../deploy/find-deployment.ts";
import { printJson } from "../json.ts";
import { usage } from "../parse.ts";

export const deploymentsHookHandler: CommandHandler = async (context) => {
  const { home, input, io, json, command } = context;
  if (input.flag("rm") && input.flag("rotate")) throw usage(command, "--rm and --rotate: say one of them.");
  const client = await connectOrStart(home);
  try {
    const found = await findDeployment(client, input.arguments[0] ?? "");
    const params = { id: found.id };
    if (input.flag("rm")) {
      await client.request("DELETE /api/deployments/:id/hook", { params });
      if (json) printJson(io, { deployment_id: found.id, removed: true });
      else io.out(`The hook of ${titleOf(found)} is removed: its address starts nothing any more.\n`);
      return exitCodes.completed;
    }
    const [map, whole] = [mapFrom(context), input.text("body")];
    const hook = await client.request("POST /api/deployments/:id/hook", {
      params,
      body: {
        rotate: input.flag("rotate"),
        ...(map === undefined ? {} : { map }),
        ...(whole === undefined ? {} : { body_parameter: whole }),
      },
    });
    if (json) printJson(io, hook);
    else {
      io.out(`${hook.url}\n`);
      io.err(`POST to it starts ${titleOf(found)}. Keep it like a password: it is not shown again.\n`);
      if (hook.problem !== null) io.err(`${hook.problem}\n`);
    }
    return exitCodes.completed;
  } finally {
    client.close();
  }
};

function mapFrom({ command, input }: CommandContext): Readonly<Record<string, string>> | undefined {
  const pairs = input.list("map");
  if (pairs.length === 0) return undefined;
  const entries = pairs.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1 || at === pair.length - 1) {
      throw usage(command, `--map: write PARAM=PLACE, as in branch=push.ref; not "${pair}".`);
    }
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return Object.fromEntries(entries);
}
