/** The admin port: health, version and metrics, for the kubelet and for Prometheus. Nothing here tells names or contents. */
import type { Express, Response } from "express";
import type { Logger } from "../../telemetry/logger.ts";
import { METRICS_CONTENT_TYPE } from "../../telemetry/metrics.ts";
import { createBareApp, finishApp, refuseMethod, sendText } from "../routes.ts";
import { type HealthCheck, listNotes, listUnready } from "./readiness.ts";

/** What the admin port tells. */
export interface AdminParts {
  readonly checks: readonly HealthCheck[];
  readonly version: string;
  /** Gives all metrics in the Prometheus text format. */
  readonly renderMetrics: () => string;
  readonly logger: Logger;
}

const INDEX = "pullring: /livez, /readyz, /version, /metrics\n";

/** Makes the app. */
export function createAdminApp({ checks, version, renderMetrics, logger }: AdminParts): Express {
  const app = createBareApp();
  const pages: Readonly<Record<string, (response: Response) => void>> = {
    "/": (response) => sendText(response, 200, INDEX),
    "/livez": (response) => sendText(response, 200, "ok\n"),
    "/readyz": (response) => {
      const unready = listUnready(checks);
      const isReady = unready.length === 0;
      const lines = isReady ? ["ok", ...listNotes(checks)] : unready;
      sendText(response, isReady ? 200 : 503, `${lines.join("\n")}\n`);
    },
    "/version": (response) => {
      response.json({ name: "pullring", version, node: process.version });
    },
    "/metrics": (response) => {
      response.set("Content-Type", METRICS_CONTENT_TYPE).send(renderMetrics());
    },
  };
  for (const [path, show] of Object.entries(pages)) {
    app.get(path, (_request, response) => show(response));
    app.all(path, (_request, response) => refuseMethod(response, "GET, HEAD"));
  }
  finishApp(app, logger);
  return app;
}
