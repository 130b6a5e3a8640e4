/** What the webhook port answers to anything but a call of the webhook. Nothing here reads a body. */
import type { Express } from "express";
import type { Logger } from "../telemetry/logger.ts";
import { MUTATE_PATH, OBSERVE_PATH } from "./admission/mutate-handler.ts";
import { createBareApp, finishApp, refuseMethod, sendText } from "./http-app.ts";

const INDEX = `pullring: adds the imagePullSecrets that a workload needs

POST ${MUTATE_PATH}    an AdmissionReview of admission.k8s.io/v1
POST ${OBSERVE_PATH}   the same, decided and reported, and nothing is changed
`;

/** Makes the app. */
export function createWebhookApp(logger: Logger): Express {
  const app = createBareApp();
  app.get("/", (_request, response) => sendText(response, 200, INDEX));
  app.all("/", (_request, response) => refuseMethod(response, "GET, HEAD"));
  app.all([MUTATE_PATH, OBSERVE_PATH], (_request, response) => refuseMethod(response, "POST"));
  finishApp(app, logger);
  return app;
}
