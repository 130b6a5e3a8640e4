/** `POST /mutate` and `POST /observe`: HTTP around the handler of reviews, without express, which would take three times the CPU. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "../../telemetry/logger.ts";
import { BadRequestError } from "../http-error.ts";
import type { BodyMemoryLimit } from "../limits/body-limiter.ts";
import { AbortedBodyError, readBody } from "../limits/request-body.ts";
import type { ReviewHandler } from "./review-handler.ts";

/** Path of the webhook; the API server adds a query string such as `?timeout=3s`. */
export const MUTATE_PATH = "/mutate";

/** Path of a webhook that decides, logs, counts and annotates as `/mutate` does, and changes nothing. */
export const OBSERVE_PATH = "/observe";

const JSON_TYPE = "application/json";
const TEXT_TYPE = "text/plain; charset=utf-8";

/** @see MutateHandler */
export interface MutateHandlerOptions {
  readonly reviews: Pick<ReviewHandler, "handle">;
  /** Longest body in bytes. */
  readonly maxBodyBytes: number;
  readonly bodyMemory: BodyMemoryLimit;
  readonly logger: Logger;
}

/** Whether a request is a call of the webhook. */
export function isMutateCall({ method, url }: IncomingMessage): boolean {
  const path = pathOf(url);
  return method === "POST" && (path === MUTATE_PATH || path === OBSERVE_PATH);
}

function pathOf(url = ""): string | undefined {
  return url.split("?", 1)[0];
}

/** Answers the calls of the webhook. */
export class MutateHandler {
  readonly #options: MutateHandlerOptions;

  constructor(options: MutateHandlerOptions) {
    this.#options = options;
  }

  /** Answers one call; never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { reviews, maxBodyBytes, bodyMemory, logger } = this.#options;
    try {
      checkContentType(request);
      const body = await readBody(request, { maxBytes: maxBodyBytes, memory: bodyMemory, response });
      const text = await reviews.handle({
        body,
        limitMs: waitLimitMs(request.url ?? ""),
        isObserved: pathOf(request.url) === OBSERVE_PATH,
      });
      respond(response, 200, { type: JSON_TYPE, text });
    } catch (error) {
      if (error instanceof AbortedBodyError) {
        logger.debug("Lost a request before its body was whole");
        response.destroy();
      } else if (error instanceof BadRequestError) {
        logger.debug({ status: error.status, reason: error.message }, "Refused a request");
        refuse(response, error);
      } else {
        logger.error({ err: error }, "Lost a request to a bug");
        respond(response, 500, { type: TEXT_TYPE, text: "internal error\n" });
      }
    } finally {
      bodyMemory.release(response);
    }
  }
}

function checkContentType({ headers }: IncomingMessage): void {
  const contentType = headers["content-type"] ?? "";
  if (contentType !== JSON_TYPE && contentType.split(";", 1)[0]?.trim().toLowerCase() !== JSON_TYPE) {
    throw new BadRequestError(415, "the content type is not application/json");
  }
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    throw new BadRequestError(415, "the body is encoded, and no content encoding is known here");
  }
}

/** Statuses of bodies that are too long, or were rejected on the way: the rest is not read. */
const UNREAD_STATUSES: ReadonlySet<number> = new Set([408, 413, 503]);

/** A connection with an unread body cannot be used again. */
function refuse(response: ServerResponse, { status, message }: BadRequestError): void {
  if (UNREAD_STATUSES.has(status)) response.setHeader("Connection", "close");
  respond(response, status, { type: TEXT_TYPE, text: `${message}\n` });
}

function respond(
  response: ServerResponse,
  status: number,
  { type, text }: { readonly type: string; readonly text: string },
): void {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

/**
 * What is kept back of the time-out, in milliseconds: for the way of the call and of its response, for deciding, and for the
 * event loop to come round.
 */
const RESERVE_MS = 500;

/**
 * Gives the longest time that a call may wait for something, in milliseconds: 500 ms below the time-out that the API server
 * puts into the URL, which is the `timeoutSeconds` of the webhook configuration in force or the rest of the person's own
 * deadline. undefined when the URL names none.
 * @param url path and query of the call
 * @see kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go (r.Timeout: whole seconds)
 * @example waitLimitMs("/mutate?timeout=3s") // 2500
 */
export function waitLimitMs(url: string): number | undefined {
  const [, seconds] = /[?&]timeout=([0-9]{1,4})s(?:&|$)/.exec(url) ?? [];
  return seconds === undefined ? undefined : Math.max(0, Number(seconds) * 1_000 - RESERVE_MS);
}
