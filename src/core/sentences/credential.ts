/**
 * The sentences about a Secret: what is not right with it, or why it is left alone, and what to do. A sentence begins in lower case
 * and has no full stop, so that it can stand behind a name. Texts from outside are quoted, and nothing of a user name, a password
 * or a token is among them.
 */
import { quoteText } from "../quoted-text.ts";
import type { CredentialReason, KeyProblem, NeverMatches, Refusal, UnreadToken } from "../verdicts/finding.ts";
import type { SecretPlace } from "../verdicts/whereabouts.ts";
import { formatTime } from "./utc-time.ts";

/** What a code says to a person: the cause, and what to do about it. */
export interface Verdict {
  readonly sentence: string;
  /** null where there is nothing to do. */
  readonly remedy: string | null;
}

/** Gives a verdict as one text, the remedy behind the sentence. */
export function lineOf({ sentence, remedy }: Verdict): string {
  return remedy === null ? sentence : `${sentence}. Fix: ${remedy}`;
}

/**
 * Says what is not right with a Secret, or why it is left alone, and what to do.
 * @param place where the Secret is, for commands that can be copied; null leaves them with NAME
 */
export function verdictOf(reason: CredentialReason, place: SecretPlace | null = null): Verdict {
  const { sentence, remedy } = wordsOf(reason, place);
  return { sentence, remedy };
}

/** A verdict, and the same in a few words behind the name of the Secret: 42 characters at most, for a warning. */
export interface Words extends Verdict {
  readonly phrase: string;
}

/** The key that Docker itself writes for Docker Hub. */
const DOCKER_HUB = "https://index.docker.io/v1/";

/** What may stand in a command as it is. */
const PLAIN_NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** @param registry the registry key of the entry; null where it is not known */
function createFor(place: SecretPlace | null, registry: string | null): string {
  const isHub = registry !== null && /^(?:https?:\/\/)?(?:index\.)?docker\.io(?:\/|$)/.test(registry);
  const isPlain = registry !== null && /^[A-Za-z0-9.:/_-]+$/.test(registry);
  const server = isHub ? DOCKER_HUB : isPlain ? registry : "HOST";
  return registry === null
    ? `delete the Secret and make it again: ${createCommand(place, server)}`
    : `write username and password into the entry, or delete the Secret with all its entries and make it again: ${createCommand(place, server)}`;
}

/** Gives the command that makes a credential; what is not known of its place, or cannot be copied, is left out or NAME. */
export function createCommand(place: Partial<SecretPlace> | null, server = "HOST"): string {
  const { namespace = "", name: written = "" } = place ?? {};
  const kubectl = PLAIN_NAME.test(namespace) ? `kubectl -n ${namespace}` : "kubectl";
  const name = PLAIN_NAME.test(written) ? written : "NAME";
  return `${kubectl} create secret docker-registry ${name} --docker-server=${server} --docker-username=USER --docker-password=PASSWORD`;
}

const PRINT = "printf %s 'user:password' | base64 -w0";
const ENCODE = `write the base64 of user:password into auth (${PRINT})`;
const WRITE_KEY = "write the key as the image names its registry: HOST, HOST:PORT or HOST/PATH";

