/** Faults of connections that Node has no error for. */

/** Found by its code alone. */
export type ConnectionFaultCode =
  /** Nothing came in the time there was. */
  | "ETIMEDOUT"
  /** The proxy of the kubeconfig makes no connection to the API server for us. */
  | "ERR_PROXY_REFUSED"
  /** Our own end is closed already. */
  | "ERR_CONNECTION_CLOSED";

/** Has a code as Node's own errors have. @see codeOf */
export class ConnectionFault extends Error {
  readonly code: ConnectionFaultCode;

  constructor(code: ConnectionFaultCode) {
    super(code);
    this.code = code;
  }
}
