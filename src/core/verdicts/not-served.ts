/** Why the API server does not ask pullring about an object, whatever credentials there are. */

/** `requirement` is the part of a selector that says no, as kubectl writes it. */
export type NotServed =
  | { readonly code: "namespace-not-served"; readonly namespace: string; readonly requirement: string }
  | { readonly code: "object-not-served"; readonly requirement: string }
  /** No webhook has a rule for the kind and the operation. */
  | { readonly code: "kind-not-served" };
