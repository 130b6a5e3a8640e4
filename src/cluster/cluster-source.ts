/**
 * The credentials of the cluster that pullring serves: reflectors fill the index, live looks bring it up to the moment of a
 * request. Composition of this layer and nothing else; it has the shape that the webhook asks for and does not know it.
 */
import type { KubeConfig } from "@kubernetes/client-node";
import type { CredentialSource } from "../server/admission/ports.ts";
import { type Clock, SYSTEM_CLOCK } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { AccessRule } from "./api/access-rule.ts";
import { type ApiClient, createApiClient } from "./api/api-client.ts";
import { ClusterIndex, type IndexStats } from "./index/cluster-index.ts";
import { Reflector } from "./list-watch/reflector.ts";
import {
  DEFAULT_REFLECTOR_LIMITS,
  type ReflectorLimits,
  type ReflectorParts,
} from "./list-watch/reflector-options.ts";
import {
  joinReasons,
  listProblems,
  type ReflectorStatus,
  reasonNotReady,
} from "./list-watch/reflector-status.ts";
import { type LiveReadCounts, readNamespaceLive } from "./live-read/live-read.ts";
import { DEFAULT_LIVE_READ_LIMITS, type LiveReadLimits, LiveReadQueue } from "./live-read/live-read-queue.ts";
import { LiveReadStatus } from "./live-read/live-read-status.ts";
import { credentialResource } from "./objects/secret-resource.ts";
import { serviceAccountResource } from "./objects/service-account-resource.ts";

/** Choices for {@link createClusterSource}. */
export interface ClusterSourceOptions {
  /** Loads the client configuration; called again when the server refuses our credentials. @see loadClientConfig */
  readonly loadConfig: () => KubeConfig;
  /** Version of pullring, for the User-Agent. */
  readonly version: string;
  readonly logger: Logger;
  /** The namespaces to serve, each with lists and watches of its own; undefined: all, by lists and watches of the cluster. */
  readonly namespaces?: readonly string[] | undefined;
  /** Longest time that a live look may take of a request; default 800 ms. */
  readonly budgetMs?: number | undefined;
  readonly onWatchRestart?: ((resource: "secrets" | "serviceaccounts") => void) | undefined;
  /** Figures that only tests and measurements change. */
  readonly limits?: ClusterSourceLimits | undefined;
  readonly clock?: Clock | undefined;
}

/** @see DEFAULT_REFLECTOR_LIMITS, DEFAULT_LIVE_READ_LIMITS */
export interface ClusterSourceLimits {
  readonly reflector?: Partial<ReflectorLimits>;
  readonly look?: Partial<LiveReadLimits>;
  /** Most credentials in built keyrings; default 5,000, about 5 MB. */
  readonly maxBuiltCredentials?: number;
}

/** What can be told of the source at a moment. */
export interface ClusterSourceStats extends IndexStats {
  readonly reflectors: readonly ReflectorStatus[];
  readonly looks: Readonly<LiveReadCounts> & LiveReadQueue["load"];
}

/** The live source. */
export interface ClusterSource {
  readonly source: Required<CredentialSource>;
  /** Keeps the index up to date until `signal` aborts; then closes all connections. */
  run(signal: AbortSignal): Promise<void>;
  /** Why the source is not ready: what has not been listed once, and what stands in the way; undefined when it is ready. */
  readiness(): string | undefined;
  /** What keeps a source that is ready from following changes, such as a missing right; undefined when nothing does. */
  problem(): string | undefined;
  stats(): ClusterSourceStats;
}

const DEFAULT_MAX_BUILT_CREDENTIALS = 5_000;
/** Two types of credentials, and ServiceAccounts. */
const WATCHES_PER_SCOPE = 3;
/** A live look sends two requests at a time, and two lists when the first shows that they are needed. */
const CONNECTIONS_PER_LOOK = 3;
/** A request of a look is sent again after a quarter of the budget, which leaves time for a new connection and two answers. */
const SUSPICIOUS_SHARE = 4;
/** A look goes on when its requests have stopped waiting, as what it finds is of use to the next one; but not for ever. */
const LOOK_TIMEOUT_MS = 5_000;

/**
 * Makes the source; nothing is sent before `run` or the first look.
 * @throws Error when the configuration cannot be loaded
 */
