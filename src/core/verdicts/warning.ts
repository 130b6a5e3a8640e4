/** The warnings of a decision, as codes with parameters: only where a person should act. src/core/sentences has the words. */
import type { Finding } from "./finding.ts";
import type { NearMiss } from "./near-miss.ts";

/** What a person should know. Names and images are as written. */
export type Warning =
  /** `error` is in the words of the container runtimes. */
  | { readonly code: "unreadable-image"; readonly image: string; readonly error: string }
  /** The kubelet cannot parse a listed Secret, and then pulls no image of the Pod. */
  | { readonly code: "malformed-listed"; readonly secret: string }
  /** Nothing serves the image, and this may be why. `others` more Secrets of the namespace are not right either. */
  | {
      readonly code: "unserved-image";
      readonly image: string;
      readonly secret: string;
      readonly finding: Finding;
      readonly others: number;
    }
  /** Nothing serves the image, which is of no public registry, and a credential comes close. */
  | { readonly code: "near-miss"; readonly image: string; readonly nearMiss: NearMiss }
  /** An addition is tried before or instead of a credential that served. */
  | { readonly code: "tried-before"; readonly secret: string; readonly served: string }
  /** A credential is not added, as its registry key `indexKey` would keep the kubelet from a listed one. */
  | { readonly code: "conflict"; readonly secret: string; readonly indexKey: string; readonly listed: string }
  /** More credentials serve than an object gets. */
  | { readonly code: "too-many"; readonly serving: number; readonly added: number }
  /** The object has no room for the names that it needs. */
  | { readonly code: "too-large" }
  /** Nothing is wrong: a dry run asked whether pullring answers. */
  | { readonly code: "canary" };
