/** What a request asks of a live look, and what one look has to do for several requests. */
import type { LookScope } from "../../core/admission/needs-live-read.ts";

/** What one request has to know. */
export interface LookRequest {
  readonly namespace: string;
  readonly serviceAccountName: string;
  readonly scope: LookScope;
  /** Longest wait of this request, where it is less than that of all; undefined: it is not. */
  readonly limitMs?: number | undefined;
}

/** What all requests of one look have to know together. */
export interface SharedLook {
  readonly serviceAccountNames: ReadonlySet<string>;
  /** The ServiceAccounts alone where no request asks for more. */
  readonly scope: LookScope;
}

/** Unites requests of one namespace. */
export function shareLook(requests: readonly LookRequest[]): SharedLook {
  return {
    serviceAccountNames: new Set(requests.map(({ serviceAccountName }) => serviceAccountName)),
    scope: requests.some(({ scope }) => scope === "namespace") ? "namespace" : "serviceaccount",
  };
}
