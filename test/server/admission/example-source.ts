/** A recorded review, and credentials in memory for the namespaces of all of them, read by core from the Secrets they would be. */
import { readFileSync } from "node:fs";
import { readEligibleCredential } from "../../../src/core/admission/eligibility.ts";
import { PLAIN_SERVICE_ACCOUNT, type ServiceAccount } from "../../../src/core/admission/service-account.ts";
import { buildKeyring } from "../../../src/core/kubelet/keyring.ts";
import type { JudgedCredential } from "../../../src/core/verdicts/judged-credential.ts";
import type { CredentialSource } from "../../../src/server/admission/ports.ts";

/** Stands in each payload and must never be seen again. */
export const PASSWORD = "pw-7f3a9c-radioactive";

const REGISTRIES: Readonly<Record<string, string>> = {
  regcred: "10.99.0.1:15000",
  "own-cred": "registry.own.example",
  "sa-cred": "registry.sa.example",
};

const KEYRING = buildKeyring(
  Object.entries(REGISTRIES).map(([name, registry]) => {
    const auths = { [registry]: { username: "robot", password: PASSWORD } };
    const content = Buffer.from(JSON.stringify({ auths })).toString("base64");
    return readEligibleCredential({
      metadata: { name },
      type: "kubernetes.io/dockerconfigjson",
      data: { ".dockerconfigjson": content },
    });
  }),
);

const NAMESPACES = new Set(["t", "t2", "t3", "x"]);

const PULLER: ServiceAccount = { imagePullSecrets: ["sa-cred"], enforcesMountableSecrets: false };

/** Namespaces t, t2, t3 and x hold the same three credentials and the ServiceAccount `puller`. */
export const EXAMPLE_SOURCE: CredentialSource = {
  view: (namespace, serviceAccountName) => ({
    keyring: NAMESPACES.has(namespace) ? KEYRING : buildKeyring<JudgedCredential>([]),
    serviceAccount: serviceAccountName === "puller" ? PULLER : PLAIN_SERVICE_ACCOUNT,
  }),
};

/** Nothing anywhere. */
export const EMPTY_SOURCE: CredentialSource = {
  view: () => ({ keyring: buildKeyring<JudgedCredential>([]), serviceAccount: PLAIN_SERVICE_ACCOUNT }),
};

/** A Pod made by `kubectl run`. */
export const POD: string = readFileSync(
  new URL("../../fixtures/admission-reviews/pod-create-kubectl-run.json", import.meta.url),
  "utf8",
);
