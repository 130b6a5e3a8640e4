/** `POST /mutate` and `POST /observe`: HTTP around the handler of reviews, without express, which would take three times the CPU. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "../../telemetry/logger.ts";
import type { BodyMemoryLimit } from "../limits/body-limiter.ts";
import { BadRequestError } from "../limits/rejection.ts";
import { AbortedBodyError, readBody } from "../limits/request-body.ts";
import type { ServerLimits } from "../limits/server-limits.ts";
import type { ReviewHandler } from "./review-handler.ts";

/** Path of the webhook; the API server adds a query string such as `?timeout=3s`. */
export const MUTATE_PATH = "/mutate";

/** Path of a webhook that decides, logs, counts and annotates as `/mutate` does, and changes nothing. */
export const OBSERVE_PATH = "/observe";

const JSON_TYPE = "application/json";
const TEXT_TYPE = "text/plain; charset=utf-8";

/** Statuses of bodies that are too long, or were rejected on the way: the rest is not read. */
const UNREAD_STATUSES: ReadonlySet<number> = new Set([408, 413, 503]);

/** Kept back of the time-out for the ways of call and response, for deciding, and for the event loop to come round. */
const RESERVE_MS = 500;

/** What calls are answered with. */
export interface MutateOptions extends Pick<ServerLimits, "maxBodyBytes" | "callTimeoutMs"> {
  readonly reviews: Pick<ReviewHandler, "handle">;
  readonly bodyMemory: BodyMemoryLimit;
  readonly logger: Logger;
}

/** Whether a request is a call of the webhook. */
export function isMutateCall({ method, url }: IncomingMessage): boolean {
  const path = pathOf(url);
  return method === "POST" && (path === MUTATE_PATH || path === OBSERVE_PATH);
}

/** Answers one call of the webhook; never rejects. */
export async function answerMutateCall(
  request: IncomingMessage,
  response: ServerResponse,
  { reviews, maxBodyBytes, callTimeoutMs, bodyMemory, logger }: MutateOptions,
): Promise<void> {
  try {
    checkContentType(request);
    const body = await readBody(request, { maxBytes: maxBodyBytes, memory: bodyMemory, response });
    const { url = "", socket } = request;
    // A client is silent while it waits. Node gives each next request the shorter time again.
    socket.setTimeout(callTimeoutMs);
    const isObserved = pathOf(url) === OBSERVE_PATH;
    const text = await reviews.handle({ body, limitMs: waitLimitMs(url), isObserved });
    respond(response, 200, JSON_TYPE, text);
  } catch (error) {
    if (error instanceof AbortedBodyError) {
      logger.debug("Lost a request before its body was whole");
      response.destroy();
    } else if (error instanceof BadRequestError) {
      const { status, message } = error;
      logger.debug({ status, reason: message }, "Refused a request");
      // A connection with an unread body cannot be used again.
      if (UNREAD_STATUSES.has(status)) response.setHeader("Connection", "close");
      respond(response, status, TEXT_TYPE, `${message}\n`);
    } else {
      logger.error({ err: error }, "Lost a request to a bug");
      respond(response, 500, TEXT_TYPE, "internal error\n");
    }
  } finally {
    bodyMemory.release(response);
  }
}

function pathOf(url = ""): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
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

function respond(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

/**
 * Gives the longest time that a call may wait for something, in milliseconds: 500 ms below the time-out that the API server
 * puts into the URL, which is the `timeoutSeconds` of the webhook configuration in force or the rest of the person's own
 * deadline. undefined when the URL names none.
 * @see kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go (r.Timeout: whole seconds)
 * @example waitLimitMs("/mutate?timeout=3s") // 2500
 */
export function waitLimitMs(url: string): number | undefined {
  const [, seconds] = /[?&]timeout=([0-9]{1,4})s(?:&|$)/.exec(url) ?? [];
  return seconds === undefined ? undefined : Math.max(0, Number(seconds) * 1_000 - RESERVE_MS);
}
