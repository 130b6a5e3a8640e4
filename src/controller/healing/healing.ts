/** Composes healing for one cluster: the watch on Pods that never ran in whole, the credentials, and the healer. */
import type { KubeConfig } from "@kubernetes/client-node";
import { ApiClient } from "../../cluster/api/api-client.ts";
import { createClusterSource } from "../../cluster/cluster-source.ts";
import { ReflectedTable } from "../../cluster/index/reflected-table.ts";
import { DEFAULT_REFLECTOR_LIMITS, Reflector } from "../../cluster/list-watch/reflector.ts";
import { PENDING_PODS } from "../../cluster/objects/pod-resource.ts";
import type { ResourceName } from "../../cluster/objects/watched-resource.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import type { WaitingVerdict } from "../../telemetry/healing-metrics.ts";
import type { HealthCheck } from "../../telemetry/health-check.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { ChangeSet } from "../change-set.ts";
import { EventWriter } from "../event-writer.ts";
import { Evictor, type EvictorDependencies } from "./evictor.ts";
import { EvidenceReader } from "./evidence-reader.ts";
import { Healer } from "./healer.ts";
import { VerdictReporter } from "./verdict-reporter.ts";
import { type SeenPod, WaitingPods } from "./waiting-pods.ts";

/** Choices for {@link createHealing}. */
export interface HealingOptions {
  /** Loads the client configuration; called again when the server refuses our credentials. */
  readonly loadConfig: () => KubeConfig;
  readonly version: string;
  readonly logger: Logger;
  /** The namespaces to follow; undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** A label selector; Secrets that it does not match are not read, as by the webhook. */
  readonly credentialSelector: string | undefined;
  readonly webhookConfiguration: string;
  /** How often, and how many at a time; undefined: nothing is evicted. */
  readonly evictions: Pick<EvictorDependencies, "intervalMs" | "maxParallel"> | undefined;
  /** Called with each evicted Pod, and how long it was known that this would help. */
  readonly onEvicted: (helpedSeconds: number) => void;
  /** Called for each watch that replaces one which broke off. */
  readonly onWatchRestart: (resource: ResourceName) => void;
}

/** Healing of one cluster. */
export interface Healing {
  readonly checks: readonly HealthCheck[];
  /** How many Pods wait for an image, by verdict. */
  countWaiting(): ReadonlyMap<WaitingVerdict, number>;
  /** Runs until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Nobody waits for these reads. */
const LIVE_READ_TIMEOUT_MS = 10_000;
/** What is read about one Pod at a time, and Events, besides the watches. */
const CONNECTIONS = 10;

/** Makes it; nothing is sent before `run`. @throws Error when the configuration cannot be loaded */
export function createHealing(options: HealingOptions): Healing {
  const { loadConfig, version, logger, namespaces, credentialSelector, webhookConfiguration, onWatchRestart } = options;
  const clock = SYSTEM_CLOCK;
  const changes = new ChangeSet(clock);
  const isNamespaced = namespaces !== undefined;
  const source = createClusterSource({
    loadConfig,
    version,
    logger,
    namespaces,
    credentialSelector,
    liveReadTimeoutMs: LIVE_READ_TIMEOUT_MS,
    onWatchRestart,
    onChange: (namespace) => changes.note(namespace),
  });
  const scopes: readonly (string | undefined)[] = namespaces ?? [undefined];
  const tables = scopes.map((namespace) => new ReflectedTable({ resource: PENDING_PODS, namespace }, changes.note));
  const client = new ApiClient({
    load: loadConfig,
    userAgent: `pullring-controller/${version}`,
    maxConnections: 2 * tables.length + CONNECTIONS,
  });
  const reflectors = tables.map(
    (table) => new Reflector({ table, client, clock, limits: DEFAULT_REFLECTOR_LIMITS, logger, onWatchRestart }),
  );
  const evidence = new EvidenceReader({ client, source, webhookConfiguration, isNamespaced });
  const events = new EventWriter({ client, clock, logger, isNamespaced });
  const reporter = new VerdictReporter({ events, logger, isEvicting: options.evictions !== undefined });
  const pods = new WaitingPods({ tables, source, clock, onVerdict: (pod, decision) => reporter.report(pod, decision) });
  const isThere = (pod: SeenPod): boolean => pods.isThere(pod);
  const evictor = options.evictions && new Evictor({ client, clock, isNamespaced, ...options.evictions, isThere });
  const podCheck: HealthCheck = {
    name: "pods",
    notReady: () => reflectors.map((reflector) => reflector.notReady()).find((reason) => reason !== undefined),
    problem: () => reflectors.map((reflector) => reflector.problem()).find((reason) => reason !== undefined),
  };
  const isReady = (): boolean => podCheck.notReady() === undefined && source.notReady() === undefined;
  const healer = new Healer({
    changes,
    pods,
    evidence,
    reporter,
    evictor,
    onEvicted: (pod) => options.onEvicted(pods.helpedSeconds(pod)),
    isReady,
    clock,
    logger,
  });
  const healingCheck: HealthCheck = {
    name: "healing",
    notReady: () => undefined,
    problem: () => healer.problem ?? events.problem,
  };
  return {
    checks: [source, podCheck, healingCheck],
    countWaiting: () => pods.count(),
    run: async (signal) => {
      await Promise.all([
        source.run(signal),
        ...reflectors.map((reflector) => reflector.run(signal)),
        healer.run(signal),
      ]);
      client.close();
    },
  };
}
