/**
 * Keeps a table equal to what the server has: one list, then a watch that goes on from where the last one ended. It recovers
 * from every failure by itself, never empties the table, and stops only when it is told to.
 */
import type { Readable } from "node:stream";
import type { Logger } from "../../telemetry/logger.ts";
import { describeAccessRule } from "../api/access-rule.ts";
import { ApiServerError, describeError, isGone } from "../api/api-server-error.ts";
import { Backoff } from "../api/backoff.ts";
import type { ReflectedTable } from "../index/reflected-table.ts";
import type { WatchedResource } from "../objects/watched-resource.ts";
import { listObjects } from "./list.ts";
import type { ReflectorParts } from "./reflector-options.ts";
import type { ReflectorStatus } from "./reflector-status.ts";
import { StallWatchdog } from "./stall-watchdog.ts";
import { openWatch, readEvents, type WatchEvent } from "./watch.ts";

/** So many watches in a row that the server answers in a way we cannot use: the version we ask for may be the reason. */
const MAX_UNUSABLE_WATCHES = 3;

/** A reflector of one resource in one scope. */
export class Reflector<T> {
  readonly #resource: WatchedResource<T>;
  readonly #table: ReflectedTable<T>;
  readonly #parts: ReflectorParts;
  readonly #logger: Logger;
  readonly #backoff: Backoff;
  #needsList = true;
  #olderLists = 0;
  #uselessWatches = 0;
  #problem: string | undefined;
  #lists = 0;
  #watches = 0;

  constructor(resource: WatchedResource<T>, table: ReflectedTable<T>, parts: ReflectorParts) {
    this.#resource = resource;
    this.#table = table;
    this.#parts = parts;
    this.#backoff = new Backoff(parts.limits.backoff, parts.clock.random);
    const { label, namespace } = resource;
    this.#logger = parts.logger.child({ resource: label, ...(namespace === undefined ? {} : { namespace }) });
  }

  /** Runs until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#needsList) {
          await this.#list(signal);
        }
        await this.#watch(signal);
      } catch (error) {
        if (!signal.aborted) {
          await this.#recover(error, signal);
        }
      }
    }
  }

  status(): ReflectorStatus {
    const { label, namespace } = this.#resource;
    return {
      label,
      namespace,
      isSynced: this.#table.version > 0,
      problem: this.#problem,
      version: this.#table.version,
      lists: this.#lists,
      watches: this.#watches,
    };
  }

  async #list(signal: AbortSignal): Promise<void> {
    const content = this.#table.emptyContent();
    const version = await listObjects(this.#parts.client, this.#resource, {
      signal,
      paged: true,
      known: (namespace, name) => this.#table.inNamespace(namespace).get(name),
      onObject: ({ namespace, name, value }) => content.put(namespace, name, value),
    });
    // One old list may come from a server that is behind; when they go on, the history itself was rewritten.
    this.#olderLists = version < this.#table.version ? this.#olderLists + 1 : 0;
    if (this.#olderLists === 1) {
      throw new ApiServerError("list older than what is known");
    }
    this.#olderLists = 0;
    this.#table.replaceAll(content, version);
    this.#lists += 1;
    this.#needsList = false;
    this.#logger.debug({ resourceVersion: version }, "Listed objects");
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, limits, clock } = this.#parts;
    const version = this.#table.version;
    const timeoutSeconds = Math.ceil(limits.watchSeconds * (1 + clock.random()));
    if (this.#watches > 0) {
      this.#parts.onWatchRestart(this.#resource.resource);
    }
    this.#watches += 1;
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    const body = await openWatch(client, this.#resource, { version, timeoutSeconds, signal: either });
    const openedAt = clock.elapsed();
    this.#noteRecovery();
    try {
      await this.#follow(body, ended, either);
    } finally {
      ended.abort();
      if (clock.elapsed() - openedAt >= limits.shortestWatchMs) {
        this.#backoff.succeed();
      }
    }
    if (this.#table.version === version && clock.elapsed() - openedAt < limits.shortestWatchMs) {
      throw new ApiServerError("watch ended as soon as it had begun");
    }
  }

  /** Applies events until the server ends the watch, or until it has been silent for too long. */
  async #follow(body: Readable, ended: AbortController, signal: AbortSignal): Promise<void> {
    const watchdog = new StallWatchdog(this.#parts.clock, this.#parts.limits.idleTimeoutMs);
    let isSilent = false;
    watchdog.stalled(signal).then((isStalled) => {
      isSilent = isStalled;
      ended.abort();
    });
    try {
      for await (const event of readEvents(body, this.#resource)) {
        watchdog.touch();
        this.#apply(event);
      }
    } catch (error) {
      if (!isSilent) {
        throw error;
      }
      this.#logger.warn("Replaced a silent watch");
    }
  }

  #apply(event: WatchEvent<T>): void {
    if (event.kind === "bookmark") {
      this.#table.bookmark(event.version);
    } else if (event.kind === "put") {
      this.#table.put(event.observed);
    } else {
      this.#table.remove(event.observed);
    }
    this.#backoff.succeed();
    this.#uselessWatches = 0;
  }

  #noteRecovery(): void {
    if (this.#problem !== undefined) {
      this.#logger.info("Regained the API server");
      this.#problem = undefined;
    }
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const failure = error instanceof ApiServerError ? error : undefined;
    this.#uselessWatches += isUnusable(failure) ? 1 : 0;
    if (isGone(error) || this.#uselessWatches >= MAX_UNUSABLE_WATCHES) {
      this.#uselessWatches = 0;
      this.#needsList = true;
    }
    const delayMs = this.#backoff.fail(failure?.retryAfterMs);
    this.#logFailure(error, delayMs);
    await this.#parts.clock.delay(delayMs, signal);
  }

  /** A missing right needs a person; everything else passes. */
  #logFailure(error: unknown, delayMs: number): void {
    const reason = describeError(error);
    const isNew = reason !== this.#problem;
    this.#problem = reason;
    const rule = error instanceof ApiServerError ? error.missingRule : undefined;
    if (rule !== undefined) {
      const level = isNew ? "error" : "debug";
      this.#logger[level](
        { verb: rule.verb, rule: describeAccessRule(rule) },
        "Lacked a right at the API server",
      );
    } else {
      this.#logger[isNew ? "warn" : "debug"]({ reason, delay: delayMs / 1_000 }, "Lost the API server");
    }
  }
}

/** An answer that waiting alone may never change: garbage, or a status that speaks of the request or of a fault. */
function isUnusable(failure: ApiServerError | undefined): boolean {
  const status = failure?.status;
  return (
    failure !== undefined && (status === undefined ? failure.isUnreadable : [400, 500, 504].includes(status))
  );
}
