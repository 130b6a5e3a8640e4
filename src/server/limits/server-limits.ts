/** What a client may take of the server: sizes, times and connections, each with its derivation. */

/** Limits of the HTTPS server; durations in milliseconds. */
export interface ServerLimits {
  /** Longest body in bytes. */
  readonly maxBodyBytes: number;
  /** Longest request line and headers in bytes. */
  readonly maxHeaderBytes: number;
  /** Most bytes that bodies under way hold together, small ones apart. */
  readonly maxBodiesBytes: number;
  /** Longest time for a body that is not small to arrive. */
  readonly bodyTimeoutMs: number;
  /** Most connections at once; for what is beyond, another one is closed. */
  readonly maxConnections: number;
  /** How long an idle connection is kept for its next request. */
  readonly keepAliveTimeoutMs: number;
  /** Longest time for the headers of a request. */
  readonly headersTimeoutMs: number;
  /** Longest time for a whole request to arrive; not below `headersTimeoutMs`. */
  readonly requestTimeoutMs: number;
  /** Longest idle time of a client that owes something: its first byte, the rest of a body, the reading of a response. */
  readonly idleTimeoutMs: number;
  /** Longest wait for the response to a whole request, in which its client is silent. */
  readonly callTimeoutMs: number;
  /** Longest TLS handshake. */
  readonly handshakeTimeoutMs: number;
  /** Pause between two checks of the two times of a request. */
  readonly checkIntervalMs: number;
  /** How long a closing server waits for responses under way. */
  readonly closeTimeoutMs: number;
}

/** The limits in production. */
export const DEFAULT_LIMITS: ServerLimits = {
  // The API server takes bodies of 3 MiB (apiserver MaxRequestBodyBytes), and an update carries two objects: 6 MiB. The rest
  // is room for the review around them and for characters that JSON escapes.
  maxBodyBytes: 8 * 1024 * 1024,
  // Four of the longest bodies. The Pods that all requests in flight of an API server (200) create hold 1 MiB.
  maxBodiesBytes: 32 * 1024 * 1024,
  // The longest timeout of a webhook: the API server does not wait for a response after that.
  bodyTimeoutMs: 30_000,
  // The API server sends a dozen short headers; 16 KiB is Node's own limit.
  maxHeaderBytes: 16 * 1024,
  // An API server has 200 mutating requests in flight (--max-mutating-requests-inflight): five of them, doubled.
  maxConnections: 2000,
  // Go clients keep idle connections for 90 s (net/http IdleConnTimeout) and lose a POST when the server is first to close.
  keepAliveTimeoutMs: 120_000,
  headersTimeoutMs: 125_000,
  requestTimeoutMs: 130_000,
  // The longest timeout of a webhook is 30 s, the usual one 10 s: a response no longer helps a client that is silent for 15 s.
  idleTimeoutMs: 15_000,
  callTimeoutMs: 30_000,
  handshakeTimeoutMs: 10_000,
  checkIntervalMs: 5_000,
  closeTimeoutMs: 5_000,
};