export function createClusterSource(options: ClusterSourceOptions): ClusterSource {
  const parts = createParts(options);
  const { index, looks } = parts;
  const reflectors = createReflectors(parts, options);
  return {
    source: {
      view: (namespace, name) => index.view(namespace, name),
      readLive: async (request) =>
        index.tablesOf(request.namespace) === undefined
          ? { view: index.view(request.namespace, request.serviceAccountName), result: "failed" }
          : looks.look(request),
    },
    run: async (signal) => {
      await Promise.all(reflectors.map((reflector) => reflector.run(signal)));
      parts.client.close();
    },
    readiness: () => reasonNotReady(reflectors.map((reflector) => reflector.status())),
    problem: () =>
      joinReasons([
        ...listProblems(reflectors.map((reflector) => reflector.status())),
        ...(parts.health.problem === undefined ? [] : [parts.health.problem]),
      ]),
    stats: () => ({
      ...index.stats(),
      reflectors: reflectors.map((reflector) => reflector.status()),
      looks: { ...parts.counts, ...looks.load },
    }),
  };
}

interface SourceParts {
  readonly client: ApiClient;
  readonly index: ClusterIndex;
  readonly looks: LiveReadQueue;
  readonly counts: LiveReadCounts;
  readonly health: LiveReadStatus;
}

function createParts(options: ClusterSourceOptions): SourceParts {
  const { namespaces, logger, limits = {}, clock = SYSTEM_CLOCK } = options;
  const budgetMs = options.budgetMs ?? DEFAULT_LIVE_READ_LIMITS.budgetMs;
  const lookLimits = { ...DEFAULT_LIVE_READ_LIMITS, budgetMs, ...limits.look };
  const watches = WATCHES_PER_SCOPE * (namespaces?.length ?? 1);
  const maxConnections = 2 * watches + CONNECTIONS_PER_LOOK * lookLimits.maxRunning;
  const userAgent = `pullring/${options.version}`;
  const client = createApiClient({ load: options.loadConfig, userAgent, maxConnections, clock });
  const index = new ClusterIndex(namespaces, limits.maxBuiltCredentials ?? DEFAULT_MAX_BUILT_CREDENTIALS);
  const hedgeAfterMs = lookLimits.budgetMs / SUSPICIOUS_SHARE;
  // Who serves all namespaces has the rights in all of them, or lacks them so.
  const scopeOf = (rule: AccessRule): AccessRule =>
    namespaces === undefined ? { ...rule, namespace: undefined } : rule;
  const hedged: ApiClient = {
    ...client,
    get: (request) => client.get({ ...request, rule: scopeOf(request.rule), hedgeAfterMs }),
  };
  const health = new LiveReadStatus(logger);
  const idleTimeoutMs = Math.max(LOOK_TIMEOUT_MS, lookLimits.budgetMs);
  const counts: LiveReadCounts = { censuses: 0, lists: 0, gets: 0 };
  const looks = new LiveReadQueue({
    clock,
    limits: lookLimits,
    look: async (namespace, { serviceAccountNames, scope }) => {
      const tables = index.tablesOf(namespace);
      const signal = AbortSignal.timeout(idleTimeoutMs);
      const parts = { client: hedged, idleTimeoutMs, counts };
      return tables === undefined
        ? new Set()
        : readNamespaceLive(parts, { namespace, serviceAccountNames, scope, tables }, signal);
    },
    view: (namespace, name) => index.view(namespace, name),
    onSuccess: () => health.succeeded(),
    onFailure: (namespace, error) => health.failed(namespace, error),
  });
  return { client, index, looks, counts, health };
}

interface AnyReflector {
  run(signal: AbortSignal): Promise<void>;
  status(): ReflectorStatus;
}

function createReflectors(
  { index, client }: SourceParts,
  { clock = SYSTEM_CLOCK, logger, limits, onWatchRestart = () => undefined }: ClusterSourceOptions,
): readonly AnyReflector[] {
  const parts: ReflectorParts = {
    client,
    clock,
    logger,
    limits: { ...DEFAULT_REFLECTOR_LIMITS, ...limits?.reflector },
    onWatchRestart,
  };
  const reflectors: AnyReflector[] = [];
  for (const [namespace, tables] of index.scopes()) {
    for (const [type, table] of tables.credentials) {
      reflectors.push(new Reflector(credentialResource(type, namespace), table, parts));
    }
    const accounts = serviceAccountResource(namespace);
    reflectors.push(new Reflector(accounts, tables.serviceAccounts, parts));
  }
  return reflectors;
}
