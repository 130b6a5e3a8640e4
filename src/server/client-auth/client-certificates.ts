/**
 * Lets requests pass only from clients with a certificate of a trusted CA. The handshake succeeds for every client, so that one
 * that is rejected reads why; no body of such a client is read. A connection is judged once, at its handshake.
 */
import { constants } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import type { Clock } from "../../telemetry/clock.ts";
import type { RejectionObserver, RejectionReason } from "../limits/rejection.ts";
import type { ClientCa } from "./client-ca.ts";

/** Which clients are let in. */
export interface ClientPolicy {
  readonly ca: ClientCa;
  /** Common names or DNS names, one of which a certificate must have; without any, every name will do. */
  readonly allowedNames: readonly string[];
}

/** @see ClientCertificates */
export interface ClientCertificatesOptions extends ClientPolicy {
  readonly onRejection: RejectionObserver;
  /** Longest handshake in milliseconds: one that began before a change of the CAs ends within that time after it. */
  readonly handshakeTimeoutMs: number;
  readonly clock: Pick<Clock, "elapsed">;
}

interface Verdict {
  readonly reason: RejectionReason | undefined;
  readonly judgedAtMs: number;
}

/** Judges the connections of one server and rejects the requests of clients that may not enter. */
export class ClientCertificates {
  readonly #options: ClientCertificatesOptions;
  readonly #verdicts = new WeakMap<Socket, Verdict>();
  #changedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ClientCertificatesOptions) {
    this.#options = options;
    options.ca.onChange(() => {
      this.#changedAtMs = options.clock.elapsed();
    });
  }

  /** What of TLS belongs to the CAs in force; to be given again with each new certificate. */
  contextOptions(): SecureContextOptions {
    return {
      ca: this.#options.ca.current(),
      // A resumed session shows no certificate again, and a renegotiated one may show another.
      secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    };
  }

  /** Judges a connection at the end of its handshake. */
  judge(socket: TLSSocket): void {
    const judgedAtMs = this.#options.clock.elapsed();
    this.#verdicts.set(socket, { reason: this.#reasonAgainst(socket), judgedAtMs });
  }

  /** Whether the client of a request is let in; if not, it has been answered. */
  admits(request: IncomingMessage, response: ServerResponse): boolean {
    const { reason, judgedAtMs } = this.#verdicts.get(request.socket) ?? {
      reason: "no-certificate" as const,
      judgedAtMs: 0,
    };
    if (reason !== undefined) {
      this.#options.onRejection(reason);
      reject(response, reason);
      return false;
    }
    // A client that earlier CAs let in is answered once more and then has to show its certificate again.
    if (judgedAtMs < this.#changedAtMs + this.#options.handshakeTimeoutMs) response.setHeader("Connection", "close");
    return true;
  }

  #reasonAgainst(socket: TLSSocket): RejectionReason | undefined {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return "no-certificate";
    if (!socket.authorized) return "untrusted-certificate";
    const { allowedNames } = this.#options;
    const commonName = commonNameOf(socket);
    const isAllowed =
      allowedNames.length === 0 ||
      allowedNames.some(
        (name) =>
          name === commonName || certificate.checkHost(name, { subject: "never", wildcards: false }) !== undefined,
      );
    return isAllowed ? undefined : "name-not-allowed";
  }
}

/** The one common name of the subject; of several none counts, as it is not clear which is meant. */
function commonNameOf(socket: TLSSocket): string | undefined {
  const commonName: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof commonName === "string" ? commonName : undefined;
}

function reject(response: ServerResponse, reason: RejectionReason): void {
  const [status, text] =
    reason === "no-certificate"
      ? [401, "a client certificate is demanded here, and none was shown\n"]
      : [403, "the client certificate is not one that is let in here\n"];
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": text.length,
    Connection: "close",
  });
  response.end(text);
}
