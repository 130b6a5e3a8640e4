/** The hot path, `POST /mutate`: HTTP around the answerer, without express. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { BadRequestError } from "../core/app-error.ts";
import type { Logger } from "../telemetry/logger.ts";
import { AbortedBodyError, readBody } from "./request-body.ts";
import type { ReviewAnswerer } from "./review-answerer.ts";

/** Path of the webhook; the API server adds a query string such as `?timeout=3s`. */
export const MUTATE_PATH = "/mutate";

/** What the hot path needs. */
export interface MutateParts {
  readonly answer: ReviewAnswerer;
  readonly maxBodyBytes: number;
  readonly logger: Logger;
}

/** Tells whether a request belongs to the hot path. */
export function isMutateCall({ method, url }: IncomingMessage): boolean {
  return method === "POST" && url !== undefined && (url === MUTATE_PATH || url.startsWith(`${MUTATE_PATH}?`));
}

/** Answers one call of the webhook; never rejects. */
export async function handleMutate(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, maxBodyBytes, logger }: MutateParts,
): Promise<void> {
  try {
    checkContentType(request);
    const text = await answer(await readBody(request, maxBodyBytes), request.url ?? "");
    respond(response, 200, { type: "application/json", text });
  } catch (error) {
    if (error instanceof AbortedBodyError) {
      logger.debug("Lost a request before its body was whole");
      response.destroy();
    } else if (error instanceof BadRequestError) {
      logger.debug({ status: error.status, reason: error.message }, "Refused a request");
      refuse(response, error);
    } else {
      logger.error({ err: error }, "Lost a request to a bug");
      respond(response, 500, { type: "text/plain; charset=utf-8", text: "internal error\n" });
    }
  }
}

function checkContentType({ headers }: IncomingMessage): void {
  const [mediaType] = (headers["content-type"] ?? "").split(";", 1);
  if (mediaType?.trim().toLowerCase() !== "application/json") {
    throw new BadRequestError(415, "the content type is not application/json");
  }
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    throw new BadRequestError(415, "the body is encoded, and no content encoding is known here");
  }
}

/** What follows a body that is too long is not read, so that the connection cannot be used again. */
function refuse(response: ServerResponse, { status, message }: BadRequestError): void {
  if (status === 413) {
    response.setHeader("Connection", "close");
  }
  respond(response, status, { type: "text/plain; charset=utf-8", text: `${message}\n` });
}

function respond(
  response: ServerResponse,
  status: number,
  { type, text }: { readonly type: string; readonly text: string },
): void {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}
