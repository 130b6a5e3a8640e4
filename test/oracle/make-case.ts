/** Makes case number N of a seed. Every case has a stream of its own, so that each can be made again alone. */
import { readVectors } from "./conformance-vectors.ts";
import { makePayload } from "./make-docker-config.ts";
import { makeImage, makeRegistryKey, makeTheme, type Theme } from "./make-names.ts";
import { mutateVector } from "./mutate-vector.ts";
import type { OracleCase, OracleSecret, OracleWorkload } from "./oracle-case.ts";
import { type Random, randomStream } from "./random.ts";

const NAMES = ["a", "b", "c", "a-b", "a.b", "registry", "zz", "0"];
/** Keys that meet at Docker Hub: its own, and those that suppress it. */
const HUB_KEYS = ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "*.io", "docker.io/library"];
const MISSING_NAMES = ["", "missing"];

const vectors = readVectors();

/** Makes case `number` of `seed`. */
export function makeCase(seed: number, number: number): OracleCase {
  const random = randomStream(seed, number);
  const kind = random.below(100);
  if (kind < 30) return makeKeyCase(random);
  if (kind < 52) return makeConfigCase(random);
  if (kind < 70) return makeListCase(random);
  if (kind < 90) return makeDecisionCase(random);
  return mutateVector(random, vectors);
}

function repeat<T>(random: Random, counts: readonly number[], make: (position: number) => T): readonly T[] {
  return Array.from({ length: random.pick(counts) }, (_, position) => make(position));
}

/** Registry keys against images: one sound Secret, as many odd keys as fit. */
function makeKeyCase(random: Random): OracleCase {
  const theme = makeTheme(random);
  const keys = repeat(random, [1, 1, 2, 3, 5], () => makeRegistryKey(random, theme));
  return {
    secrets: [makeSecret(random, "a", { keys, hostile: false })],
    listed: ["a"],
    images: repeat(random, [1, 2, 3], () => makeImage(random, theme)),
    workload: null,
  };
}

/** One hostile payload. */
function makeConfigCase(random: Random): OracleCase {
  const theme = makeTheme(random);
  const keys = repeat(random, [0, 1, 1, 2, 3], () => makeRegistryKey(random, theme));
  return {
    secrets: [makeSecret(random, "a", { keys, hostile: true })],
    listed: ["a"],
    images: [makeImage(random, theme)],
    workload: null,
  };
}

/** Several Secrets in one list: overlap, order, suppression, some of them in error. */
function makeListCase(random: Random): OracleCase {
  const theme = makeTheme(random);
  const secrets = makeSecrets(random, theme, 0.2);
  return {
    secrets,
    listed: makeList(random, secrets, [1, 2, 3, 4]),
    images: repeat(random, [1, 2, 3], () => makeImage(random, theme)),
    workload: null,
  };
}

/** A whole decision. */
function makeDecisionCase(random: Random): OracleCase {
  const theme = makeTheme(random);
  const secrets = makeSecrets(random, theme, 0.12).map((secret) =>
    random.chance(0.1)
      ? { ...secret, ineligible: random.pick(["opted-out", "deleted", "owned", "openshift"] as const) }
      : secret,
  );
  const listed = makeList(random, secrets, [0, 0, 0, 1, 1, 2]);
  return {
    // OpenShift's mark means something on its own type only.
    secrets: secrets.map((secret) =>
      secret.ineligible === "openshift" && secret.type !== "kubernetes.io/dockercfg"
        ? { ...secret, ineligible: null }
        : secret,
    ),
    listed,
    images: repeat(random, [1, 1, 2, 3, 5], () => makeImage(random, theme)),
    workload: makeWorkload(random, secrets, listed),
  };
}

function makeWorkload(random: Random, secrets: readonly OracleSecret[], listed: readonly string[]): OracleWorkload {
  return {
    kind: random.pick(["Pod", "Deployment"]),
    serviceAccount: random.chance(0.9)
      ? {
          // The core reads these through readServiceAccount, which leaves out empty and double names.
          imagePullSecrets: [...new Set(makeList(random, secrets, [0, 0, 0, 1, 2]))].filter((name) => name !== ""),
          enforcesMountableSecrets: random.chance(0.15),
        }
      : null,
    injectedBefore: random.chance(0.25) ? listed.filter((name) => name !== "" && random.chance(0.8)) : [],
  };
}

function makeSecrets(random: Random, theme: Theme, hostile: number): readonly OracleSecret[] {
  const hub = random.chance(0.3);
  const shared = [makeRegistryKey(random, theme), makeRegistryKey(random, theme)];
  // More credentials of one registry than an object gets.
  const counts = random.chance(0.01) ? [17, 20] : [1, 2, 2, 3, 4, 5];
  return repeat(random, counts, (position) => {
    const keys = repeat(random, [0, 1, 1, 1, 2, 3], () => {
      if (hub && random.chance(0.5)) return random.pick(HUB_KEYS);
      return random.chance(0.4) ? random.pick(shared) : makeRegistryKey(random, theme);
    });
    return makeSecret(random, NAMES[position] ?? `x${position}`, { keys, hostile: random.chance(hostile) });
  });
}

function makeSecret(
  random: Random,
  name: string,
  { keys, hostile }: { readonly keys: readonly string[]; readonly hostile: boolean },
): OracleSecret {
  const { type, dataKey, bytes } = makePayload(random, keys, hostile);
  const secret = { name, type, data: { [dataKey]: bytes }, ineligible: null };
  if (!random.chance(0.03)) return secret;
  return random.pick<OracleSecret>([
    { ...secret, type: random.pick(["Opaque", "", "kubernetes.io/DockerConfigJSON", "kubernetes.io/tls"]) },
    { ...secret, data: { config: bytes } },
    { ...secret, data: {} },
    { ...secret, data: { [dataKey]: "" } },
    { ...secret, data: { [dataKey]: " " } },
    { ...secret, data: { ".dockercfg": bytes, ".dockerconfigjson": bytes } },
    { ...secret, data: { [dataKey === ".dockercfg" ? ".dockerconfigjson" : ".dockercfg"]: bytes } },
  ]);
}

function makeList(random: Random, secrets: readonly OracleSecret[], counts: readonly number[]): readonly string[] {
  return repeat(random, counts, () => (random.chance(0.05) ? random.pick(MISSING_NAMES) : random.pick(secrets).name));
}
