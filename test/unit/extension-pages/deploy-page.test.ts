import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deploymentAddress,
  identityOf,
  isSamePage,
  newDeploymentAddress,
  runAddress,
} from "../../../extension/pages/address.ts";
import { checkHostInput } from "../../../extension/pages/host-input.ts";

const target = { uri: "file:///work/flows/etl.ts", export: "etl", name: "etl" };
const declared = { declared_in: "/work/millrace.json", flow: "flows/etl.ts:etl", name: "daily" };

test("should know from its address alone which deployment, declaration or flow a Deploy page is of", () => {
  assert.deepEqual(identityOf(deploymentAddress("d1", "etl · daily")), {
    ...{ page: "deployment", deployment_id: "d1", target: null, declared: null },
  });
  assert.deepEqual(identityOf(newDeploymentAddress(target)), {
    ...{ page: "deployment", deployment_id: null, target, declared: null },
  });
  assert.deepEqual(identityOf(newDeploymentAddress(target, declared)), {
    ...{ page: "deployment", deployment_id: null, target, declared },
  });
  assert.equal(identityOf({ ...newDeploymentAddress(target), query: "" }), undefined);
});

test("should take a deployment for the same whatever its title, and new ones of two flows for two", () => {
  assert.ok(isSamePage(deploymentAddress("d1", "etl · daily"), deploymentAddress("d1", "etl · renamed")));
  assert.ok(!isSamePage(deploymentAddress("d1", "etl"), deploymentAddress("d2", "etl")));
  assert.ok(!isSamePage(newDeploymentAddress(target), newDeploymentAddress({ ...target, export: "other" })));
  assert.ok(!isSamePage(newDeploymentAddress(target), newDeploymentAddress(target, declared)));
});

test("should keep in the address of a form which deployment it runs", () => {
  const identity = identityOf(runAddress("r1", { target, deployment_id: "d1" }));
  assert.deepEqual(identity, { page: "run", run_id: "r1", target, again: null, deployment_id: "d1" });
});

test("should refuse what no Deploy page says", () => {
  const settings = { name: "daily" };
  checkHostInput("planDeployment", { settings, declare: true });
  checkHostInput("saveDeployment", { settings, declare: true, apply: true, base: null });
  for (const [call, input] of [
    ["planDeployment", { settings: { name: 3 }, declare: true }],
    ["planDeployment", { settings }],
    ["saveDeployment", { settings, declare: true, apply: true }],
    ["runDeployment", { deployment_id: "../other" }],
    ["switchSchedules", { deployment_id: "d1", on: "yes" }],
  ] as const) {
    assert.throws(() => checkHostInput(call, input), /that cannot be/, call);
  }
});
