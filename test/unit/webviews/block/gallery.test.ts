import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gallerySections } from "../../../../webviews/block/categories.ts";
import { driftTitle } from "../../../../webviews/block/migrate.ts";
import { blockType } from "../../../support/blocks-told.ts";

const types = [
  blockType("email", { name: "Email", category: "Notifications" }),
  blockType("secret", { name: "Secret" }),
  blockType("gcs-bucket", { name: "GCS Bucket", category: "Storage", description: "Objects in Google Cloud Storage." }),
  blockType("acme", { name: "Acme", category: "Customers" }),
];
const told = (search: string) =>
  gallerySections(types, search).map(({ title, types: own }) => [title, ...own.map(({ name }) => name)]);

describe("the gallery of types", () => {
  it("should show common types first, then what each is for, in one order", () => {
    assert.deepEqual(told(""), [
      ["Common", "GCS Bucket", "Secret"],
      ["Notifications", "Email"],
      ["Customers", "Acme"],
    ]);
  });

  it("should find by all words in name, description or purpose, names that begin so first", () => {
    assert.deepEqual(told("google storage"), [["Found", "GCS Bucket"]]);
    assert.deepEqual(told("e"), [["Found", "Email", "Secret", "GCS Bucket", "Acme"]]);
    assert.deepEqual(told("nothing"), []);
  });
});

describe("a changed schema in words", () => {
  it("should count what is new, gone and called otherwise", () => {
    assert.equal(
      driftTitle({
        added: [
          { field: "a", required: true },
          { field: "b", required: false },
        ],
        removed: [
          { field: "c", renamed_to: null },
          { field: "d", renamed_to: "e" },
        ],
        refused: [],
      }),
      "2 fields are new, 1 field is gone, 1 field is called otherwise",
    );
  });
});
