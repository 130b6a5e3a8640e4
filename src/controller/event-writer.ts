/**
 * Writes Events, so that `kubectl describe` shows what the controller has to say. The name of an Event is made of what it says
 * about which object: so each is written once, by however many controllers, and again only after the API server has forgotten it.
 */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import PQueue from "p-queue";
import type { ApiClient } from "../cluster/api/api-client.ts";
import { ErrorLog } from "../cluster/list-watch/error-log.ts";
import type { JsonObject } from "../core/json-value.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import { createObject } from "./object-access.ts";

/** The object that an Event is about. */
export interface EventObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** One Event. */
export interface ObjectEvent {
  readonly object: EventObject;
  /** Normal, or Warning where a person should act. */
  readonly type: "Normal" | "Warning";
  /** One word in capitals for each of its words, as `kubectl get events` shows it. */
  readonly reason: string;
  readonly message: string;
  /** What is said, whatever the words: of one object each is written once. */
  readonly key: string;
}

/** What an event writer works with. */
export interface EventWriterDependencies {
  readonly client: Pick<ApiClient, "post">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether rights are those of chosen namespaces. */
  readonly isNamespaced: boolean;
}

/** So many a second at most: many Pods may get a new verdict at once. */
const EVENTS_PER_SECOND = 20;
/** Events that are remembered as written. */
const MAX_REMEMBERED = 20_000;
/** Longest message of an Event. @see kubernetes pkg/apis/core/validation/events.go NoteLengthLimit */
const MAX_MESSAGE = 1_024;

/** @see EventWriterDependencies */
export class EventWriter {
  readonly #parts: EventWriterDependencies;
  readonly #errors: ErrorLog;
  readonly #queue = new PQueue({ concurrency: 4, interval: 1_000, intervalCap: EVENTS_PER_SECOND });
  readonly #written = new LRUCache<string, true>({ max: MAX_REMEMBERED });

  constructor(parts: EventWriterDependencies) {
    this.#parts = parts;
    this.#errors = new ErrorLog(parts.logger, { failed: "Failed to write an Event", recovered: "Wrote Events again" });
  }

  /** The right that is missing, if one is. */
  get problem(): string | undefined {
    return this.#errors.isRightMissing ? this.#errors.reason : undefined;
  }

  /** Writes an Event in its turn, unless it was written; one that fails is written when it is said again. */
  write(event: ObjectEvent): void {
    const name = nameOf(event);
    if (this.#written.has(name)) return;
    this.#written.set(name, true);
    void this.#queue.add(() => this.#post(name, event));
  }

  async #post(name: string, event: ObjectEvent): Promise<void> {
    const { client, clock, isNamespaced } = this.#parts;
    const { namespace } = event.object;
    const address = { group: "", resource: "events", namespace, name: "" };
    const object = eventOf(name, { ...event, nowMs: clock.now() });
    try {
      await createObject(client, address, { object, ruleNamespace: isNamespaced ? namespace : undefined });
      this.#errors.noteSuccess();
    } catch (error) {
      this.#written.delete(name);
      this.#errors.noteFailure(error, { namespace });
    }
  }
}

/** The Event as an object of this name. */
export function eventOf(
  name: string,
  { object, type, reason, message, nowMs }: Omit<ObjectEvent, "key"> & { readonly nowMs: number },
): JsonObject {
  const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: object.namespace },
    involvedObject: object,
    type,
    reason,
    message: message.slice(0, MAX_MESSAGE),
    source: { component: "pullring-controller" },
    reportingComponent: "pullring-controller",
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
}

/** Names have at most 253 characters. */
function nameOf({ object: { name, uid }, reason, key }: ObjectEvent): string {
  return `${name.slice(0, 220).replace(/[.-]+$/, "")}.${digestOf([uid, reason, key])}`;
}

/** A short text that is the same for the same value, for the name of an Event. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 20);
}
