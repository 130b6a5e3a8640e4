/** The side of the core: what src/core makes of a case. Nothing here decides; it only asks and reshapes. */
import { readEligibleCredential } from "../../src/core/admission/eligibility.ts";
import { type ExplainedObject, explainRequest } from "../../src/core/admission/explanation.ts";
import type { NamespaceView } from "../../src/core/admission/namespace-view.ts";
import { positionsOf, triedEntries } from "../../src/core/admission/trial.ts";
import { compareBytes } from "../../src/core/go/byte-string.ts";
import type { JsonObject } from "../../src/core/json-value.ts";
import { readCredential } from "../../src/core/kubelet/credential.ts";
import { type DockerConfigEntry, isVoidEntry } from "../../src/core/kubelet/docker-config.ts";
import { parseImageReference } from "../../src/core/kubelet/image-reference.ts";
import { buildKeyring, type Keyring, lookupCredentials } from "../../src/core/kubelet/keyring.ts";
import { toIndexKey, withoutSecrets } from "../../src/core/kubelet/registry-url.ts";
import type { JudgedCredential } from "../../src/core/verdicts/judged-credential.ts";
import {
  type DecisionOutcome,
  distinct,
  type OracleCase,
  type OracleSecret,
  type OracleWorkload,
  type Outcome,
  type SecretOutcome,
  toSecretObject,
} from "./oracle-case.ts";

/** The core's outcome of a case with the list that its decision ends in (the list of the case where there is no workload). */
export interface CoreResult {
  readonly outcome: Outcome;
  readonly final: readonly string[];
}

/** Gives the core's outcome of `example`. @throws whatever the core throws, which is a fault of the core */
export function runCore(example: OracleCase): CoreResult {
  const keyring = buildKeyring(example.secrets.map((secret) => readEligibleCredential(toSecretObject(secret))));
  const secrets = example.secrets.map(secretOutcome);
  const explained = example.workload === null ? null : explain(example, example.workload, keyring);
  const repositories = example.images.map((image) => parseImageReference(image).repository);
  return {
    outcome: {
      secrets,
      error: example.listed.some((name) => keyring.credentials.get(name)?.status === "malformed"),
      repositories,
      tried: repositories.map((repository) => namesTried(keyring, example.listed, repository)),
      decision: explained === null ? null : decisionOutcome(explained),
    },
    final: explained?.imagePullSecrets.effective ?? example.listed,
  };
}

function secretOutcome(secret: OracleSecret): SecretOutcome {
  const {
    credential: { status, registries },
    entries,
  } = readCredential(toSecretObject(secret));
  const keys = [...entries.keys()].sort(compareBytes);
  const index = new Set(keys.map((key) => keptIndexKey(key, registries)));
  return {
    status: status === "malformed" ? "error" : status === "ignored" ? "skipped" : "parsed",
    keys,
    void: keys.filter((key) => isVoidEntry(entries.get(key) as DockerConfigEntry)),
    index: [...index].filter((key) => key !== undefined).sort(compareByteStrings),
  };
}

/**
 * The index key of a registry key as it is kept. Where that has an @, something that may be a password was left out of it; then no
 * image is covered, which the trials show, and only the index key of what is written can be compared.
 */
function keptIndexKey(key: string, registries: readonly string[]): string | undefined {
  const [written, kept] = [toIndexKey(key), withoutSecrets(key)];
  if (written === undefined) return undefined;
  if (!registries.includes(kept)) return `not kept: ${kept}`;
  return kept.includes("@") ? written : toIndexKey(kept);
}

function compareByteStrings(left: string, right: string): number {
  return left === right ? 0 : left > right ? -1 : 1;
}

function namesTried(keyring: Keyring, listed: readonly string[], repository: string | null): readonly string[] {
  if (repository === null) return [];
  const entries = triedEntries(lookupCredentials(keyring, repository), positionsOf(listed));
  return distinct(entries.map(({ credential }) => credential.name));
}

function explain(example: OracleCase, workload: OracleWorkload, keyring: Keyring<JudgedCredential>): ExplainedObject {
  const view: NamespaceView = { keyring, serviceAccount: workload.serviceAccount };
  const request = {
    uid: "1",
    kind: { group: workload.kind === "Pod" ? "" : "apps", kind: workload.kind },
    operation: "CREATE",
    subResource: "",
    namespace: "default",
    name: "app",
    dryRun: false,
    object: toObject(example, workload),
    oldObject: undefined,
  };
  return explainRequest(request, () => view);
}

function toObject({ listed, images }: OracleCase, { kind, injectedBefore }: OracleWorkload): JsonObject {
  const pod = {
    metadata: injectedBefore.length === 0 ? {} : { annotations: { "pullring.dev/injected": injectedBefore.join(",") } },
    spec: {
      containers: images.map((image, position) => ({ name: `c${position}`, image })),
      ...(listed.length > 0 && { imagePullSecrets: listed.map((name) => ({ name })) }),
    },
  };
  return kind === "Pod" ? pod : { metadata: {}, spec: { template: pod } };
}

function decisionOutcome({ decision, imagePullSecrets, images }: ExplainedObject): DecisionOutcome {
  return {
    injects: decision === "inject",
    fromServiceAccount: imagePullSecrets.serviceAccount,
    added: imagePullSecrets.added,
    credentials: images.map(({ credentials }) => credentials),
    brokenLaws: [],
  };
}