/** Gives the verdict with its phrase. */
export function wordsOf(reason: CredentialReason, place: SecretPlace | null = null): Words {
  switch (reason.code) {
    case "other-type":
      return { phrase: "is of another type", sentence: "not a registry credential type", remedy: null };
    case "opted-out":
      return {
        phrase: "is opted out",
        sentence: "opted out by the label pullring.dev/inject",
        remedy: "take the label off",
      };
    case "not-chosen":
      return {
        phrase: "is not chosen as a credential",
        sentence: "not chosen by --credential-selector",
        remedy: "give it the labels that pullring is started with",
      };
    case "being-deleted":
      return { phrase: "is being deleted", sentence: "being deleted", remedy: null };
    case "owned":
      return {
        phrase: `belongs to a ${reason.owner}`,
        sentence: `belongs to a ${reason.owner} and goes with it`,
        remedy: "make a Secret of its own for other workloads",
      };
    case "openshift-managed":
      return {
        phrase: "is managed by OpenShift",
        sentence: "managed by OpenShift for one ServiceAccount",
        remedy: null,
      };
    case "no-data":
      return {
        phrase: "holds no data",
        sentence: `the data under ${reason.dataKey} is empty`,
        remedy: createFor(place, null),
      };
    case "too-many-members":
      return {
        phrase: "is too long to be read",
        sentence: `the payload has more than ${reason.most} members`,
        remedy: "leave out the registries that are not needed, or make several Secrets",
      };
    case "data-not-base64":
      return {
        phrase: "is malformed",
        sentence: `the data under ${reason.dataKey} is not base64`,
        remedy: "encode the docker config in base64, or put it under stringData as it is",
      };
    case "not-json":
      return { phrase: "is malformed", sentence: "the payload is not valid JSON", remedy: createFor(place, null) };
    case "wrong-value":
      return {
        phrase: "is malformed",
        sentence: `${nameMember(reason.member, reason.registry)} is not ${reason.expected === "object" ? "an object" : "a string"}`,
        remedy: `correct it, or ${createFor(place, null)}`,
      };
    case "auth-not-base64":
      return {
        phrase: "is malformed",
        sentence: `${nameMember("auth", reason.registry)} is not base64`,
        remedy: `${ENCODE}, or leave auth out and fill username and password`,
      };
    case "auth-without-colon":
      return {
        phrase: "is malformed",
        sentence: `${nameMember("auth", reason.registry)} is not user:password in base64`,
        remedy: `${ENCODE}, or leave auth out and fill username and password`,
      };
    case "wrong-type":
      return {
        phrase: "is of a type the kubelet does not read",
        sentence: `it holds a docker config under ${quote(reason.foundUnder)}, but the kubelet does not read the type ${quote(reason.type)}`,
        remedy: `delete it and make it again with type: ${reason.expected} and the data key ${reason.dataKey}; the type of a Secret cannot change`,
      };
    case "wrong-data-key":
      return {
        phrase: `has no data under ${reason.expected}`,
        sentence: `no data under ${reason.expected}${reason.present.length === 0 ? "" : `; the data keys are ${reason.present.map(quote).join(", ")}`}`,
        remedy: reason.present.includes(OTHER_KEY[reason.expected] as string)
          ? `give the Secret the type that goes with ${OTHER_KEY[reason.expected]}: delete it and make it again`
          : `put the docker config under ${reason.expected}`,
      };
    case "refused":
      return {
        phrase: "is not taken by the API server",
        sentence: `the API server refuses it: ${quoteText(reason.field, QUOTE_LENGTH).slice(1, -1)} ${REFUSALS[reason.problem]}`,
        remedy: "correct that, then apply it again",
      };
    case "no-entries":
      return { phrase: "holds no registry", sentence: "the payload holds no registry", remedy: createFor(place, null) };
    case "credential-store":
      return {
        phrase: `holds no password, only ${reason.store}`,
        sentence: `it holds no registry: ${STORES[reason.store]}`,
        remedy: createFor(place, null),
      };
    case "auths-missing":
      return {
        phrase: "has its registries outside of auths",
        sentence: "the payload has its registries outside of auths, where the kubelet looks for them",
        remedy: 'put them under auths: {"auths": {"HOST": ...}}',
      };
    case "auths-unexpected":
      return {
        phrase: "has auths, unlike its type",
        sentence:
          "the payload has its registries under auths, and the type kubernetes.io/dockercfg has them at the top",
        remedy: "make the Secret again with type: kubernetes.io/dockerconfigjson and the data key .dockerconfigjson",
      };
    case "wrapped":
      return {
        phrase: `has its content inside a JSON ${reason.inside}`,
        sentence: `the docker config is inside another JSON ${reason.inside}, where the kubelet does not look`,
        remedy: 'make the docker config the whole payload: {"auths": ...}',
      };
    case "encoded-twice":
      return {
        phrase: "is encoded in base64 twice",
        sentence: "the payload is encoded in base64 twice",
        remedy: "encode it once under data, or put it under stringData as it is",
      };
    case "encrypted":
      return {
        phrase: `is still encrypted by ${reason.by}`,
        sentence: `the content is still encrypted by ${reason.by}`,
        remedy: `decrypt it before it is applied${reason.by === "SOPS" ? " (sops -d FILE | kubectl apply -f -)" : ""}`,
      };
    case "template":
      return {
        phrase: "holds a template that is not rendered",
        sentence: `${reason.registry === null ? "the payload" : nameEntry(reason.registry)} holds a template that nothing has filled in`,
        remedy: "render the template before the Secret is applied",
      };
    case "text-encoding":
      return {
        phrase: `is ${reason.encoding}`,
        sentence: `the payload is ${reason.encoding}, which the kubelet does not read`,
        remedy: "save the file as UTF-8 without a byte order mark",
      };
    case "void-entry":
      return {
        phrase: reason.store === null ? "has an empty entry for it" : `has no password for it, only ${reason.store}`,
        sentence: `${nameEntry(reason.registry)} has neither user name nor password, so the kubelet pulls anonymously with it${reason.store === null ? "" : `: ${STORES[reason.store]}`}`,
        remedy: createFor(place, reason.registry),
      };
    case "token-not-read":
      return {
        phrase: `has only ${nameToken(reason.token)} for it`,
        sentence: `${nameEntry(reason.registry)} has only ${nameToken(reason.token)}, which the kubelet does not read`,
        remedy: `${createFor(place, reason.registry)}; most registries take an access token for PASSWORD`,
      };
    case "no-password":
      return {
        phrase: "holds a user name and no password",
        sentence: `${nameEntry(reason.registry)} has a user name and no password${reason.token === null ? "" : `; the kubelet does not read its ${reason.token}`}`,
        remedy: `${createFor(place, reason.registry)}; most registries take an access token for PASSWORD`,
      };
    case "no-user":
      return {
        phrase: "holds a password and no user name",
        sentence: `${nameEntry(reason.registry)} has a password and no user name`,
        remedy: "give the user name as well",
      };
    case "white-space":
      return {
        phrase: `has a ${reason.character} in its ${reason.field}`,
        sentence: `the ${reason.field} of ${nameEntry(reason.registry)} ${reason.place === "end" ? "ends" : "begins"} with a ${reason.character}, which is sent to the registry as a part of it`,
        remedy: `take it out of username and password, or write auth again (${PRINT})${reason.character === "newline" ? "; echo adds a newline" : ""}`,
      };
    case "auth-disagrees":
      return {
        phrase: "has an auth that disagrees with its fields",
        sentence: `auth of ${nameEntry(reason.registry)} differs from its username and password, and the kubelet uses auth`,
        remedy: "write the right ones into auth, or leave auth out",
      };
    case "key-not-a-url":
      return {
        phrase: "has a registry key that is no URL",
        sentence: `the kubelet ignores ${nameEntry(reason.registry)}: ${KEY_PROBLEMS[reason.cause]}`,
        remedy: WRITE_KEY,
      };
    case "key-never-matches":
      return {
        phrase: "has a registry key that covers no image",
        sentence: `${nameEntry(reason.registry)} covers no image: ${NEVER_MATCHES[reason.cause]}`,
        remedy: reason.cause === "docker-hub-path" ? `use the key ${DOCKER_HUB}` : WRITE_KEY,
      };
    case "key-api-path":
      return {
        phrase: "has a registry key for other paths",
        sentence: `${nameEntry(reason.registry)} covers only images whose path begins with it: /v1 and /v2 are dropped only with a slash behind them`,
        remedy: "leave /v1 or /v2 out of the key, or write the slash behind it",
      };
    case "docker-hub-name":
      return {
        phrase: "has a registry key Docker Hub has not",
        sentence: `the kubelet does not use ${nameEntry(reason.registry)} for images of Docker Hub`,
        remedy: `use the key ${DOCKER_HUB}`,
      };
    case "token-expires":
      return {
        phrase: "has a token that expires",
        sentence: `the token of ${nameEntry(reason.registry)} expires at ${formatTime(reason.expiresAt)}`,
        remedy: "have something renew the Secret before that",
      };
    case "token-expired":
      return {
        phrase: "has a token that has expired",
        sentence: `the token of ${nameEntry(reason.registry)} expired at ${formatTime(reason.expiresAt)}`,
        remedy: "put a new token into the Secret, and have something renew it in time",
      };
  }
}

