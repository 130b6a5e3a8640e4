/** What the webhook port answers to anything but a call of the webhook. Nothing here reads a body. */
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import type { Logger } from "../telemetry/logger.ts";
import { MUTATE_PATH } from "./admission/mutate-handler.ts";

const INDEX = `pullring: adds the imagePullSecrets that a workload needs

POST ${MUTATE_PATH}   an AdmissionReview of admission.k8s.io/v1
`;

/** Makes the app. */
export function createWebhookApp(logger: Logger): Express {
  const app = createBareApp();
  app.get("/", (_request, response) => sendText(response, 200, INDEX));
  app.all("/", (_request, response) => refuseMethod(response, "GET, HEAD"));
  app.all(MUTATE_PATH, (_request, response) => refuseMethod(response, "POST"));
  finishApp(app, logger);
  return app;
}

/** Makes an app that tells nothing of itself and takes paths as they are written. */
export function createBareApp(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", false);
  app.enable("case sensitive routing");
  app.enable("strict routing");
  return app;
}

/** Ends an app with the answers to paths that do not exist and to errors; call it after the last route. */
export function finishApp(app: Express, logger: Logger): void {
  app.use((_request: Request, response: Response) => sendText(response, 404, "no such path\n"));
  // Express tells an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    const status = statusOf(error);
    if (response.headersSent) {
      next(error);
      return;
    }
    if (status === 500) {
      logger.error({ err: error }, "Lost a request to a bug");
    }
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
