/** How much of an answer of the API server is held at a time. */

/** Longest object, in bytes: etcd refuses objects beyond 1.5 MiB; base64 and escapes make them longer, not five times. */
export const MAX_OBJECT_BYTES: number = 8 * 1024 * 1024;
