/** Which types the gallery shows, and in which order. Pure. */
import type { BlockType } from "../../runtime/protocol/blocks.ts";

/** What people need first. */
const common = [
  "gcp-credentials",
  "gcs-bucket",
  "bigquery-warehouse",
  "postgres-database",
  "local-bucket",
  "secret",
] as const;

const order = ["Storage", "Databases", "Credentials", "Notifications", "Infrastructure", "General"];

export interface GallerySection {
  readonly title: string;
  readonly types: readonly BlockType[];
}

/** All words must be found. Without any: common ones first, then by what they are for. */
export function gallerySections(types: readonly BlockType[], search: string): readonly GallerySection[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length > 0) {
    const found = types.filter(({ name, slug, description, category, class_name: className }) => {
      const text = `${name} ${slug} ${className} ${category} ${description}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    // A name that begins so is what was meant.
    const rank = ({ name }: BlockType) => (name.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
    const sorted = [...found].sort((one, other) => rank(one) - rank(other));
    return sorted.length === 0 ? [] : [{ title: "Found", types: sorted }];
  }
  const first = common.flatMap((slug) => types.find((type) => type.slug === slug) ?? []);
  const rest = types.filter((type) => !first.includes(type));
  const place = (title: string) => (order.includes(title) ? order.indexOf(title) : order.length);
  const sections = [...Map.groupBy(rest, ({ category }) => category)]
    .map(([title, own]) => ({ title, types: own }))
    .sort((one, other) => place(one.title) - place(other.title));
  return first.length === 0 ? sections : [{ title: "Common", types: first }, ...sections];
}

/** Icons of types that bring no picture. */
export function categoryIcon(category: string): string {
  const icons: Readonly<Record<string, string>> = {
    Storage: "archive",
    Databases: "database",
    Credentials: "key",
    Notifications: "bell",
    Infrastructure: "server-environment",
  };
  return icons[category] ?? "symbol-misc";
}
