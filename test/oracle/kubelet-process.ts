/** Asks the kubelet's own code. */
import { GoProcess } from "./go-process.ts";
import type { SecretOutcome } from "./oracle-case.ts";

/** A case for the oracle. */
export interface KubeletQuestion {
  /** Data in base64. */
  readonly secrets: readonly {
    readonly name: string;
    readonly type: string;
    readonly data: Readonly<Record<string, string>>;
  }[];
  readonly lists: readonly (readonly string[])[];
  readonly images: readonly string[];
}

/** The kubelet's answer to one list. */
export interface KubeletListAnswer {
  readonly error: boolean;
  /** Per image; as the list without its Secrets in error would give. */
  readonly tried: readonly (readonly string[])[];
  /** Per image whether a credential that is tried has a user name or a password. */
  readonly served: readonly boolean[];
}

/** The kubelet's answer to a case. */
export interface KubeletAnswer {
  readonly secrets: readonly SecretOutcome[];
  readonly repositories: readonly (string | null)[];
  readonly lists: readonly KubeletListAnswer[];
}

/** A running oracle. */
export class KubeletProcess extends GoProcess<KubeletQuestion, KubeletAnswer> {
  constructor() {
    super(".");
  }
}
