/** What belongs to one Deploy page: what it is told, and what it alone may ask for. */
import { existsSync } from "node:fs";
import type * as Vscode from "vscode";
import type { KnownDeployment } from "../../runtime/protocol/deploy-page.ts";
import { MillraceError } from "../../runtime/protocol/errors.ts";
import type { FlowTarget } from "../../runtime/protocol/language.ts";
import type { PageEvent, PageIdentity } from "../../runtime/protocol/pages.ts";
import type { Context, DeployPlace, Pages } from "../context.ts";
import { declaredDraft } from "../deployments/draft-text.ts";
import {
  findDeclared,
  type PlaceParts,
  placeOfDeclared,
  placeOfDeployment,
  placeOfTarget,
} from "../deployments/place.ts";
import { createRealFiles } from "../real-files.ts";
import type { DeployDrafts } from "./deploy-drafts.ts";
import type { DeployPageCall, HostCallTable } from "./host-calls.ts";
import { closeTabs } from "./tabs.ts";

export interface DeployPage {
  readonly calls: Pick<HostCallTable, DeployPageCall>;
  known(): KnownDeployment;
  /** What a script is told when it begins. */
  atStart(): readonly PageEvent[];
  onEvent(listener: (event: PageEvent) => void): Vscode.Disposable;
}

export interface DeployPageParts {
  readonly context: Omit<Context, "pages">;
  readonly pages: Pages;
  readonly identity: Extract<PageIdentity, { readonly page: "deployment" }>;
  readonly uri: Vscode.Uri;
  readonly drafts: DeployDrafts;
}

export function createDeployPage({ context, pages, identity, uri, drafts }: DeployPageParts): DeployPage {
  const { vscode, deployments, deploymentActions: actions } = context;
  const parts: PlaceParts = { context, files: createRealFiles(vscode) };
  // What a millrace.json says of it is read with the first page.
  void deployments.wake();

  /** The name under which this page has written a new deployment into the file: from then on it is that one. */
  let written: string | undefined;

  function place(): DeployPlace | undefined {
    const { deployment_id, declared, target } = identity;
    if (deployment_id !== null) {
      const deployment = deployments.find(deployment_id);
      return deployment === undefined ? undefined : placeOfDeployment(parts, deployment);
    }
    const declaration = declared === null ? undefined : findDeclared(context, declared);
    if (declaration !== undefined) return placeOfDeclared(parts, declaration);
    if (target === null) return undefined;
    const fresh = placeOfTarget(parts, target);
    const own = deployments.declared.find(({ settings }) => settings.name === written && isOf(settings, fresh));
    return own === undefined ? fresh : placeOfDeclared(parts, own);
  }

  function needed(): DeployPlace {
    const found = place();
    if (found === undefined) throw new MillraceError("not-found", "This deployment is not there any more.");
    return found;
  }

  /** Under a name that is deployed or declared already, a new one would take the other's place. */
  function placeFor(name: string): DeployPlace {
    const found = needed();
    const isTaken = found.deployment === undefined && found.declaration === undefined && known().names.includes(name);
    if (!isTaken) return found;
    throw new MillraceError("bad-parameters", `${name}: this flow has a deployment of that name already.`, {
      fields: [{ path: "name", message: "is the name of another deployment of this flow" }],
    });
  }

  function known(): KnownDeployment {
    const found = place();
    const { deployment, declaration } = found ?? {};
    const file = found?.file ?? null;
    const others =
      found === undefined
        ? []
        : [
            ...deployments.ofFlow(found.flow_file, found.flow_export),
            ...deployments.declared.filter(({ settings }) => isOf(settings, found)).map(({ settings }) => settings),
          ];
    const own = deployment?.name ?? declaration?.settings.name;
    return {
      target: found === undefined ? identity.target : targetOf(found),
      deployment: deployment ?? null,
      declared: declaration === undefined ? null : declaredDraft(declaration),
      file:
        file === null
          ? null
          : {
              path: file,
              exists: existsSync(file),
              problem: deployments.files.find(({ path }) => path === file)?.problem ?? null,
            },
      drift: deployment === undefined ? [] : deployments.drift(deployment.id),
      pools: deployments.pools,
      names: [...new Set(others.map(({ name }) => name))].filter((name) => name !== own),
      typed: drafts.find(uri),
      isKnown: deployments.isKnown,
    };
  }

  function targetOf({ flow_file, flow_export, deployment }: DeployPlace): FlowTarget {
    const address = vscode.Uri.file(flow_file).toString();
    const site = context.flows.files.get(address)?.flows.find((flow) => flow.export === flow_export);
    const name = site?.name ?? deployment?.flow_name ?? identity.target?.name ?? flow_export;
    return { uri: address, export: flow_export, name };
  }

  const event = (): PageEvent => ({ type: "deployment", deployment: known() });
  return {
    known,
    calls: {
      planDeployment: async (input) => actions.plan(placeFor(input.settings.name), input),
      async compareDeployment(input) {
        await actions.compare(placeFor(input.settings.name), input);
        return null;
      },
      async keepDeployDraft({ typed }) {
        drafts.keep(uri, typed);
        return null;
      },
      async saveDeployment(input) {
        const found = placeFor(input.settings.name);
        written = input.settings.name;
        const { plan, deployment } = await actions.save(found, input);
        // An address cannot change: what is deployed now has a page of its own, in the place of this one.
        if (deployment !== null) drafts.keep(uri, null);
        if (identity.deployment_id === null && deployment !== null) {
          await pages.openDeployment({ deployment_id: deployment.id });
          await closeTabs(vscode, uri);
        }
        return plan;
      },
    },
    atStart: () => [event()],
    onEvent: (listener) => deployments.onDidChange(() => listener(event())),
  };
}

function isOf(
  { flow_file, flow_export }: { readonly flow_file: string; readonly flow_export: string },
  place: DeployPlace,
): boolean {
  return flow_file === place.flow_file && flow_export === place.flow_export;
}

const refuse = async (): Promise<never> => {
  throw new MillraceError("bad-usage", "Only a Deploy page may ask for that.");
};

/** For all other pages. */
export const noDeployPage: DeployPage["calls"] = {
  planDeployment: refuse,
  compareDeployment: refuse,
  saveDeployment: refuse,
  keepDeployDraft: refuse,
};
