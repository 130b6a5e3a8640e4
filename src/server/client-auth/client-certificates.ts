/**
 * Lets requests pass only from clients with a certificate of a trusted authority. The handshake succeeds for everybody, so that
 * who is turned away reads why; no body of theirs is read. A connection is judged once, at its handshake.
 */
import { constants } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import type { RejectionObserver, RejectionReason } from "../limits/rejection.ts";
import type { ClientCa } from "./client-ca.ts";

/** Which clients are let in. */
export interface ClientPolicy {
  readonly authority: ClientCa;
  /** Common names or DNS names, one of which a certificate has to bear; any name will do when there are none. */
  readonly allowedNames: readonly string[];
}

/** @see ClientCertificates */
export interface ClientCertificatesOptions extends ClientPolicy {
  readonly onRejection: RejectionObserver;
  /** Longest handshake in milliseconds: one that began before a change of the authorities ends within that time after it. */
  readonly handshakeTimeoutMs: number;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

interface Verdict {
  readonly reason: RejectionReason | undefined;
  readonly judgedAtMs: number;
}

const REFUSALS: Readonly<Record<"none" | "other", readonly [status: number, text: string]>> = {
  none: [401, "a client certificate is demanded here, and none was shown\n"],
  other: [403, "the client certificate is not one that is let in here\n"],
};

/** Judges connections and turns away requests of those that may not enter. */
export class ClientCertificates {
  readonly #options: ClientCertificatesOptions;
  readonly #verdicts = new WeakMap<Socket, Verdict>();
  #changedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ClientCertificatesOptions) {
    this.#options = options;
    options.authority.onChange(() => {
      this.#changedAtMs = performance.now();
    });
  }

  /** What of TLS belongs to the authorities in force; to be given again with each new certificate. */
  contextOptions(): SecureContextOptions {
    return {
      ca: this.#options.authority.current(),
      // A resumed session shows no certificate again, and a renegotiated one may show another.
      secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    };
  }

  /** Judges a connection at the end of its handshake. */
  judge(socket: TLSSocket): void {
    this.#verdicts.set(socket, { reason: this.#reasonAgainst(socket), judgedAtMs: performance.now() });
  }

  /** Wraps `listener` so that it is called for admitted clients alone. */
  guard(listener: Listener): Listener {
    return (request, response) => {
      const verdict = this.#verdicts.get(request.socket);
      const reason = verdict === undefined ? "no-certificate" : verdict.reason;
      if (verdict === undefined || reason !== undefined) {
        this.#options.onRejection(reason ?? "no-certificate");
        turnAway(response, reason ?? "no-certificate");
        return;
      }
      // Who was let in by earlier authorities is answered once more and then has to show its certificate again.
      if (verdict.judgedAtMs < this.#changedAtMs + this.#options.handshakeTimeoutMs) {
        response.setHeader("Connection", "close");
      }
      listener(request, response);
    };
  }

  #reasonAgainst(socket: TLSSocket): RejectionReason | undefined {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) {
      return "no-certificate";
    }
    if (!socket.authorized) {
      return "untrusted-certificate";
    }
    const { allowedNames } = this.#options;
    const commonName = commonNameOf(socket);
    const isAllowed =
      allowedNames.length === 0 ||
      allowedNames.some(
        (name) =>
          name === commonName ||
          certificate.checkHost(name, { subject: "never", wildcards: false }) !== undefined,
      );
    return isAllowed ? undefined : "other-name";
  }
}

/** The one common name of the subject; of several none counts, as nobody can tell which is meant. */
function commonNameOf(socket: TLSSocket): string | undefined {
  const commonName: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof commonName === "string" ? commonName : undefined;
}

function turnAway(response: ServerResponse, reason: RejectionReason): void {
  const [status, text] = REFUSALS[reason === "no-certificate" ? "none" : "other"];
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": text.length,
    Connection: "close",
  });
  response.end(text);
}
