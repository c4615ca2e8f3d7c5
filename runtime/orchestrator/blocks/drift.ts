/** How a stored document and the schema of now differ. Pure. */
import { checkDocument, isRecord, requiredFields, topFields } from "../../protocol/block-data.ts";
import type { BlockSchema, SchemaDrift } from "../../protocol/blocks.ts";
import type { StoredBlock } from "../system/records.ts";

type Json = Readonly<Record<string, unknown>>;

/** Old name → name of now, as the type's class declares it. */
export function renamedFields(schema: BlockSchema): Readonly<Record<string, string>> {
  const renamed = schema.fields["x-renamed"];
  if (!isRecord(renamed)) return {};
  return Object.fromEntries(Object.entries(renamed).map(([from, to]) => [from, String(to)]));
}

/** The data with every renamed field under its name of now. */
export function withNewNames(data: Json, schema: BlockSchema): Json {
  const renamed = renamedFields(schema);
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => {
      const now = Object.hasOwn(renamed, key) ? renamed[key] : undefined;
      return now === undefined || now in data ? [key, value] : [now, value];
    }),
  );
}

/** Null when the document is of the schema of now, or fits it as it is. */
export function driftOf(block: StoredBlock, schema: BlockSchema): SchemaDrift | null {
  if (block.schema_checksum === schema.checksum) return null;
  const known = topFields(schema.fields);
  const required = requiredFields(schema.fields);
  const renamed = renamedFields(schema);
  const now = withNewNames(block.data, schema);
  const taken = new Set(Object.values(renamed));
  const added = [...known.keys()]
    .filter((field) => !block.asked.includes(field) && !(field in now && taken.has(field)))
    .map((field) => ({ field, required: required.has(field) && !(field in now) }));
  const removed = Object.keys(block.data)
    // What the class itself says of a field is done whenever the document is read: nobody has to see to it.
    .filter((field) => !known.has(field) && !(field in renamed))
    .map((field) => ({ field, renamed_to: guess(block, field, added) }));
  const gone = new Set(removed.map(({ field }) => field));
  const refused = checkDocument(schema, now, { refuseUnknown: false }).filter(
    ({ path, message }) => !gone.has(path) && !(message === "is missing" && added.some(({ field }) => field === path)),
  );
  return added.length + removed.length + refused.length === 0 ? null : { added, removed, refused };
}

/** One field has gone and one of its kind has come: it is likely the same under another name. */
function guess(block: StoredBlock, gone: string, added: SchemaDrift["added"]): string | null {
  const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const near = added.filter(({ field }) => {
    const [before, after] = [plain(gone), plain(field)];
    return before === after || before.includes(after) || after.includes(before);
  });
  const [only] = near;
  return near.length === 1 && only !== undefined && !(only.field in block.data) ? only.field : null;
}
