/** What is known of a namespace at one moment: all that a decision rests on besides the request. It is passed whole. */
import type { Keyring } from "../kubelet/keyring.ts";
import type { JudgedCredential } from "../verdicts/judged-credential.ts";
import type { ServiceAccount } from "./service-account.ts";

/** The credentials of a namespace and the ServiceAccount of one Pod or template in it. */
export interface NamespaceView {
  readonly keyring: Keyring<JudgedCredential>;
  /** null when there is no such ServiceAccount; undefined when it is not known, which counts as a plain one. */
  readonly serviceAccount: ServiceAccount | null | undefined;
  /** Whether the watches that it comes from are open and heard from; absent: no. */
  readonly isFollowed?: boolean;
}

/** Gives the view of a namespace with one of its ServiceAccounts. */
export type ViewOf = (namespace: string, serviceAccountName: string) => NamespaceView;
