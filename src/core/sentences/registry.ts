/** The sentences about what a registry says to an attempt to pull. Texts from outside are quoted. */
import { quoteText } from "../quoted-text.ts";
import type { Misbehaviour, RegistryOutcome, TrialVerdict } from "../verdicts/registry-outcome.ts";
import type { Verdict } from "./credential.ts";
import { formatTime } from "./utc-time.ts";

/** Longest text from outside in a sentence, in characters. */
const QUOTE_LENGTH = 80;

/** Says what came of an attempt, and what to do. */
export function verdictOfOutcome(outcome: RegistryOutcome): Verdict {
  switch (outcome.code) {
    case "pulls":
      return { sentence: "the registry gives the image out", remedy: null };
    case "refused":
      return {
        sentence: "the registry refuses user name and password as wrong",
        remedy: "put the right user name and password, or a new token, into the Secret",
      };
    case "expired":
      return {
        sentence: `the registry refuses the password, a token that ended ${formatTime(outcome.expiresAt)}`,
        remedy: "put a new token into the Secret, and have something renew it in time",
      };
    case "no-right":
      return {
        sentence: "the registry knows the user, who has no right to this repository, if there is one of this name",
        remedy: "give the user the right to pull, or correct the image",
      };
    case "login-required":
      return {
        sentence: "the registry does not give the image out without a login",
        remedy: "make a Secret for it, or correct the image",
      };
    case "no-such-repository":
      return { sentence: "the registry has no repository of this name", remedy: "correct the image" };
    case "no-such-tag":
      return {
        sentence: "the registry lets us in, and has no such tag or digest, or no such repository",
        remedy: "correct the image, or push it",
      };
    case "rate-limited":
      return {
        sentence: "the registry answers nobody of this address for a while (429, too many requests)",
        remedy: "wait, or pull with an account that may pull more",
      };
    case "server-error":
      return {
        sentence: `${quote(outcome.host)} answers with status ${outcome.status}`,
        remedy: "ask again; if it stays so, ask those who run the registry",
      };
    case "unreachable":
      return {
        sentence: `${quote(outcome.host)} cannot be reached from here (${quote(outcome.reason).slice(1, -1)})`,
        remedy:
          "correct the host of the image, or ask from a machine that reaches it; a node may reach it all the same",
      };
    case "untrusted":
      return {
        sentence: `the certificate of ${quote(outcome.host)} is not trusted here (${quote(outcome.reason).slice(1, -1)}), so nothing was sent`,
        remedy: "name its CA with --registry-ca FILE; the nodes need it as well",
      };
    case "too-slow":
      return {
        sentence: `${quote(outcome.host)} gave no whole answer within 9 s`,
        remedy: "ask again; if it stays so, ask those who run the registry",
      };
    case "misbehaves":
      return {
        sentence: `${quote(outcome.host)} ${MISBEHAVIOURS[outcome.how]}, and was told nothing more`,
        remedy: "ask those who run the registry; whoever answers may be somebody else",
      };
  }
}

const MISBEHAVIOURS: Readonly<Record<Misbehaviour, string>> = {
  "points-inwards": "is an address inside of a network, to which a registry outside of it has sent us",
  "points-to-http": "is to be asked without TLS, as a registry with TLS would have it",
  "no-address": "sends us to an address that is none",
  "too-many-redirects": "redirects more than 10 times",
  "login-elsewhere": "is another host than the registry, which redirects to it, and wants the login",
  "too-long": "sends more than an answer is long",
  "no-token": "is the token server and gives no token",
  "unknown-login": "wants a login of an unknown kind",
};

/** Says whether the kubelet would get the image, and what to do where it would not. */
export function verdictOfTrial(verdict: TrialVerdict): Verdict {
  switch (verdict.code) {
    case "would-pull":
      return { sentence: `it would be pulled ${nameOfLogin(verdict.secret)}`, remedy: null };
    case "would-fail": {
      const { sentence, remedy } = verdictOfOutcome(verdict.outcome);
      const who = verdict.secret === null ? "" : `${nameOfLogin(verdict.secret)}, `;
      return { sentence: `it would not be pulled; ${who}${sentence}`, remedy };
    }
    case "malformed-listed":
      return {
        sentence: `not asked: the kubelet pulls nothing, as it cannot read the listed Secret ${quote(verdict.secret)}`,
        remedy: "correct the Secret, or take it out of the list",
      };
    case "not-an-image":
      return { sentence: "not asked: this is no image reference", remedy: "correct the image" };
    case "too-many":
      return {
        sentence: `not asked: ${verdict.limit} questions at a time are enough for registries`,
        remedy: "name fewer objects, or one namespace",
      };
    case "not-read":
      return {
        sentence: `not asked: Secret ${quote(verdict.secret)} cannot be read, or holds something else than a moment ago`,
        remedy: "ask again, with the right to get and list Secrets",
      };
  }
}

/** @param secret null for none @example nameOfLogin("quay") // 'with Secret "quay"' */
export function nameOfLogin(secret: string | null): string {
  return secret === null ? "without a login" : `with Secret ${quote(secret)}`;
}

function quote(text: string): string {
  return quoteText(text, QUOTE_LENGTH);
}
