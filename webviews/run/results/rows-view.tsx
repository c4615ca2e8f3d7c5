import type { VNode } from "preact";
import type { ValuePreview } from "../../../runtime/protocol/editor-api.ts";
import { CopyButton } from "../../kit/copy-button.tsx";
import { formatBytes, formatCount, formatPlural } from "../../kit/format.ts";
import { usePage } from "../../kit/host-context.tsx";
import { Button } from "../../kit/toolkit.ts";
import { cellLook, shareText, toCsv } from "./table-text.ts";

type Rows = Extract<ValuePreview, { readonly kind: "rows" }>;

export interface RowsViewProps {
  readonly preview: Rows;
  readonly label: string;
  /** Asks for the rows from this one on. */
  readonly onPage: (offset: number) => void;
}

const pageRows = 200;

export function RowsView({ preview, label, onPage }: RowsViewProps): VNode {
  const { host, attempt } = usePage();
  const { columns, rows, offset, total_rows: total, size_bytes: size, file, sampled_rows: sampled } = preview;
  const names = columns.map((column) => column.name);
  const facts = [
    ...(total === null ? [] : [formatPlural(total, "row")]),
    formatPlural(columns.length, "column"),
    ...(size === null ? [] : [formatBytes(size)]),
  ];
  const partly = total === null || sampled < total;
  const isLast = total === null ? rows.length < pageRows : offset + rows.length >= total;
  return (
    <div class="value-rows">
      <div class="value-facts">
        <span class="muted numeric">{facts.join(" · ")}</span>
        <span class="value-buttons">
          {file === null ? null : (
            <Button
              kind="icon"
              icon="go-to-file"
              title={`Open ${file}`}
              onClick={() => attempt(host.call("openFile", { file }))}
            />
          )}
          {file === null ? null : (
            <Button
              kind="icon"
              icon="folder-opened"
              title="Reveal File"
              onClick={() => attempt(host.call("openFile", { file, reveal: true }))}
            />
          )}
          <CopyButton text={() => toCsv(names, rows)} what={`these ${formatPlural(rows.length, "row")} as CSV`} />
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
      <section class="value-table" tabIndex={0} aria-label={label}>
        <table class="table">
          <thead>
            <tr>
              <th class="number row-number" scope="col">
                <span class="visually-hidden">Row</span>
              </th>
              {columns.map((column) => (
                <th key={column.name} scope="col" class={isNumeric(column.type) ? "number" : ""} title={column.name}>
                  <span class="column-name">{column.name}</span>
                  <span class="column-type" title={nullTitle(column.null_share, sampled, partly)}>
                    {column.type}
                    {column.null_share > 0 ? ` · ${shareText(column.null_share)} null` : ""}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={offset + at}>
                <td class="number row-number">{formatCount(offset + at + 1)}</td>
                {columns.map((column, index) => {
                  const { text, kind } = cellLook(row[index]);
                  return (
                    <td
                      key={column.name}
                      class={isNumeric(column.type) ? `cell-${kind} number` : `cell-${kind}`}
                      title={text.length > 24 ? text : undefined}
                    >
                      {text}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 ? <p class="value-note muted">No rows.</p> : null}
      </section>
      {offset === 0 && isLast ? null : (
        <div class="value-pager">
          <Button
            kind="icon"
            icon="chevron-left"
            title="Previous Rows"
            disabled={offset === 0}
            onClick={() => onPage(Math.max(0, offset - pageRows))}
          />
          <span class="numeric" role="status">
            Rows {formatCount(offset + 1)} – {formatCount(offset + rows.length)}
            {total === null ? "" : ` of ${formatCount(total)}`}
          </span>
          <Button
            kind="icon"
            icon="chevron-right"
            title="Next Rows"
            disabled={isLast}
            onClick={() => onPage(offset + pageRows)}
          />
        </div>
      )}
    </div>
  );
}

function isNumeric(type: string): boolean {
  return /^(?:u?int|float|double|number|decimal|bigint)/i.test(type);
}

function nullTitle(share: number, sampled: number, partly: boolean): string {
  const nulls = share === 0 ? "no nulls" : `${shareText(share)} nulls`;
  return partly ? `${nulls} in the first ${formatPlural(sampled, "row")}` : nulls;
}
