/** Composes sharing for one cluster: the watches on sources, copies, namespaces and waiting Pods, and the sharer. */
import { hash, randomBytes } from "node:crypto";
import type { KubeConfig } from "@kubernetes/client-node";
import { ApiClient, type ApiReader } from "../../cluster/api/api-client.ts";
import { ReflectedTable, type TableObserver } from "../../cluster/index/reflected-table.ts";
import { DEFAULT_REFLECTOR_LIMITS, Reflector } from "../../cluster/list-watch/reflector.ts";
import { namespaceResource } from "../../cluster/objects/namespace-resource.ts";
import { PENDING_POD_NAMES } from "../../cluster/objects/pod-resource.ts";
import { sharedCopyResource } from "../../cluster/objects/shared-copy-resource.ts";
import { sharedSourceResource } from "../../cluster/objects/shared-source-resource.ts";
import type { ResourceName } from "../../cluster/objects/watched-resource.ts";
import { CREDENTIAL_TYPES } from "../../core/kubelet/credential.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import type { HealthCheck } from "../../telemetry/health-check.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { SharingCounts } from "../../telemetry/sharing-metrics.ts";
import { ChangeSet } from "../change-set.ts";
import { EventWriter } from "../event-writer.ts";
import { Backlog } from "./backlog.ts";
import { CopyWriter } from "./copy-writer.ts";
import { Sharer, type SharerDependencies } from "./sharer.ts";
import { SharingReporter } from "./sharing-reporter.ts";
import { SharingState } from "./sharing-state.ts";
import { WebhookFollower } from "./webhook-follower.ts";

/** Choices for {@link createSharing}. */
export interface SharingOptions extends Pick<SharerDependencies, "writesPerSecond" | "onWritten" | "onShared"> {
  /** Loads the client configuration; called again when the server refuses our credentials. */
  readonly loadConfig: () => KubeConfig;
  readonly version: string;
  readonly logger: Logger;
  readonly sharedNamespace: string;
  /** The namespaces that copies may be in; undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  readonly webhookConfiguration: string;
  /** Called for each watch that replaces one which broke off. */
  readonly onWatchRestart: (resource: ResourceName) => void;
}

/** Sharing in one cluster. */
export interface Sharing {
  readonly checks: readonly HealthCheck[];
  /** What there is now. */
  count(): SharingCounts;
  /** Runs until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Writes at a time, each with the read of its source, and Events. */
const CONNECTIONS = 14;
/** Enough to tell any two payloads apart; a digest is kept for each copy. */
const DIGEST_BYTES = 16;
const TYPES = [...CREDENTIAL_TYPES.keys()];

/** Makes it; nothing is sent before `run`. @throws Error when the configuration cannot be loaded */
export function createSharing(options: SharingOptions): Sharing {
  const { loadConfig, version, logger, sharedNamespace, namespaces, webhookConfiguration, onWatchRestart } = options;
  const clock = SYSTEM_CLOCK;
  const changes = new ChangeSet(clock);
  const isNamespaced = namespaces !== undefined;
  const scopes: readonly (string | undefined)[] = namespaces ?? [undefined];
  // The key is of this process alone: what a digest says of a payload tells nobody else anything, not even whether two are equal.
  // Objects of createHmac hold memory that the garbage collector does not know of, 100 MB of it after a list of 50,000 Secrets.
  const key = randomBytes(32);
  const digestOf = (bytes: Uint8Array): string =>
    hash("sha256", Buffer.concat([key, bytes]), "buffer").toString("base64url", 0, DIGEST_BYTES);

  const onCopy: TableObserver = (namespace, name) => {
    if (namespace !== undefined && name !== undefined) sharer.release({ namespace, name });
    changes.note(namespace, name);
  };
  const onPod: TableObserver = (namespace) => {
    if (namespace !== undefined) backlog.hurry(namespace);
  };
  const sources = TYPES.map(
    (type) =>
      new ReflectedTable(
        { resource: sharedSourceResource(type, digestOf), namespace: sharedNamespace },
        (_namespace, name) => (name === undefined ? changes.note() : changes.note(sharedNamespace, name)),
      ),
  );
  const copies = TYPES.flatMap((type) =>
    scopes.map(
      (namespace) =>
        new ReflectedTable({ resource: sharedCopyResource(type, sharedNamespace, digestOf), namespace }, onCopy),
    ),
  );
  const namespaceTables = scopes.map(
    (name) =>
      new ReflectedTable({ resource: namespaceResource(name), namespace: undefined }, (_namespace, changed) =>
        changes.note(changed),
      ),
  );
  const pods = scopes.map((namespace) => new ReflectedTable({ resource: PENDING_POD_NAMES, namespace }, onPod));
  const tables = [...sources, ...copies, ...namespaceTables, ...pods];
  const client = new ApiClient({
    load: loadConfig,
    userAgent: `pullring-controller/${version}`,
    maxConnections: 2 * tables.length + CONNECTIONS,
  });
  // A right that is missing in the shared namespace is missing in all where all are followed.
  const reader: ApiReader = {
    get: (request) =>
      client.get(isNamespaced ? request : { ...request, rule: { ...request.rule, namespace: undefined } }),
  };
  const reflectors = tables.map(
    (table) =>
      // Of all tables the same is asked here, whatever their objects are.
      new Reflector<unknown>({
        table: table as ReflectedTable<unknown>,
        client: reader,
        clock,
        limits: DEFAULT_REFLECTOR_LIMITS,
        logger,
        onWatchRestart,
      }),
  );
  const state = new SharingState(sharedNamespace, { sources, copies, namespaces: namespaceTables });
  const webhooks = new WebhookFollower({
    client,
    name: webhookConfiguration,
    onChange: (found) => {
      state.webhooks = found;
      changes.note();
    },
  });
  const backlog = new Backlog((namespace) => pods.some((table) => table.inNamespace(namespace).size > 0));
  const events = new EventWriter({ client, clock, logger, isNamespaced: true });
  const watchCheck: HealthCheck = {
    name: "shared",
    notReady: () => reflectors.map((reflector) => reflector.notReady()).find((reason) => reason !== undefined),
    problem: () => reflectors.map((reflector) => reflector.problem()).find((reason) => reason !== undefined),
  };
  const sharer = new Sharer({
    ...options,
    changes,
    state,
    backlog,
    writer: new CopyWriter({ client, sharedNamespace, isNamespaced }),
    reporter: new SharingReporter({ events, logger, sharedNamespace }),
    isReady: () => watchCheck.notReady() === undefined,
    clock,
  });
  const sharingCheck: HealthCheck = {
    name: "sharing",
    notReady: () => undefined,
    problem: () => webhooks.problem ?? sharer.problem ?? events.problem,
  };
  return {
    checks: [watchCheck, sharingCheck],
    count: () => ({
      sources: state.countSources(),
      there: state.countCopies(),
      wanted: sharer.countWanted(),
      blocked: sharer.countBlocked(),
    }),
    run: async (signal) => {
      await Promise.all([
        webhooks.run(signal),
        ...reflectors.map((reflector) => reflector.run(signal)),
        sharer.run(signal),
      ]);
      client.close();
    },
  };
}
