/** `-h, --help`, which every command has. */
import type { Flag } from "./flag.ts";

/** @see printHelp, which is called for it before anything else is checked */
export const HELP_FLAG: Flag<boolean> = {
  placeholder: null,
  short: "h",
  initial: false,
  defaultText: "",
  help: "show this help",
  accept: () => true,
};
