/** The text of a millrace.json as what it declares. Loaded with the first file: most folders have none. */
import { settingsIn } from "../../runtime/client/millrace-json.ts";
import { readDeclared } from "../../runtime/protocol/declared.ts";
import type { DeclaredFile } from "../context.ts";

export function parseDeclared(file: string, text: string): DeclaredFile {
  const { deployments, problems } = readDeclared(text);
  const [first] = problems;
  return {
    path: file,
    text,
    deployments: deployments.map((declared) => ({ declared, settings: settingsIn(file, declared) })),
    problem:
      first === undefined ? null : `line ${first.line}: ${first.path === "" ? "" : `${first.path} `}${first.message}`,
  };
}
