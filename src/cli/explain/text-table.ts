/** Lays out rows of text in aligned columns for a terminal. */
import { styleText } from "node:util";

/** Colours and weights that a terminal knows. */
export type Style = "bold" | "dim" | "green" | "yellow";

/** Gives `text` in `style`. */
export type Paint = (style: Style, text: string) => string;

/** Gives the function that colours for `stream`: only for a terminal that wants colours, which NO_COLOR among others decides. */
export function createPaint(stream: NodeJS.WritableStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}

/** Cells of a row, or a note that stands alone on its line and widens no column. */
export type TableLine = { readonly cells: readonly string[] } | { readonly note: string; readonly style: Style };

/** One column. */
export interface Column {
  readonly heading: string;
  /** Style of its cells; plain by default. */
  readonly style?: Style;
}

/** Gives `lines` under their headings; columns are two spaces apart, lines have no trailing space. */
export function renderTable(lines: readonly TableLine[], columns: readonly Column[], paint: Paint): string {
  const headings = columns.map(({ heading }) => heading);
  const rows = [headings, ...lines.flatMap((line) => ("cells" in line ? [line.cells] : []))];
  const widths = columns.map((_, index) =>
    rows.reduce((width, cells) => Math.max(width, cells[index]?.length ?? 0), 0),
  );
  const renderCells = (cells: readonly string[], styles: readonly (Style | undefined)[]): string => {
    const last = cells.findLastIndex((cell) => cell !== "");
    return cells
      .slice(0, last + 1)
      .map((cell, index) => {
        const style = styles[index];
        const padding = index === last ? "" : " ".repeat((widths[index] ?? 0) - cell.length + 2);
        return (style === undefined || cell === "" ? cell : paint(style, cell)) + padding;
      })
      .join("");
  };
  const styles = columns.map(({ style }) => style);
  const texts = lines.map((line) => ("cells" in line ? renderCells(line.cells, styles) : paint(line.style, line.note)));
  return [
    renderCells(
      headings,
      headings.map(() => "bold"),
    ),
    ...texts,
  ]
    .map((text) => `${text}\n`)
    .join("");
}
