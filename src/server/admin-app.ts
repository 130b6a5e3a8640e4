/** The admin port: health, version and metrics, for the kubelet and for Prometheus. Nothing here shows names or contents. */
import type { Express } from "express";
import type { HealthCheck } from "../telemetry/health-check.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { PullringMetrics } from "../telemetry/pullring-metrics.ts";
import { createApp, sendText } from "./http-app.ts";

/** What the admin port shows. */
export interface AdminAppOptions {
  readonly checks: readonly HealthCheck[];
  readonly version: string;
  readonly metrics: Pick<PullringMetrics, "contentType" | "render">;
  readonly logger: Logger;
}

/** Makes the app. */
export function createAdminApp({ checks, version, metrics, logger }: AdminAppOptions): Express {
  /** One line for each check that has something to say. */
  const linesOf = (say: (check: HealthCheck) => string | undefined): readonly string[] =>
    checks.filter((check) => say(check) !== undefined).map((check) => `${check.name}: ${say(check)}\n`);
  const pages: Parameters<typeof createApp>[0]["pages"] = {
    "/": (response) => sendText(response, 200, "pullring: /livez, /readyz, /version, /metrics\n"),
    "/livez": (response) => sendText(response, 200, "ok\n"),
    "/readyz": (response) => {
      const unready = linesOf((check) => check.notReady());
      if (unready.length > 0) return sendText(response, 503, unready.join(""));
      return sendText(response, 200, ["ok\n", ...linesOf((check) => check.problem())].join(""));
    },
    "/version": (response) => response.json({ name: "pullring", version, node: process.version }),
    "/metrics": async (response) => {
      response.set("Content-Type", metrics.contentType).send(await metrics.render());
    },
  };
  return createApp({ pages, logger });
}
