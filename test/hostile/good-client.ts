/** An API server as it should be, while others attack: reviews over kept and over new connections, each answer checked. */
import assert from "node:assert/strict";
import { Agent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { podManifest } from "../files/secret-manifest.ts";
import { send } from "../server/running-server.ts";
import type { AttackedServer } from "./attacked-server.ts";

/** What the client saw; latencies in milliseconds. */
export interface GoodRun {
  readonly requests: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

/** One of so many requests goes over a connection of its own, as when an API server has just started. */
const NEW_CONNECTION_EVERY = 5;
const PAUSE_MS = 10;

/** A review of a Pod. */
export function reviewOf(namespace: string, object: unknown): string {
  const kind = { group: "", version: "v1", kind: "Pod" };
  const request = { uid: "one", kind, operation: "CREATE", namespace, object };
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request });
}

const body = reviewOf("default", podManifest(["default", "web"], ["quay.io/acme/web:1"]));

/**
 * Sends reviews until `isOver`, and at least 20.
 * @throws AssertionError when one is not answered with its patch
 */
export async function sendGoodReviews(server: AttackedServer, isOver: () => boolean): Promise<GoodRun> {
  const kept = new Agent({ keepAlive: true, ca: server.ca });
  const latencies: number[] = [];
  try {
    while (!isOver() || latencies.length < 20) {
      const isNew = latencies.length % NEW_CONNECTION_EVERY === 0;
      const agent = isNew ? new Agent({ ca: server.ca }) : kept;
      const startedMs = performance.now();
      const { status, text } = await send(agent, server.port, { body });
      latencies.push(performance.now() - startedMs);
      assert.equal(status, 200);
      assert.equal(JSON.parse(text).response.auditAnnotations.injected, "quay");
      await sleep(PAUSE_MS);
    }
  } finally {
    kept.destroy();
  }
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { requests: sorted.length, median: at(0.5), p99: at(0.99), max: at(1) };
}
