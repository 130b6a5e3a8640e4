/**
 * The credentials of the cluster that pullring serves: reflectors keep the index equal to the server, live reads bring it up to
 * the moment of a request.
 */
import type { KubeConfig } from "@kubernetes/client-node";
import type { ViewOf } from "../core/admission/namespace-view.ts";
import { isObjectName } from "../core/object-metadata.ts";
import type { FindingCode } from "../core/verdicts/finding.ts";
import type { CredentialSource, LiveReadRequest, LiveView } from "../server/admission/ports.ts";
import { type Clock, SYSTEM_CLOCK } from "../telemetry/clock.ts";
import type { HealthCheck } from "../telemetry/health-check.ts";
import type { Logger } from "../telemetry/logger.ts";
import { ApiClient, type ApiReader } from "./api/api-client.ts";
import type { AccessRule } from "./api/api-server-error.ts";
import { ClusterIndex } from "./index/cluster-index.ts";
import { ErrorLog } from "./list-watch/error-log.ts";
import { DEFAULT_REFLECTOR_LIMITS, Reflector, type ReflectorLimits } from "./list-watch/reflector.ts";
import { type LiveRead, readNamespace } from "./live-read/live-read.ts";
import { DEFAULT_LIVE_READ_LIMITS, type LiveReadLimits, LiveReadQueue } from "./live-read/live-read-queue.ts";
import type { ResourceName } from "./objects/watched-resource.ts";

/** Choices for {@link createClusterSource}. */
export interface ClusterSourceOptions {
  /** Loads the client configuration; called again when the server refuses our credentials. @see loadClientConfig */
  readonly loadConfig: () => KubeConfig;
  /** Version of pullring, for the User-Agent. */
  readonly version: string;
  readonly logger: Logger;
  /** The namespaces to serve, each with lists and watches of its own; undefined: all, by lists and watches of the cluster. */
  readonly namespaces?: readonly string[] | undefined;
  /** Longest time that a request waits for a live read, in milliseconds; 0: no live reads; default 800. */
  readonly liveReadTimeoutMs?: number | undefined;
  /** A label selector; Secrets that it does not match are not read. undefined: none. */
  readonly credentialSelector?: string | undefined;
  /** Namespace of the credentials that are shared with others; undefined: none are. */
  readonly sharedNamespace?: string | undefined;
  /** Called for each watch that replaces one which broke off. */
  readonly onWatchRestart?: ((resource: ResourceName) => void) | undefined;
  /** Called with a namespace of which something has changed; with undefined when that of any may have. */
  readonly onChange?: ((namespace: string | undefined) => void) | undefined;
  /** Figures that only tests and measurements change. */
  readonly limits?: ClusterSourceLimits | undefined;
  readonly clock?: Clock | undefined;
}

/** @see DEFAULT_REFLECTOR_LIMITS, DEFAULT_LIVE_READ_LIMITS */
export interface ClusterSourceLimits {
  readonly reflector?: Partial<ReflectorLimits>;
  readonly liveRead?: Partial<LiveReadLimits>;
}

/** The live source. Not ready before everything was listed once. */
export interface ClusterSource extends CredentialSource, HealthCheck {
  /** Keeps the index up to date until `signal` aborts; then closes all connections. */
  run(signal: AbortSignal): Promise<void>;
  /** How many credentials are held, and how many of them are malformed. */
  count(): { readonly credentials: number; readonly malformed: number };
  /** @see countFindings */
  countFindings(nowSeconds: number): ReadonlyMap<FindingCode, number>;
}

/** A live read sends two requests at a time, and two lists when the first shows that they are needed. */
const CONNECTIONS_PER_LIVE_READ = 3;
/** With what is shared: a Namespace, and the same of another namespace. */
const CONNECTIONS_FOR_SHARED = 3;
/** A request of a live read is sent again after a quarter of the time-out: enough is left for a new connection and two answers. */
const HEDGE_SHARE = 4;
/** A live read goes on when its requests have stopped waiting, as the next one has use for what it finds; but not for ever. */
const LIVE_READ_END_MS = 5_000;

/**
 * Makes the source; nothing is sent before `run` or the first live read.
 * @throws Error when the configuration cannot be loaded
 */
