/** A webview and its conversation: what both the pages' editors and the Flow view are made of. */
import type * as Vscode from "vscode";
import type { FlowRun } from "../../runtime/protocol/api.ts";
import type { PageEvent, PageIdentity, PageKnown } from "../../runtime/protocol/pages.ts";
import { randomText } from "../../runtime/protocol/random.ts";
import type { Context, Pages } from "../context.ts";
import { type BlockPage, noBlockPage } from "./block-page.ts";
import { bundleTexts } from "./bundle-texts.ts";
import { type Conversation, createConversation } from "./conversation.ts";
import { type DeployPage, noDeployPage } from "./deploy-page.ts";
import { callHost, createHostCalls } from "./host-calls.ts";
import { pageHtml } from "./html.ts";
import type { LiveFeed } from "./live-feed.ts";
import { openFile } from "./open-outside.ts";
import { askApi, startsService } from "./page-api.ts";
import { isUnexpected, toProblem } from "./problem.ts";
import { onDidChangeSurroundings, surroundingsOf } from "./surroundings.ts";

export interface AttachParts {
  readonly context: Omit<Context, "pages">;
  readonly pages: Pages;
  readonly feed: LiveFeed;
}

export interface AttachOptions {
  readonly identity: PageIdentity;
  readonly title: string;
  /** What belongs to a block's page alone. */
  readonly block?: BlockPage;
  /** What belongs to a Deploy page alone. */
  readonly deploy?: DeployPage;
  /** The page's title and the state type that its icon stands for. */
  onTitle?(title: string, state: string | undefined): void;
  /** A script runs, for the first time or again. */
  onStarted?(): void;
}

export interface AttachedPage extends Vscode.Disposable {
  tell(event: PageEvent): void;
  /** The page was hidden: its script is gone, and what it followed with it. */
  gone(): void;
  /** The page comes into sight again: its script begins anew. */
  shown(): void;
  /** The page stands for another run from now on. */
  show(identity: PageIdentity): void;
}

/**
 * Milliseconds in which a page has begun; it is loaded again as often. With ten programs for each processor it takes nine
 * seconds, and beginning anew would only take it longer.
 */
const startPatience = [20_000, 60_000] as const;

