/** The flags of `pullring serve` that choose which clients it answers. */
import { type Flag, FlagFault } from "../flags/flag.ts";
import { parseText, showValue } from "../flags/flag-value.ts";

/** @see CLIENT_FLAGS */
export interface ClientFlags {
  readonly "client-ca-file": Flag<string>;
  readonly "client-allowed-names": Flag<readonly string[]>;
}

/** The flags in the order of the help. */
export const CLIENT_FLAGS: ClientFlags = {
  "client-ca-file": {
    placeholder: "FILE",
    initial: "",
    defaultText: "",
    help: "authorities in PEM; only clients with a certificate of one of them are answered on the webhook port; changes are followed",
    accept: parseText,
  },
  "client-allowed-names": {
    placeholder: "NAME",
    isRepeatable: true,
    initial: [],
    defaultText: "any",
    help: "common name or DNS name that the certificate of a client has to bear, with --client-ca-file",
    accept: (text, before) => [...before, parseClientName(text)],
  },
};

/** Longest common name (RFC 5280, ub-common-name, 64) or DNS name (253). */
const MAX_NAME_LENGTH = 253;

/**
 * Reads a name of a certificate. A comma would be a list, which other programs take here, and a leading dot a whole domain to OpenSSL.
 * @throws FlagFault when `text` cannot be one
 */
function parseClientName(text: string): string {
  if (text.length > MAX_NAME_LENGTH || !/^[^\s.,*][^\s,*]*$/.test(text)) {
    throw new FlagFault(
      `${showValue(text)} is no name of a client, such as kube-apiserver; give the flag once for each name`,
    );
  }
  return text;
}