export function createClusterSource(options: ClusterSourceOptions): ClusterSource {
  const { namespaces, logger, limits = {}, clock = SYSTEM_CLOCK, onWatchRestart = () => undefined } = options;
  const timeoutMs = options.liveReadTimeoutMs ?? DEFAULT_LIVE_READ_LIMITS.timeoutMs;
  const liveReadLimits = { ...DEFAULT_LIVE_READ_LIMITS, timeoutMs, ...limits.liveRead };

  const { credentialSelector, sharedNamespace, onChange } = options;
  const index = new ClusterIndex({ namespaces, credentialSelector, sharedNamespace, onChange });
  const tables = index.tables();
  const connectionsPerRead = CONNECTIONS_PER_LIVE_READ + (sharedNamespace === undefined ? 0 : CONNECTIONS_FOR_SHARED);
  const client = new ApiClient({
    load: options.loadConfig,
    userAgent: `pullring/${options.version}`,
    clock,
    maxConnections: 2 * tables.length + connectionsPerRead * liveReadLimits.maxRunning,
  });

  const reflectorParts = {
    client,
    clock,
    limits: { ...DEFAULT_REFLECTOR_LIMITS, ...limits.reflector },
    logger,
    onWatchRestart,
  };
  const reflectors = tables.map((table) => new Reflector({ table, ...reflectorParts }));

  const hedgeAfterMs = liveReadLimits.timeoutMs / HEDGE_SHARE;
  const hedgedClient: ApiReader = {
    get: (request) => client.get({ ...request, rule: grantedRule(request.rule), hedgeAfterMs }),
  };
  const messages = { failed: "Failed to read a namespace", recovered: "Regained live reads" };
  const liveReadErrors = new ErrorLog(logger, messages);
  const view: ViewOf = (namespace, serviceAccountName) => ({
    ...index.view(namespace, serviceAccountName),
    isFollowed:
      index.shared?.knows(namespace) !== false &&
      reflectors.every(
        (reflector) => reflector.isFollowing || ![undefined, namespace, sharedNamespace].includes(reflector.namespace),
      ),
  });
  const isKnown = (namespace: string): boolean =>
    (index.tablesOf(namespace)?.serviceAccounts.inNamespace(namespace).size ?? 0) > 0;
  const liveReads = new LiveReadQueue({ clock, limits: liveReadLimits, read, view, isKnown });

  async function readLive(request: LiveReadRequest): Promise<LiveView> {
    const { namespace, serviceAccountName } = request;
    const isServed =
      index.tablesOf(namespace) !== undefined && isObjectName(namespace) && isObjectName(serviceAccountName);
    return isServed ? liveReads.read(request) : { view: view(namespace, serviceAccountName), result: "not-served" };
  }

  /** A right that is missing in one namespace is missing in all where all are served. */
  function grantedRule(rule: AccessRule): AccessRule {
    return namespaces === undefined ? { ...rule, namespace: undefined } : rule;
  }

  async function read(liveRead: LiveRead): Promise<ReadonlySet<string> | undefined> {
    const { namespace } = liveRead;
    const scopeTables = index.tablesOf(namespace);
    if (scopeTables === undefined) return undefined;
    const idleTimeoutMs = Math.max(LIVE_READ_END_MS, liveReadLimits.timeoutMs);
    const signal = AbortSignal.timeout(idleTimeoutMs);
    try {
      const missing = await readNamespace(liveRead, {
        client: hedgedClient,
        tables: scopeTables,
        shared: index.shared,
        idleTimeoutMs,
        signal,
      });
      liveReadErrors.noteSuccess();
      return missing;
    } catch (error) {
      liveReadErrors.noteFailure(error, { namespace });
      return undefined;
    }
  }

  return {
    name: "credentials",
    view,
    ...(timeoutMs > 0 && { readLive }),
    count: () => index.count(),
    countFindings: (nowSeconds) => index.countFindings(nowSeconds),
    run: async (signal) => {
      await Promise.all(reflectors.map((reflector) => reflector.run(signal)));
      client.close();
    },
    notReady: () => join(reflectors.map((reflector) => reflector.notReady())),
    problem: () =>
      join([
        ...reflectors.map((reflector) => reflector.problem()),
        liveReadErrors.isRightMissing ? `live reads not possible (${liveReadErrors.reason})` : undefined,
      ]),
  };
}

function join(conditions: readonly (string | undefined)[]): string | undefined {
  return conditions.filter((condition) => condition !== undefined).join("; ") || undefined;
}
