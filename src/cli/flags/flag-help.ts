/** Shows tables of flags: as the help of a command and as the markdown table of the README. */
import type { Flag, FlagTable } from "./flag.ts";

/** Gives one line for each flag, aligned, for a terminal. */
export function renderFlagHelp(table: FlagTable): string {
  const rows = rowsOf(table).map(({ usage, help, defaultText }) => ({
    usage,
    help: defaultText === "" ? help : `${help} (default ${defaultText})`,
  }));
  const width = Math.max(...rows.map(({ usage }) => usage.length));
  return rows.map(({ usage, help }) => `  ${usage.padEnd(width)}  ${help}\n`).join("");
}

/** Gives the markdown table that stands in the README between `<!-- flags:COMMAND -->` and `<!-- /flags -->`. */
export function renderFlagMarkdown(table: FlagTable): string {
  const rows = rowsOf(table).map(
    ({ usage, defaultText, help }) => `| \`${usage}\` | ${defaultText && `\`${defaultText}\``} | ${help} |\n`,
  );
  return `| flag | default | meaning |\n|---|---|---|\n${rows.join("")}`;
}

interface Row {
  readonly usage: string;
  readonly defaultText: string;
  readonly help: string;
}

function rowsOf(table: FlagTable): readonly Row[] {
  return Object.entries(table as Readonly<Record<string, Flag<unknown>>>).map(([name, flag]) => ({
    usage: `${flag.short === undefined ? "" : `-${flag.short}, `}--${name}${flag.placeholder === null ? "" : ` ${flag.placeholder}`}`,
    defaultText: flag.defaultText,
    help: flag.isRepeatable === true ? `${flag.help}; may be given several times` : flag.help,
  }));
}
