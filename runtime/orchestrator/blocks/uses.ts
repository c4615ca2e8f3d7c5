/** What names a block beside other blocks: deployments, work pools and automations. Pure over the home's facts. */

import {
  actionRenamed,
  blockOfAction,
  codeRenamed,
  fieldsWithBlock,
  infrastructureRenamed,
  type Renaming,
} from "../../protocol/block-uses.ts";
import type { BlockUsers } from "../../protocol/blocks.ts";
import type { AutomationFacts } from "../automations/facts.ts";
import type { StoredDeployment } from "../deployments/stored.ts";
import type { RunRequest } from "../index/store.ts";
import type { PoolRecord } from "../system/records.ts";

export interface NamingFacts {
  readonly requests: Map<string, RunRequest>;
  readonly pools: Map<string, PoolRecord>;
  readonly deployments: Map<string, readonly StoredDeployment[]>;
  readonly automations: AutomationFacts;
}

export function namersOf(facts: NamingFacts, key: string): Required<Omit<BlockUsers, "documents">> {
  const newest = [...facts.deployments.values()].flatMap((versions) => versions.at(-1) ?? []);
  return {
    deployments: newest.flatMap((one) =>
      fieldsWithBlock(one, key).map((field) => ({
        id: one.id,
        title: `${one.flow_name}/${one.name}`,
        field,
        declared_in: one.declared_in,
      })),
    ),
    work_pools: [...facts.pools.values()].flatMap(({ name, infrastructure }) =>
      infrastructure.type === "docker" && infrastructure.block === key ? [{ name }] : [],
    ),
    automations: [...facts.automations.automations.values()].flatMap(({ id, name, actions, declared_in }) => {
      const place = actions.findIndex((action) => blockOfAction(action) === key);
      return place < 0 ? [] : [{ id, name, field: `actions[${place}].block`, declared_in: declared_in ?? null }];
    }),
  };
}

/** Everything that names the block names it by its new name: what is deployed is not left behind. */
export function renameInFacts(facts: NamingFacts, renaming: Renaming): void {
  const { requests, pools, deployments, automations } = facts;
  for (const [id, versions] of deployments) {
    deployments.set(
      id,
      versions.map((one) => ({
        ...one,
        infrastructure: infrastructureRenamed(one.infrastructure, renaming),
        code: codeRenamed(one.code, renaming),
      })),
    );
  }
  for (const [name, pool] of pools) {
    pools.set(name, { ...pool, infrastructure: infrastructureRenamed(pool.infrastructure, renaming) });
  }
  for (const [id, request] of requests) {
    const { infrastructure, code } = request.run;
    const run = {
      ...request.run,
      ...(infrastructure === undefined ? {} : { infrastructure: infrastructureRenamed(infrastructure, renaming) }),
      ...(code === undefined ? {} : { code: codeRenamed(code, renaming) }),
    };
    requests.set(id, { ...request, run });
  }
  for (const [id, one] of automations.automations) {
    automations.automations.set(id, { ...one, actions: one.actions.map((action) => actionRenamed(action, renaming)) });
  }
  for (const [id, delivery] of automations.deliveries) {
    const { content } = delivery;
    if ("block" in content && content.block === renaming.from) {
      automations.deliveries.set(id, { ...delivery, content: { ...content, block: renaming.to } });
    }
  }
}
