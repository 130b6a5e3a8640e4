/** The option that names the namespace of shared credentials. */
import type { OptionTable } from "./option-table.ts";
import { parseName } from "./option-values.ts";

/** Where shared credentials are. */
export interface SharingOptions {
  /** undefined: none are shared. */
  readonly sharedNamespace: string | undefined;
}

/** `--shared-namespace` */
export const SHARING_OPTIONS: OptionTable<SharingOptions> = {
  sharedNamespace: {
    flags: "--shared-namespace <name>",
    help: "namespace of the credentials that are shared with other namespaces, by their annotation pullring.dev/share-with",
    initialText: "none",
    parse: parseName,
  },
};
