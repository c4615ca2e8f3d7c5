// The editor's part in pages of blocks: what they know, and what they ask for.

export async function blocksOf(client, { slug, name, copy_of }) {
  const [{ block_types: types }, { block_documents: documents }] = await Promise.all([
    client.request("GET /api/block_types"),
    client.request("GET /api/block_documents"),
  ]);
  const own = name ?? copy_of;
  return {
    types,
    names: documents.map((document) => ({ slug: document.block_type_slug, name: document.name })),
    document: documents.find((document) => document.block_type_slug === slug && document.name === own) ?? null,
    problem: null,
  };
}

/** Typed secrets go back into the data; nothing is kept here while a page is hidden. */
function filled(value, secrets) {
  if (Array.isArray(value)) return value.map((item) => filled(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  if (typeof value.$entered === "string") return secrets[value.$entered];
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner, secrets)]));
}

/** name → what is done, as in host.mjs. */
export function blockCalls(client) {
  const at = ({ slug, name }) => ({ slug, name });
  const save = ({ draft, force = false }) =>
    client.request("PUT /api/block_documents/:slug/:name", {
      params: at(draft),
      body: {
        data: filled(draft.data, draft.secrets),
        ...(draft.version === null && !force ? {} : { overwrite: true }),
        ...(draft.version === null || force ? {} : { if_version: draft.version }),
      },
    });
  return {
    keepDraft: () => null,
    cancelTest: () => null,
    saveBlock: async (input) => {
      const document = await save(input);
      if (input.draft.version !== null) return document;
      return { go: `/block?${new URLSearchParams(at(input.draft))}` };
    },
    createBlock: async (input) => {
      await save(input);
      return at(input.draft);
    },
    testBlock: ({ draft }) =>
      client.request("POST /api/blocks/:slug/test", {
        params: { slug: draft.slug },
        body: {
          data: filled(draft.data, draft.secrets),
          ...(draft.version === null ? {} : { name: draft.name }),
        },
      }),
    blockUsers: async (block) => {
      const { used_by } = await client.request("GET /api/block_documents/:slug/:name", { params: at(block) });
      const blocks = used_by.documents.map(({ block_type_slug: slug, name }) => ({ slug, name }));
      return { blocks, places: [], others: [] };
    },
    openBlock: (block) => ({ go: `/block?${new URLSearchParams(block)}` }),
  };
}
