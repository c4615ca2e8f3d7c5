/** What a person does with blocks (see `BlockActions`). */
import path from "node:path";
import { blockNameProblem, freeBlockName } from "../../runtime/protocol/block-names.ts";
import { loadLine } from "../../runtime/protocol/block-snippet.ts";
import type { BlockType } from "../../runtime/protocol/blocks.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { BlockUse } from "../../runtime/protocol/language.ts";
import type { BlockName } from "../../runtime/protocol/pages.ts";
import { renameDeclaredBlock } from "../../runtime/protocol/rename-declared-block.ts";
import { workingFolder } from "../commands/environment.ts";
import { requireTrust } from "../commands/trust.ts";
import type { BlockActions, Context } from "../context.ts";
import { CancelledByUser } from "../problems.ts";
import type { LastEditor } from "./follow-editors.ts";
import { insertSnippet } from "./insert.ts";
import { othersOf, placesOf, usersDetail } from "./users.ts";

type Parts = Omit<Context, "blockActions">;

/** The service gives a test 15 s, and answers when the runner has said why. */
const testTimeout = 30_000;
/** A workspace with more has other troubles. */
const mostFiles = 100;

export function createBlockActions(context: Parts, editors: LastEditor): BlockActions {
  const { vscode, service, blocks, flows } = context;

  function typeOf(slug: string): BlockType {
    const type = blocks.typeOf(slug);
    if (type !== undefined) return type;
    throw new MillraceError(
      "not-found",
      `Nothing here has the type "${slug}". Register the file or package that has it.`,
    );
  }

  const shorten = (file: string): string => vscode.workspace.asRelativePath(file);
  const params = ({ slug, name }: BlockName) => ({ slug, name });

  async function usesInCode(block: BlockName): Promise<readonly BlockUse[]> {
    try {
      return await flows.blockUses(block);
    } catch (thrown) {
      context.log.warn(`uses of ${block.slug}/${block.name}: ${String(thrown)}`);
      return [];
    }
  }

  async function renameInCode(uses: readonly BlockUse[], to: string): Promise<void> {
    if (uses.length === 0) return;
    const edit = new vscode.WorkspaceEdit();
    for (const { uri, range } of uses) {
      const { start, end } = range;
      const at = new vscode.Range(start.line, start.character, end.line, end.character);
      edit.replace(vscode.Uri.parse(uri), at, to);
    }
    if (await vscode.workspace.applyEdit(edit, { isRefactoring: true })) return;
    throw new MillraceError(
      "bad-file",
      `The block is called "${to}" now, but code that loads it could not be changed: ${placesOf(vscode, uses)
        .map(({ file, line }) => `${shorten(file)}:${line}`)
        .join(", ")}.`,
    );
  }

  /** What millrace.json files of the workspace say of it: a deployment that is applied again must find the block. */
  async function renameInDeclared({ slug, name }: BlockName, to: string): Promise<void> {
    const renaming = { from: `${slug}/${name}`, to: `${slug}/${to}` };
    const found = await vscode.workspace.findFiles("**/millrace.json", "**/node_modules/**", mostFiles);
    const documents = await Promise.all(found.map((uri) => vscode.workspace.openTextDocument(uri)));
    const changed = documents.filter((each) => renameDeclaredBlock(each.getText(), renaming) !== each.getText());
    if (changed.length === 0) return;
    const clean = changed.filter(({ isDirty }) => !isDirty);
    const edit = new vscode.WorkspaceEdit();
    for (const each of changed) {
      const all = new vscode.Range(0, 0, each.lineCount, 0);
      edit.replace(each.uri, all, renameDeclaredBlock(each.getText(), renaming));
    }
    if (!(await vscode.workspace.applyEdit(edit, { isRefactoring: true }))) {
      throw new MillraceError(
        "bad-file",
        `The block is called "${to}" now, but a millrace.json that names it could not be changed.`,
      );
    }
    for (const document of clean) await document.save();
  }

  async function askName({ slug, name }: BlockName): Promise<string> {
    const taken = new Set(
      blocks.documents.filter((one) => one.block_type_slug === slug && one.name !== name).map((one) => one.name),
    );
    const answer = await vscode.window.showInputBox({
      title: `Rename ${name}`,
      prompt: "Code that loads it is changed too, and what is deployed.",
      value: name,
      validateInput: (text) =>
        blockNameProblem(text) ??
        (taken.has(text) ? `There is a block named "${text}" of this type already.` : undefined),
    });
    if (answer === undefined || answer === name) throw new CancelledByUser();
    return answer;
  }

  async function renameDocument(block: BlockName, to: string): Promise<void> {
    const client = await service.client();
    const { version } = await client.request("POST /api/block_documents/:slug/:name/rename", {
      params: params(block),
      body: { name: to },
    });
    await blocks.read();
    await context.pages.closeBlock(block, { name: to, version });
  }

  const actions: BlockActions = {
    async save({ slug, name, data, version, copy_of }, force = false) {
      const client = await service.client();
      const document = await client.request("PUT /api/block_documents/:slug/:name", {
        params: { slug, name },
        body: {
          data,
          ...(version !== null || force ? { overwrite: true } : {}),
          ...(version === null || force ? {} : { if_version: version }),
          ...(copy_of === undefined ? {} : { copy_of }),
        },
      });
      await blocks.read();
      return document;
    },
    async test({ slug, name, data, version, copy_of }, signal) {
      requireTrust(vscode, "Testing a block");
      const client = await service.client();
      const saved = version === null ? copy_of : name;
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
      return client.request("POST /api/blocks/:slug/test", {
        params: { slug },
        body: {
          data,
          ...(saved === undefined ? {} : { name: saved }),
          ...(folder === undefined ? {} : { cwd: folder.fsPath }),
        },
        signal,
        timeout_ms: testTimeout,
      });
    },
    async rename(block, given) {
      const to = given ?? (await askName(block));
      // Before the name is another one: then nothing in the code would be known any more.
      const uses = given === undefined ? await usesInCode(block) : [];
      await renameDocument(block, to);
      await renameInCode(uses, to);
      await renameInDeclared(block, to);
      return to;
    },
    async duplicate({ slug, name }) {
      const taken = blocks.documents.filter((one) => one.block_type_slug === slug).map((one) => one.name);
      await context.pages.openBlock({ slug, suggested: freeBlockName(name, taken), copy_of: name });
    },
    async remove(block) {
      const users = await actions.users(block);
      const answer = await vscode.window.showWarningMessage(
        `Delete the block ${block.name}?`,
        { modal: true, detail: usersDetail(users, shorten) },
        "Delete",
      );
      if (answer !== "Delete") throw new CancelledByUser();
      const client = await service.client();
      // What refers to it was told in the question.
      await client.request("DELETE /api/block_documents/:slug/:name", { params: params(block), body: { force: true } });
      await blocks.read();
      await context.pages.closeBlock(block);
    },
    async users(block) {
      const client = await service.client();
      const [document, uses] = await Promise.all([
        client.request("GET /api/block_documents/:slug/:name", { params: params(block) }),
        usesInCode(block),
      ]);
      return {
        blocks: document.used_by.documents.map(({ block_type_slug: slug, name }) => ({ slug, name })),
        places: placesOf(vscode, uses),
        others: othersOf(document.used_by),
      };
    },
    async copySnippet({ slug, name }) {
      await context.actions.copy({ text: loadLine(typeOf(slug), name), what: "the lines that load it" });
    },
    async insertSnippet({ slug, name }) {
      await insertSnippet(context, editors.find(), typeOf(slug), name);
    },
    async register(module) {
      requireTrust(vscode, "Registering blocks");
      const client = await service.client();
      const first = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
      const cwd = path.isAbsolute(module) ? workingFolder(vscode, vscode.Uri.file(module)) : first;
      const { block_types: found } = await client.request("POST /api/block_types", {
        body: { module, ...(cwd === undefined ? {} : { cwd }) },
      });
      await blocks.read();
      const names = found.map(({ name }) => name).join(", ");
      void vscode.window.showInformationMessage(
        found.length === 0 ? `${module} exports no blocks.` : `Registered: ${names}.`,
      );
    },
  };
  return actions;
}
