/** Branches, loops and patterns as their text tells them. */
import { descendants, type SyntaxNode, unwrapped } from "../../parser/syntax.ts";
import { inputs } from "../definitions.ts";
import { shortText } from "./sketch.ts";

export interface Arm {
  readonly label: string;
  readonly condition: SyntaxNode | undefined;
  readonly body: readonly SyntaxNode[];
}

export function ifArms(node: SyntaxNode): Arm[] {
  const condition = node.child("condition");
  const consequence = node.child("consequence");
  const alternative = node.child("alternative");
  const text = condition?.text.replace(/^\(([\s\S]*)\)$/, "$1") ?? "";
  const arms: Arm[] = [];
  if (consequence !== undefined) arms.push({ label: shortText(`if ${text}`), condition, body: [consequence] });
  const [next] = alternative?.children.filter(({ type }) => type !== "comment") ?? [];
  if (next === undefined) return arms;
  if (next.type !== "if_statement") return [...arms, { label: "else", condition, body: [next] }];
  return [...arms, ...ifArms(next).map((arm) => ({ ...arm, label: arm.label.replace(/^if /, "else if ") }))];
}

export function switchArms(node: SyntaxNode): Arm[] {
  return (node.child("body")?.children ?? []).flatMap((arm) =>
    arm.type === "comment"
      ? []
      : [
          {
            label: arm.type === "switch_default" ? "default" : shortText(`case ${arm.child("value")?.text ?? ""}`),
            condition: node.child("value"),
            body: arm.children.filter((child) => child.field !== "value" && child.type !== "comment"),
          },
        ],
  );
}

/** "for month of months", "while (…)" */
export function loopLabel(node: SyntaxNode): string {
  if (node.type === "do_statement") return "repeat";
  const body = node.child("body");
  const header = shortText(node.text.slice(0, Math.max(0, (body?.start ?? node.end) - node.start)));
  const each = /^for\s*(?:await\s*)?\(\s*(?:const |let |var )?\s*(.*)\)$/.exec(header)?.[1];
  return each === undefined ? header : `for ${each}`;
}

/** The items of `await Promise.all([…])`. */
export function listOfAll(value: SyntaxNode): readonly SyntaxNode[] | undefined {
  const call = value.type === "await_expression" ? value.children[0] : undefined;
  const callee = call?.type === "call_expression" ? call.child("function") : undefined;
  if (call === undefined || !/^Promise\.all(?:Settled)?$/.test(callee?.text ?? "")) return undefined;
  const [list] = inputs(call).map(unwrapped);
  const items = list?.type === "array" ? list.children.filter(({ type }) => type !== "comment") : undefined;
  return items?.some(({ type }) => type === "spread_element") ? undefined : items;
}

/** The names that a pattern binds. */
export function* namesIn(pattern: SyntaxNode): Generator<string> {
  const enter = (node: SyntaxNode) => node.type !== "type_annotation" && node.field !== "right";
  for (const node of descendants(pattern, enter)) {
    if (node.field === "right" || node.field === "key") continue;
    if (node.type === "identifier" || node.type === "shorthand_property_identifier_pattern") yield node.text;
  }
}

/** "all" of `all.rows[0].name` */
export function rootName(place: SyntaxNode): string | undefined {
  let root = unwrapped(place);
  while (root.type === "member_expression" || root.type === "subscript_expression") {
    const object = root.child("object");
    if (object === undefined) return undefined;
    root = unwrapped(object);
  }
  return root.type === "identifier" ? root.text : undefined;
}
