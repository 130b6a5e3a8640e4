/**
 * Lets requests pass only from clients with a certificate of a trusted CA. The handshake succeeds for every client, so that one
 * that is rejected reads why; no body of such a client is read. A connection is judged once, at its handshake.
 */
import { constants, X509Certificate } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import {
  CertificateError,
  type FollowedContent,
  followContent,
  type PollOptions,
  parseFor,
  readText,
} from "../certificates/followed-file.ts";
import { splitPem } from "../certificates/pem-bundle.ts";
import { SYSTEM_CLOCK } from "../telemetry/clock.ts";
import type { RejectionObserver, RejectionReason } from "./limits/rejection.ts";

/** Which clients are let in. */
export interface ClientPolicy {
  /** CAs as PEM. */
  readonly ca: FollowedContent<string>;
  /** Common names or DNS names, one of which a certificate must have; without any, every name will do. */
  readonly allowedNames: readonly string[];
}

/** @see ClientCertificates */
export interface ClientCertificatesOptions extends ClientPolicy {
  readonly onRejection: RejectionObserver;
  /** Longest handshake in milliseconds: one that began before a change of the CAs ends within that time after it. */
  readonly handshakeTimeoutMs: number;
}

interface Verdict {
  readonly reason: RejectionReason | undefined;
  readonly judgedAtMs: number;
}

const UNJUDGED: Verdict = { reason: "no-certificate", judgedAtMs: 0 };

/** Judges the connections of one server and rejects the requests of clients that may not enter. */
export class ClientCertificates {
  readonly #options: ClientCertificatesOptions;
  readonly #verdicts = new WeakMap<Socket, Verdict>();
  #changedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ClientCertificatesOptions) {
    this.#options = options;
    options.ca.onChange(() => {
      this.#changedAtMs = SYSTEM_CLOCK.elapsed();
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
    const judgedAtMs = SYSTEM_CLOCK.elapsed();
    this.#verdicts.set(socket, { reason: this.#reasonAgainst(socket), judgedAtMs });
  }

  /** Whether the client of a request is let in; if not, it has been answered. */
  admits(request: IncomingMessage, response: ServerResponse): boolean {
    const { reason, judgedAtMs } = this.#verdicts.get(request.socket) ?? UNJUDGED;
    if (reason !== undefined) {
      this.#options.onRejection(reason);
      const [status, text] =
        reason === "no-certificate"
          ? [401, "a client certificate is demanded here, and none was shown\n"]
          : [403, "the client certificate is not one that is let in here\n"];
      const headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": text.length,
        Connection: "close",
      };
      response.writeHead(status, headers).end(text);
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

/**
 * Reads the CAs in `path` and follows its changes.
 * @throws CertificateError naming the file and the remedy when there is no good CA at the start
 */
export function openClientCa(path: string, options: PollOptions): Promise<FollowedContent<string>> {
  return followContent(() => readCa(path, options.clock.now()), "Kept the last good CAs of clients", options);
}

/** TLS would accept a file without a CA, and then trust no client or, worse, a wrong one. */
async function readCa(path: string, nowMs: number): Promise<string> {
  const text = await readText(path);
  const certificates = splitPem(text).map((pem, index) => {
    const message = `certificate ${index + 1} in ${path} cannot be read; write it as PEM`;
    return parseFor(path, message, () => new X509Certificate(pem));
  });
  const leaf = certificates.findIndex(({ ca }) => !ca);
  // Node's TLS server trusts no chain that ends before its root.
  const rootless = certificates.findIndex((one) => !certificates.some((issuer) => one.checkIssued(issuer)));
  const reasons: readonly [isWrong: boolean, message: string][] = [
    [certificates.length === 0, `file ${path} holds no PEM certificate; write the CA of the clients`],
    [
      leaf >= 0,
      `certificate ${leaf + 1} in ${path} is no CA certificate; write the one that issues the clients' certificates`,
    ],
    [
      !certificates.some(({ validTo }) => Date.parse(validTo) > nowMs),
      `every CA in ${path} has ended; write the one that took its place`,
    ],
    [rootless >= 0, `the issuer of certificate ${rootless + 1} in ${path} is not there; add it, up to the root`],
  ];
  for (const [isWrong, message] of reasons) if (isWrong) throw new CertificateError(path, message);
  return certificates.map((certificate) => certificate.toString()).join("");
}
