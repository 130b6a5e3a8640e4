/** Lays out rows of text in aligned columns for a terminal. Knows nothing of what it shows. */

/** Colours and weights that a terminal knows. */
export type Style = "plain" | "bold" | "dim" | "green" | "yellow";

const CODES: Readonly<Record<Style, string>> = {
  plain: "",
  bold: "\u001b[1m",
  dim: "\u001b[2m",
  green: "\u001b[32m",
  yellow: "\u001b[33m",
};

/** Gives `text` in `style`; as it is when `hasColour` is false. */
export function paint(text: string, style: Style, hasColour: boolean): string {
  return hasColour && style !== "plain" && text !== "" ? `${CODES[style]}${text}\u001b[0m` : text;
}

/** Cells of a row, or a note that stands alone on its line and widens no column. */
export type TableLine =
  | { readonly cells: readonly string[]; readonly style?: Style }
  | { readonly note: string; readonly style: Style };

/** @see renderTable */
export interface TableLayout {
  readonly columns: readonly string[];
  /** Styles of the cells of each column. */
  readonly styles: readonly Style[];
  readonly hasColour: boolean;
}

/** Gives `lines` under their headings; columns are two spaces apart, lines have no trailing space. */
export function renderTable(
  lines: readonly TableLine[],
  { columns, styles, hasColour }: TableLayout,
): string {
  const widths = columns.map(({ length }) => length);
  for (const line of lines) {
    if ("cells" in line) {
      line.cells.forEach((cell, index) => {
        widths[index] = Math.max(widths[index] ?? 0, cell.length);
      });
    }
  }
  const renderCells = (cells: readonly string[], styleOf: (index: number) => Style): string => {
    const last = cells.findLastIndex((cell) => cell !== "");
    return cells
      .slice(0, last + 1)
      .map((cell, index) => {
        const padding = index === last ? "" : " ".repeat((widths[index] ?? 0) - cell.length + 2);
        return paint(cell, styleOf(index), hasColour) + padding;
      })
      .join("");
  };
  const texts = lines.map((line) =>
    "cells" in line
      ? renderCells(line.cells, (index) => line.style ?? styles[index] ?? "plain")
      : paint(line.note, line.style, hasColour),
  );
  return [renderCells(columns, () => "bold"), ...texts].map((text) => `${text}\n`).join("");
}
