/** The reasons for which a client is turned away before a review of it is read; metrics and logs use them alike. */

/** Each reason in words for the log. */
export const REJECTION_REASONS = {
  "no-certificate": "the client showed no certificate although --client-ca-file demands one",
  "untrusted-certificate":
    "the client's certificate was not issued, for clients and for now, by an authority of --client-ca-file",
  "other-name": "the client's certificate bears none of --client-allowed-names",
  "no-room": "all connections were taken, and this one had sent no request or was idle",
  "body-bytes": "too many bytes of bodies were under way, and this one was the oldest",
  "body-time": "the body was not whole in time",
} as const;

/** @see REJECTION_REASONS */
export type RejectionReason = keyof typeof REJECTION_REASONS;

/** Is told each client that is turned away; must be quick and must not throw. */
export type RejectionObserver = (reason: RejectionReason) => void;
