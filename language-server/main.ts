/** The language server's entry: a connection over the channel that the editor opened. */
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { startServer } from "./server.ts";

startServer(createConnection(ProposedFeatures.all), import.meta.dirname).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
