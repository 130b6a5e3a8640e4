/** Express as both ports use it: an app that says nothing of itself, takes paths as they are written, and answers in lines of text. */
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import type { Logger } from "../telemetry/logger.ts";

/** What an app shows. */
export interface AppOptions {
  /** By path, what answers GET and HEAD. */
  readonly pages: Readonly<Record<string, (response: Response) => unknown>>;
  /** Paths whose POST never gets here. */
  readonly postPaths?: readonly string[];
  readonly logger: Logger;
}

/** Makes the app. It reads no body. */
export function createApp({ pages, postPaths = [], logger }: AppOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", false);
  app.enable("case sensitive routing");
  app.enable("strict routing");
  for (const [path, show] of Object.entries(pages)) {
    app.get(path, (_request, response) => show(response));
    app.all(path, (_request, response) => refuseMethod(response, "GET, HEAD"));
  }
  for (const path of postPaths) app.all(path, (_request, response) => refuseMethod(response, "POST"));
  app.use((_request: Request, response: Response) => sendText(response, 404, "no such path\n"));
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    logger.error({ err: error }, "Lost a request to a bug");
    sendText(response, 500, "internal error\n");
  });
  return app;
}

/** Sends one text. */
export function sendText(response: Response, status: number, text: string): void {
  response.status(status).type("text/plain").send(text);
}

function refuseMethod(response: Response, allowed: string): void {
  response.set("Allow", allowed);
  sendText(response, 405, `only ${allowed} is possible here\n`);
}
