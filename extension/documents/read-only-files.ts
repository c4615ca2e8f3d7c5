/**
 * Documents that the editor shows and nobody can change. As a file system rather than a content provider: the path's
 * ending gives the language, the tab shows a lock, Save As works, and the document comes back after a reload.
 */
import type * as Vscode from "vscode";
import type { VscodeApi } from "../context.ts";

/** Documents kept in memory; the editor asks for one several times when it opens it. */
const keptDocuments = 4;

export interface ReadOnlyFiles extends Vscode.Disposable {
  /** Its content is another now; it is read again where it is open. */
  changed(uri: Vscode.Uri): void;
}

export function provideReadOnlyFiles(
  vscode: VscodeApi,
  scheme: string,
  read: (uri: Vscode.Uri) => Promise<string>,
): ReadOnlyFiles {
  const kept = new Map<string, Promise<{ content: Uint8Array; at: number }>>();
  const emitter = new vscode.EventEmitter<Vscode.FileChangeEvent[]>();

  function contentOf(uri: Vscode.Uri): Promise<{ content: Uint8Array; at: number }> {
    const key = uri.toString();
    let content = kept.get(key);
    if (content === undefined) {
      content = read(uri).then((text) => ({ content: Buffer.from(text, "utf8"), at: Date.now() }));
      content.catch(() => kept.delete(key));
      kept.set(key, content);
      for (const old of [...kept.keys()].slice(0, -keptDocuments)) kept.delete(old);
    }
    return content;
  }

  const refuse = (uri: Vscode.Uri): never => {
    throw vscode.FileSystemError.NoPermissions(uri);
  };
  const registered = vscode.workspace.registerFileSystemProvider(
    scheme,
    {
      onDidChangeFile: emitter.event,
      watch: () => new vscode.Disposable(() => {}),
      async stat(uri) {
        const { content, at } = await contentOf(uri);
        return { type: vscode.FileType.File, ctime: at, mtime: at, size: content.byteLength };
      },
      readFile: async (uri) => (await contentOf(uri)).content,
      readDirectory: () => [],
      createDirectory: refuse,
      writeFile: refuse,
      delete: refuse,
      rename: refuse,
    },
    { isReadonly: true, isCaseSensitive: true },
  );
  return {
    changed(uri) {
      kept.delete(uri.toString());
      emitter.fire([{ type: vscode.FileChangeType.Changed, uri }]);
    },
    dispose() {
      registered.dispose();
      emitter.dispose();
    },
  };
}
