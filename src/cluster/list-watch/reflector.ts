/**
 * Keeps a table equal to what the server has: one list, then a watch that goes on from where the last one ended. It recovers
 * from every error by itself and never empties the table.
 */
import type { Clock } from "../../telemetry/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { codeOf } from "../../telemetry/serialize-error.ts";
import type { ApiReader } from "../api/api-client.ts";
import { ApiServerError } from "../api/api-server-error.ts";
import { Backoff, type BackoffLimits, DEFAULT_BACKOFF } from "../api/backoff.ts";
import { type ObjectsByNamespace, putObject, type ReflectedTable } from "../index/reflected-table.ts";
import type { ResourceName } from "../objects/watched-resource.ts";
import { ErrorLog } from "./error-log.ts";
import { listObjects } from "./list.ts";
import { openWatch, readEvents, type WatchEvent } from "./watch.ts";

/** What a reflector works with. */
export interface ReflectorDependencies<T> {
  readonly table: ReflectedTable<T>;
  readonly client: ApiReader;
  readonly clock: Clock;
  readonly limits: ReflectorLimits;
  readonly logger: Logger;
  /** Called for each watch that replaces one which broke off; servers end watches in order every few minutes. */
  readonly onWatchRestart: (resource: ResourceName) => void;
}

/** How long a reflector waits for what. */
export interface ReflectorLimits {
  readonly backoff: BackoffLimits;
  /**
   * A watch on which nothing has come for longer is replaced. Servers send a bookmark every 60 to 75 s, but none on a watch
   * that began at the newest version and has had no event since.
   * @see kubernetes staging/src/k8s.io/apiserver/pkg/storage/cacher (bookmarkFrequency, with jitter)
   */
  readonly idleTimeoutMs: number;
  /** A watch without an event that ends before this counts as failed, so that it is not opened again in a tight loop. */
  readonly shortestWatchMs: number;
}

/** @see ReflectorLimits */
export const DEFAULT_REFLECTOR_LIMITS: ReflectorLimits = {
  backoff: DEFAULT_BACKOFF,
  idleTimeoutMs: 90_000,
  shortestWatchMs: 1_000,
};

/** A watch is to be ended by the server after this, up to twice as long: 5 to 10 minutes, as client-go has it. */
const WATCH_SECONDS = 300;

/** So many watches one after the other that cannot be read: the version that they begin at may be the reason. */
const MAX_UNUSABLE_WATCHES = 3;

/** The reflector of one table. */
export class Reflector<T> {
  readonly #parts: ReflectorDependencies<T>;
  readonly #logger: Logger;
  readonly #errors: ErrorLog;
  readonly #backoff: Backoff;
  #needsList = true;
  #olderLists = 0;
  #unusableWatches = 0;
  #isOpen = false;
  #isInterrupted = false;

  constructor(parts: ReflectorDependencies<T>) {
    const { table, limits, clock } = parts;
    const { resource, namespace } = table;
    const place = namespace === undefined ? {} : { namespace };
    this.#parts = parts;
    this.#logger = parts.logger.child({ resource: resource.label, ...place });
    this.#errors = new ErrorLog(this.#logger, { failed: "Lost the API server", recovered: "Regained the API server" });
    this.#backoff = new Backoff(limits.backoff, clock.random);
  }

  /** Runs until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#needsList) await this.#list(signal);
        await this.#watch(signal);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error, signal);
      }
    }
  }

  /** Whether a watch is open, so that changes arrive. One that died in silence counts until its idle time-out. */
  get isFollowing(): boolean {
    return this.#isOpen;
  }

  /** The namespace of the table; undefined: all. */
  get namespace(): string | undefined {
    return this.#parts.table.namespace;
  }

  /** That there was no complete list yet, and why; undefined when there was one. */
  notReady(): string | undefined {
    return this.#parts.table.version > 0 ? undefined : this.#describe("not listed yet");
  }

  /** What keeps a table that was listed from following changes; undefined when nothing does. */
  problem(): string | undefined {
    const isListed = this.#parts.table.version > 0;
    return isListed && this.#errors.reason !== undefined ? this.#describe("not followed") : undefined;
  }

  #describe(condition: string): string {
    const { resource, namespace } = this.#parts.table;
    const scope = namespace === undefined ? "" : ` in namespace ${namespace}`;
    const { reason } = this.#errors;
    return `${resource.label}${scope} ${condition}${reason === undefined ? "" : ` (${reason})`}`;
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, table } = this.#parts;
    const objects: ObjectsByNamespace<T> = new Map();
    const version = await listObjects(client, table, {
      signal,
      paged: true,
      known: (namespace, name) => table.inNamespace(namespace).get(name),
      onObject: (observed) => putObject(objects, observed),
    });
    // One old list may come from a server that is behind; a second one means that the history itself was rewritten.
    this.#olderLists = version < table.version ? this.#olderLists + 1 : 0;
    if (this.#olderLists === 1) throw new ApiServerError("list older than what is known");
    this.#olderLists = 0;
    table.replaceAll(objects, version);
    this.#needsList = false;
    this.#logger.debug({ resourceVersion: version }, "Listed objects");
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, table, limits, clock, onWatchRestart } = this.#parts;
    const { version } = table;
    if (this.#isInterrupted) onWatchRestart(table.resource.name);
    this.#isInterrupted = false;
    const body = await openWatch(client, table, {
      version,
      timeoutSeconds: Math.ceil(WATCH_SECONDS * (1 + clock.random())),
      idleTimeoutMs: limits.idleTimeoutMs,
      signal,
    });
    const openedAt = clock.elapsed();
    this.#errors.noteSuccess();
    this.#isOpen = true;
    try {
      for await (const event of readEvents(body, table.resource)) this.#apply(event);
    } catch (error) {
      if (codeOf(error) !== "ETIMEDOUT") {
        this.#isInterrupted = true;
        throw error;
      }
      // Usual on a quiet cluster: the API server sends no bookmark on a watch that began at its newest version.
      this.#logger.debug("Replaced a silent watch");
    } finally {
      this.#isOpen = false;
      if (clock.elapsed() - openedAt >= limits.shortestWatchMs) this.#backoff.succeed();
    }
    if (table.version === version && clock.elapsed() - openedAt < limits.shortestWatchMs) {
      throw new ApiServerError("watch ended as soon as it had begun");
    }
  }

  #apply(event: WatchEvent<T>): void {
    const { table } = this.#parts;
    if (event.kind === "bookmark") table.bookmark(event.version);
    else table[event.kind](event.observed);
    this.#backoff.succeed();
    this.#unusableWatches = 0;
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    this.#unusableWatches += isUnusable(error) ? 1 : 0;
    const isHistoryGone = error instanceof ApiServerError && error.status === 410;
    if (isHistoryGone || this.#unusableWatches >= MAX_UNUSABLE_WATCHES) {
      this.#unusableWatches = 0;
      this.#needsList = true;
    }
    const delayMs = this.#backoff.fail(error instanceof ApiServerError ? error.retryAfterMs : undefined);
    this.#errors.noteFailure(error, { delay: delayMs / 1_000 });
    await this.#parts.clock.delay(delayMs, signal);
  }
}

/** An answer that waiting alone may never change: garbage, or a status that is about the request or an error of the server. */
function isUnusable(error: unknown): boolean {
  return (
    error instanceof ApiServerError &&
    (error.status === undefined ? error.isUnreadable : [400, 500, 504].includes(error.status))
  );
}