export function attachPage(parts: AttachParts, webview: Vscode.Webview, options: AttachOptions): AttachedPage {
  const { context, pages, feed } = parts;
  const { vscode, extension, log, service } = context;
  const { title, block, deploy } = options;
  let { identity } = options;
  const follows = new Map<string, () => void>();
  /** Files that results of runs name, as the service has told this page: it may open these and no others. */
  const named = new Set<string>();

  function unfollow(flowRunId: string): void {
    follows.get(flowRunId)?.();
    follows.delete(flowRunId);
  }

  function unfollowAll(): void {
    for (const flowRunId of [...follows.keys()]) unfollow(flowRunId);
  }

  const known = (flow_run: FlowRun | null): PageKnown => ({
    surroundings: surroundingsOf(context),
    flow_run,
    ...(block === undefined ? {} : { blocks: block.known() }),
    ...(deploy === undefined ? {} : { deployment: deploy.known() }),
  });

  function noteFile(answer: unknown): unknown {
    if (typeof answer === "object" && answer !== null && "file" in answer && typeof answer.file === "string")
      named.add(answer.file);
    return answer;
  }

  const knownRun = (): FlowRun | null =>
    identity.page === "run" ? (context.runs.find(identity.run_id) ?? null) : null;

  const calls = createHostCalls(context, pages, {
    ...(block?.calls ?? noBlockPage),
    ...(deploy?.calls ?? noDeployPage),
    async follow({ flow_run_id }) {
      unfollow(flow_run_id);
      // Listening comes first, then the number: everything behind it is heard.
      follows.set(
        flow_run_id,
        feed.follow(flow_run_id, (event) => conversation.tell({ type: "live", event })),
      );
      const client = startsService(identity.page) ? await service.client() : await service.existing();
      return { seq: client === undefined ? 0 : (await client.request("GET /api/health")).seq };
    },
    async unfollow({ flow_run_id }) {
      unfollow(flow_run_id);
      return null;
    },
    openFile: ({ file, reveal }) => openFile(context, named, file, reveal === true),
  });

  const conversation: Conversation = createConversation({
    post: (message) => void webview.postMessage(message),
    answer: (asked) =>
      asked.type === "api"
        ? askApi(context, identity.page, asked.route, asked.input).then(noteFile)
        : callHost(calls, asked.name, asked.input),
    problem(thrown) {
      const problem = toProblem(thrown);
      if (isUnexpected(problem)) log.error(`${identity.page} page:`, thrown instanceof Error ? thrown : String(thrown));
      return problem;
    },
    otherThan: (shown) =>
      JSON.stringify(shown) === JSON.stringify(identity)
        ? undefined
        : { type: "show", identity, known: known(knownRun()) },
    started(isRepeated) {
      clearTimeout(awaited);
      hasStarted = true;
      if (!isRepeated) unfollowAll();
      // What stands in the HTML may be older than this script.
      conversation.tell({ type: "surroundings", surroundings: surroundingsOf(context) });
      const run = knownRun();
      if (run !== null) conversation.tell({ type: "known", flow_run: run });
      for (const event of (block ?? deploy)?.atStart() ?? []) conversation.tell(event);
      options.onStarted?.();
    },
    title: (text, state) => options.onTitle?.(text, state),
    later(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  });

  const bundles = vscode.Uri.joinPath(extension.extensionUri, "dist", "webviews");
  const bundle = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(bundles, name)).toString();
  const subscriptions = [
    webview.onDidReceiveMessage((message: unknown) => conversation.receive(message)),
    ...[block, deploy].flatMap((own) => (own === undefined ? [] : [own.onEvent((event) => conversation.tell(event))])),
    onDidChangeSurroundings(context, () =>
      conversation.tell({ type: "surroundings", surroundings: surroundingsOf(context) }),
    ),
  ];
  // The service comes up while the page loads; what the page asks for waits for it, and shows why when it cannot.
  if (startsService(identity.page)) service.client().catch(() => {});
  webview.options = { enableScripts: true, localResourceRoots: [bundles] };
  const [script, style] = [`${identity.page}.js`, `${identity.page}.css`];
  const file = (name: string) => vscode.Uri.joinPath(bundles, name).fsPath;
  const texts = bundleTexts({ script: file(script), style: file(style) }, bundle);
  const html = (run: FlowRun | null, inPage: typeof texts) =>
    pageHtml({
      identity,
      known: known(run),
      title,
      language: vscode.env.language,
      script: bundle(script),
      style: bundle(style),
      ...(inPage === undefined ? {} : { texts: inPage }),
      source: webview.cspSource,
      nonce: randomText(16),
    });
  let awaited: NodeJS.Timeout | undefined;
  let hasStarted = false;
  /** The editor may lose a page that it loads while the computer is very busy: nobody would draw it any more. */
  function expectStart(tries = 0): void {
    clearTimeout(awaited);
    hasStarted = false;
    const patience = startPatience[tries];
    if (patience === undefined) return;
    awaited = setTimeout(() => {
      log.warn(`${identity.page} page: it has not begun within ${patience / 1000} s, and is loaded again.`);
      webview.html = html(knownRun(), texts);
      expectStart(tries + 1);
    }, patience);
  }
  webview.html = html(knownRun(), texts);
  expectStart();

  return {
    tell: (event) => conversation.tell(event),
    show(next) {
      identity = next;
      unfollowAll();
      // A script that does not run yet begins with what stands in the page.
      if (!conversation.restart({ type: "show", identity, known: known(knownRun()) }))
        webview.html = html(knownRun(), texts);
      expectStart();
    },
    shown() {
      // Its script may have been quicker than the news.
      if (!hasStarted) expectStart();
    },
    gone() {
      clearTimeout(awaited);
      hasStarted = false;
      unfollowAll();
      block?.gone();
      conversation.gone();
      // Shown again, it must not begin with what the run was when the page was made.
      webview.html = html(null, undefined);
    },
    dispose() {
      clearTimeout(awaited);
      unfollowAll();
      block?.gone();
      conversation.dispose();
      for (const subscription of subscriptions) subscription.dispose();
    },
  };
}
