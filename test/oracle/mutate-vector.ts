/** Makes cases out of conformance vectors: damaged in one place, or crossed with another vector. */
import type { Vectors } from "./conformance-vectors.ts";
import { damageText } from "./hostile-text.ts";
import { damageBytes } from "./make-json.ts";
import type { OracleCase, OracleSecret } from "./oracle-case.ts";
import type { Random } from "./random.ts";

/** Makes one case from one or two of `vectors`. */
export function mutateVector(random: Random, vectors: Vectors): OracleCase {
  return random.pick([mutateKeys, mutateKeys, mutatePayload, mutateList, mutateRancher])(random, vectors);
}

function mutateKeys(random: Random, { keys }: Vectors): OracleCase {
  const { auths, image } = random.pick(keys);
  const other = random.pick(keys);
  const crossed = random.chance(0.3) ? [...auths, ...other.auths] : auths;
  return {
    secrets: [keySecret("a", perhaps(random, crossed))],
    listed: ["a"],
    images: [...perhaps(random, [image]), ...(random.chance(0.3) ? [other.image] : [])],
    workload: null,
  };
}

function mutatePayload(random: Random, { keys, payloads }: Vectors): OracleCase {
  const { type, dataKey, payload } = random.pick(payloads);
  const bytes = Buffer.from(payload, "base64").toString("latin1");
  // The deepest vectors are long; they are left whole.
  const damaged = random.chance(0.8) && bytes.length < 5_000 ? damageBytes(random, bytes) : bytes;
  return {
    secrets: [{ name: "a", type, data: { [dataKey]: damaged }, ineligible: null }],
    listed: ["a"],
    images: [random.pick(keys).image],
    workload: null,
  };
}

function mutateList(random: Random, { lists }: Vectors): OracleCase {
  const { secrets, images } = random.pick(lists);
  const other = random.pick(lists);
  const listed = secrets.filter(() => random.chance(0.6)).map(({ name }) => name);
  return {
    secrets: secrets.map(({ name, type, data }) => ({
      name,
      type,
      data: Object.fromEntries(
        Object.entries(data).map(([key, text]) => {
          const bytes = Buffer.from(text).toString("latin1");
          return [key, random.chance(0.1) ? damageBytes(random, bytes) : bytes];
        }),
      ),
      ineligible: null,
    })),
    listed: random.chance(0.5) ? listed.toReversed() : listed,
    images: perhaps(
      random,
      [...images, ...other.images].slice(0, 4).map(({ image }) => image),
    ),
    workload: { kind: "Pod", serviceAccount: null, injectedBefore: [] },
  };
}

function mutateRancher(random: Random, { rancher }: Vectors): OracleCase {
  const { secrets, images, existing } = random.pick(rancher);
  const unique = new Map(secrets.map(({ name, auths }) => [name, keySecret(name, perhaps(random, auths))] as const));
  return {
    secrets: [...unique.values()],
    listed: existing,
    images: perhaps(random, images.length > 0 ? images : ["nginx"]),
    workload: {
      kind: random.pick(["Pod", "Deployment"]),
      serviceAccount: { imagePullSecrets: [], enforcesMountableSecrets: false },
      injectedBefore: [],
    },
  };
}

/** Damages some of the texts. */
function perhaps(random: Random, texts: readonly string[]): readonly string[] {
  return texts.map((text) => (random.chance(0.4) ? damageText(random, text) : text));
}

function keySecret(name: string, keys: readonly string[]): OracleSecret {
  const auths = Object.fromEntries(keys.map((key) => [key, { username: "u", password: "p" }]));
  const bytes = Buffer.from(JSON.stringify({ auths })).toString("latin1");
  return { name, type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": bytes }, ineligible: null };
}
