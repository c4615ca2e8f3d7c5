/** Lines of the Blocks tree: type → blocks. Pure. */
import type { BlockDocument, BlockType } from "../../runtime/protocol/blocks.ts";
import { formatMoment, formatPlural } from "../../runtime/protocol/formats.ts";
import { troubleOf } from "../blocks/problems.ts";
import { valueWords } from "../blocks/value-words.ts";
import type { ItemWord } from "../context.ts";
import { joined, type NodeIcon, type Tooltip, type TreeNode } from "./node.ts";

/** Icons of types that bring no picture, by what they are for. */
const categoryIcons: Readonly<Record<string, string>> = {
  Storage: "archive",
  Databases: "database",
  Credentials: "key",
  Notifications: "bell",
  Infrastructure: "server-environment",
};

/** Fields that a tooltip shows. */
const shownFields = 8;

export function blockNodes(documents: readonly BlockDocument[], types: readonly BlockType[]): readonly TreeNode[] {
  const byType = Map.groupBy(documents, ({ block_type_slug: slug }) => slug);
  return [...byType]
    .map(([slug, own]) => typeNode(slug, own, types))
    .sort((one, other) => compare(one.label, other.label));
}

function typeNode(slug: string, own: readonly BlockDocument[], types: readonly BlockType[]): TreeNode {
  const type = types.find((candidate) => candidate.slug === slug);
  const label = type?.name ?? own[0]?.block_type_name ?? slug;
  return {
    id: `blockType ${slug}`,
    block_type: slug,
    label,
    icon: typeIcon(type),
    words: type === undefined ? ["blockType"] : ["blockType", "usable"],
    opens: "open",
    ...(type === undefined ? {} : { tooltip: { title: label, lines: [], note: type.description } }),
    says: `${label}, ${formatPlural(own.length, "block")}`,
    children: [...own].sort((one, other) => compare(one.name, other.name)).map((one) => blockNode(one, type)),
  };
}

function blockNode(document: BlockDocument, type: BlockType | undefined): TreeNode {
  const { name, block_type_slug: slug, block_type_name: typeName } = document;
  const trouble = troubleOf(document);
  const words: ItemWord[] = ["block"];
  if (type !== undefined) words.push("usable");
  if (type?.testable === true) words.push("testable");
  return {
    id: `block ${slug}/${name}`,
    block: { slug, name },
    label: name,
    description: joined(trouble?.short),
    tooltip: tooltip(document, trouble?.long),
    icon:
      trouble === undefined
        ? { kind: "codicon", name: "symbol-constant" }
        : { kind: "codicon", name: "warning", color: "list.warningForeground" },
    words,
    opens: "never",
    click: { kind: "block", block: { slug, name } },
    says: ["Block", name, typeName, trouble?.long].filter(Boolean).join(", "),
  };
}

function tooltip(document: BlockDocument, note: string | undefined): Tooltip {
  const fields = Object.entries(document.data).map(([field, value]) => [field, valueWords(value)] as const);
  return {
    title: document.name,
    lines: [...fields.slice(0, shownFields), ["Changed", formatMoment(Date.parse(document.updated))]],
    ...(note === undefined ? {} : { note }),
  };
}

export function typeIcon(type: Pick<BlockType, "logo" | "category"> | undefined): NodeIcon {
  if (type === undefined) return { kind: "codicon", name: "question" };
  const { logo, category } = type;
  if (logo === null) return { kind: "codicon", name: categoryIcons[category] ?? "symbol-misc" };
  return { kind: "image", uri: `data:image/svg+xml;base64,${Buffer.from(logo).toString("base64")}` };
}

function compare(one: string, other: string): number {
  return one.localeCompare(other, "en");
}
