/** What a request asks of a live look, and what one look has to do for several requests. */
import type { LiveReadScope } from "../../core/admission/needs-live-read.ts";
import type { LiveReadRequest } from "../../server/admission/ports.ts";

/** What all requests of one look have to know together. */
export interface SharedRead {
  readonly serviceAccountNames: ReadonlySet<string>;
  /** The ServiceAccounts alone where no request asks for more. */
  readonly scope: LiveReadScope;
}

/** Unites requests of one namespace. */
export function shareRead(requests: readonly LiveReadRequest[]): SharedRead {
  return {
    serviceAccountNames: new Set(requests.map(({ serviceAccountName }) => serviceAccountName)),
    scope: requests.some(({ scope }) => scope === "namespace") ? "namespace" : "serviceaccount",
  };
}