/** The data key of the other type. */
const OTHER_KEY: Readonly<Record<string, string>> = {
  ".dockerconfigjson": ".dockercfg",
  ".dockercfg": ".dockerconfigjson",
};

const STORES = {
  credsStore:
    "its credsStore says that Docker keeps the passwords in a credential store of the computer where the file was made",
  credHelpers:
    "its credHelpers say that Docker gets the passwords from programs of the computer where the file was made",
} as const;

const REFUSALS: Readonly<Record<Refusal, string>> = {
  missing: "is missing",
  "not-base64": "is not base64",
  "not-json": "is not valid JSON",
  "not-an-object": "is not an object",
  "not-a-string": "is not a string",
  "bad-name": "is not a name that objects may have",
  "bad-key": "has other characters than letters, digits, -, _ and .",
  "too-long": "is larger than 1 MiB",
};

const KEY_PROBLEMS: Readonly<Record<KeyProblem, string>> = {
  newline: "its key has a newline, so it is no URL",
  blank: "its key has a blank, so it is no URL",
  port: "its port is not a number, so it is no URL",
  character: "its key is no URL",
};

const NEVER_MATCHES: Readonly<Record<NeverMatches, string>> = {
  empty: "its key names no host",
  scheme: "its key begins with another scheme than https:// or http://, in small letters",
  "docker-hub-path": "the kubelet looks for Docker Hub's account under index.docker.io without a path",
  "one-label": "its host has neither a dot nor a port, and an image with such a host is one of Docker Hub",
  host: "no image can have its host",
  star: "a star stands for text in one part of the host, and for nothing in a path",
  tag: "its key has a tag or a digest, which the kubelet does not compare",
  "upper-case": "its path has capital letters, and no image has",
  blank: "its path has a blank",
  path: "no image can have its path",
};

const MEMBERS = {
  document: "the payload",
  auths: "the map of registries",
  HttpHeaders: "HttpHeaders",
  header: "a value of HttpHeaders",
  auth: "auth",
  username: "username",
  password: "password",
  email: "email",
} as const;

function nameMember(member: keyof typeof MEMBERS | "entry", registry: string | null): string {
  const entry = registry === null ? "an entry" : nameEntry(registry);
  if (member === "entry") return entry;
  return registry === null ? MEMBERS[member] : `${MEMBERS[member]} of ${entry}`;
}

function nameEntry(registry: string): string {
  return `the entry ${quote(registry)}`;
}

function nameToken(token: UnreadToken): string {
  return token === "identitytoken" ? "an identitytoken" : "a registrytoken";
}

/** Longest text from outside in a sentence, in characters. */
const QUOTE_LENGTH = 100;

function quote(text: string): string {
  return quoteText(text, QUOTE_LENGTH);
}
