/** What happens to certificates while Pods are created: rotations are counted, a Secret is deleted, a caBundle is emptied. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "../e2e/control-plane/api-client.ts";
import { TLS_SECRET_PATH } from "../manifests/object-paths.ts";
import { waitUntil } from "../wait-until.ts";
import type { Span } from "./creations.ts";
import type { InstalledService } from "./installed-service.ts";

/** Distinct leaves and authorities that the Secret has held. */
export interface Rotations {
  leaves(): number;
  authorities(): number;
  stop(): Promise<void>;
}

const LOOK_MS = 200;
/** How long the Secret is missing before a person applies it again. */
const MISSING_MS = 3_000;
/** Two looks for one that is emptied and written again. */
const HEAL_LOOK_MS = 5;

/** Looks at the Secret again and again. */
export function countRotations({ plane }: InstalledService): Rotations {
  const leaves = new Set<string>();
  const authorities = new Set<string>();
  let isEnding = false;
  const run = async (): Promise<void> => {
    while (!isEnding) {
      const answer = await plane.api.request("GET", TLS_SECRET_PATH);
      const { data } = answer.body as { readonly data?: Readonly<Record<string, string>> };
      note(leaves, data?.["tls.crt"]);
      note(authorities, data?.["ca.key"]);
      await sleep(LOOK_MS);
    }
  };
  const running = run();
  return {
    leaves: () => Math.max(0, leaves.size - 1),
    authorities: () => Math.max(0, authorities.size - 1),
    stop: async () => {
      isEnding = true;
      await running;
    },
  };
}

/** Keeps no key, only what tells two of them apart. */
function note(seen: Set<string>, value: string | undefined): void {
  if (value !== undefined && value !== "") seen.add(createHash("sha256").update(value).digest("hex"));
}

/** Deletes the Secret, and applies it again as a person would. Returns when it is filled. */
export async function deleteSecret(installed: InstalledService): Promise<void> {
  const { api } = installed.plane;
  await api.expect("DELETE", TLS_SECRET_PATH);
  await sleep(MISSING_MS);
  await installed.applySecret();
  await waitUntil("the content of the Secret", async () => {
    const { data = {} } = await api.expect<KubeObject & { data?: Record<string, string> }>(
      "GET",
      TLS_SECRET_PATH,
    );
    return (data["tls.crt"] ?? "") !== "";
  });
}

/** Empties the caBundle of each webhook; gives the time for which one of them was empty, as far as can be seen. */
export async function emptyBundles(installed: InstalledService): Promise<Span> {
  const startMs = Date.now();
  await installed.emptyBundles();
  await waitUntil(
    "the caBundle",
    async () => (await installed.readBundles()).every((bundle) => bundle !== ""),
    { intervalMs: HEAL_LOOK_MS },
  );
  return { startMs, endMs: Date.now() };
}
