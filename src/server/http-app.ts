/** Express as both ports use it: an app that says nothing of itself, takes paths as they are written, and ends in plain lines of text. */
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import type { Logger } from "../telemetry/logger.ts";

/** Makes an app without routes. */
export function createBareApp(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", false);
  app.enable("case sensitive routing");
  app.enable("strict routing");
  return app;
}

/** Ends an app with the responses to paths that do not exist and to errors; call it after the last route. */
export function finishApp(app: Express, logger: Logger): void {
  app.use((_request: Request, response: Response) => sendText(response, 404, "no such path\n"));
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    const status = statusOf(error);
    if (response.headersSent) {
      next(error);
      return;
    }
    if (status === 500) logger.error({ err: error }, "Lost a request to a bug");
    sendText(response, status, status === 500 ? "internal error\n" : "the path cannot be decoded\n");
  });
}

/** Sends one text. */
export function sendText(response: Response, status: number, text: string): void {
  response.status(status).type("text/plain").send(text);
}

/** Answers a method that a path does not have. */
export function refuseMethod(response: Response, allowed: string): void {
  response.set("Allow", allowed);
  sendText(response, 405, `only ${allowed} is possible here\n`);
}

/** The router marks a path that it cannot decode with 400; all else is a bug of ours. */
function statusOf(error: unknown): 400 | 500 {
  return error instanceof Error && "status" in error && error.status === 400 ? 400 : 500;
}
