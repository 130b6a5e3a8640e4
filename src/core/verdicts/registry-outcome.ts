/** What a registry says to one attempt to pull, as codes with parameters. core/sentences has the words. */

/** What a registry, or somebody in its place, does that ends an attempt at once. Nothing more is sent then. */
export type Misbehaviour =
  /** The address of its token server, or of a redirect, is inside of a network that the registry itself is not in. */
  | "points-inwards"
  /** It leads from https to http. */
  | "points-to-http"
  /** The address that it gives is none. */
  | "no-address"
  | "too-many-redirects"
  /** It redirects to another host, which wants a login. */
  | "login-elsewhere"
  /** A body or the headers are longer than any real ones. */
  | "too-long"
  /** The token server's answer has no token. */
  | "no-token"
  /** It wants a login of a kind that container runtimes do not know, or none at all with its refusal. */
  | "unknown-login";

/** The outcome of one attempt. Hosts are as the registry gives them. */
export type RegistryOutcome =
  | { readonly code: "pulls" }
  /** The registry, or its token server, does not know the user name with this password. */
  | { readonly code: "refused" }
  /** The same, and the password is a token that ended at this time, in seconds since 1970. */
  | { readonly code: "expired"; readonly expiresAt: number }
  /** The login is right, and has no right to the repository, which may not exist. */
  | { readonly code: "no-right" }
  /** Without a login the image is not given out. */
  | { readonly code: "login-required" }
  | { readonly code: "no-such-repository" }
  | { readonly code: "no-such-tag" }
  | { readonly code: "rate-limited" }
  | { readonly code: "server-error"; readonly host: string; readonly status: number }
  /** No connection; `reason` is the code of the error, as in ECONNREFUSED. */
  | { readonly code: "unreachable"; readonly host: string; readonly reason: string }
  /** Its certificate is not trusted here. */
  | { readonly code: "untrusted"; readonly host: string; readonly reason: string }
  | { readonly code: "too-slow"; readonly host: string }
  | { readonly code: "misbehaves"; readonly how: Misbehaviour; readonly host: string };

/** What the attempts say together: the kubelet is content with the first that pulls. */
export type TrialVerdict =
  | { readonly code: "would-pull"; readonly secret: string | null }
  /** The outcome of the attempt that says most. */
  | { readonly code: "would-fail"; readonly secret: string | null; readonly outcome: RegistryOutcome }
  /** The list names a Secret that the kubelet cannot parse, so that it pulls nothing. */
  | { readonly code: "malformed-listed"; readonly secret: string }
  | { readonly code: "not-an-image" }
  /** So many questions were asked for other images already. */
  | { readonly code: "too-many"; readonly limit: number }
  /** The Secret could not be read at the moment of asking, or has changed since. */
  | { readonly code: "not-read"; readonly secret: string };

/** Those that say most about what is to be done come first. */
const ORDER: readonly RegistryOutcome["code"][] = [
  "no-such-tag",
  "no-such-repository",
  "expired",
  "refused",
  "no-right",
  "login-required",
  "rate-limited",
  "server-error",
  "misbehaves",
  "untrusted",
  "too-slow",
  "unreachable",
];

/** Puts the outcomes of all attempts for one image together, which are in the kubelet's order. @param outcomes never empty */
export function judgeOutcomes(
  outcomes: readonly [AttemptOutcome, ...AttemptOutcome[]],
): Extract<TrialVerdict, { readonly code: "would-pull" | "would-fail" }> {
  const pulls = outcomes.find(({ outcome }) => outcome.code === "pulls");
  if (pulls !== undefined) return { code: "would-pull", secret: pulls.secret };
  const rankOf = ({ outcome }: AttemptOutcome): number => ORDER.indexOf(outcome.code);
  const most = outcomes.reduce((best, one) => (rankOf(one) < rankOf(best) ? one : best));
  return { code: "would-fail", ...most };
}

/** What a registry told to the login of one Secret; null for none. */
export interface AttemptOutcome {
  readonly secret: string | null;
  readonly outcome: RegistryOutcome;
}
