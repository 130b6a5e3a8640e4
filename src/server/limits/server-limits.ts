/** What a client may take of the server: sizes, times and connections, each with its derivation. */

type SizeLimit = "maxBodyBytes" | "maxBodiesBytes" | "maxHeaderBytes" | "maxConnections";
type TimeLimit =
  | `${"body" | "keepAlive" | "headers" | "request" | "idle" | "call" | "handshake" | "close"}TimeoutMs`
  | "checkIntervalMs";

/** Limits of the HTTPS server. @see DEFAULT_LIMITS */
export type ServerLimits = Readonly<Record<SizeLimit | TimeLimit, number>>;

/** The limits in production. */
export const DEFAULT_LIMITS: ServerLimits = {
  // Longest body. The API server takes bodies of 3 MiB (apiserver MaxRequestBodyBytes), and an update carries two objects:
  // 6 MiB. The rest is room for the review around them and for characters that JSON escapes.
  maxBodyBytes: 8 * 1024 * 1024,
  // Bodies under way together, small ones apart: four of the longest. The Pods that all requests in flight of an API server
  // (200) create hold 1 MiB.
  maxBodiesBytes: 32 * 1024 * 1024,
  // Request line and headers. The API server sends a dozen short ones; 16 KiB is Node's own limit.
  maxHeaderBytes: 16 * 1024,
  // An API server has 200 mutating requests in flight (--max-mutating-requests-inflight): five of them, doubled.
  maxConnections: 2000,
  // For a body that is not small to arrive. The API server waits no longer than this for any webhook.
  bodyTimeoutMs: 30_000,
  // Go clients keep idle connections for 90 s (net/http IdleConnTimeout) and lose a POST when the server is first to close.
  keepAliveTimeoutMs: 120_000,
  // For the headers of a request, and for all of it; each is not below the one before.
  headersTimeoutMs: 125_000,
  requestTimeoutMs: 130_000,
  // For a client that owes something: its first byte, the rest of a body. The longest timeout of a webhook is 30 s, the usual one
  // 10 s: a response no longer helps a client that is silent for 15 s.
  idleTimeoutMs: 15_000,
  // For the response to a whole review, and for reading it: its client is silent meanwhile.
  callTimeoutMs: 30_000,
  handshakeTimeoutMs: 10_000,
  // Pause between two checks of the two times of a request.
  checkIntervalMs: 5_000,
  // For responses under way when the server closes.
  closeTimeoutMs: 5_000,
};
