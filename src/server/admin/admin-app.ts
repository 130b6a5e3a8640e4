/** The admin port: health, version and metrics, for the kubelet and for Prometheus. Nothing here shows names or contents. */
import type { Express, Response } from "express";
import type { HealthCheck } from "../../telemetry/health-check.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { PullringMetrics } from "../../telemetry/pullring-metrics.ts";
import { createBareApp, finishApp, refuseMethod, sendText } from "../http-app.ts";

/** What the admin port shows. */
export interface AdminAppOptions {
  readonly checks: readonly HealthCheck[];
  readonly version: string;
  readonly metrics: Pick<PullringMetrics, "contentType" | "render">;
  readonly logger: Logger;
}

const INDEX = "pullring: /livez, /readyz, /version, /metrics\n";

/** Makes the app. */
export function createAdminApp({ checks, version, metrics, logger }: AdminAppOptions): Express {
  const app = createBareApp();
  const pages: Readonly<Record<string, (response: Response) => unknown>> = {
    "/": (response) => sendText(response, 200, INDEX),
    "/livez": (response) => sendText(response, 200, "ok\n"),
    "/readyz": (response) => {
      const unready = linesOf(checks, (check) => check.notReady());
      const isReady = unready.length === 0;
      const lines = isReady ? ["ok", ...linesOf(checks, (check) => check.problem())] : unready;
      sendText(response, isReady ? 200 : 503, `${lines.join("\n")}\n`);
    },
    "/version": (response) => response.json({ name: "pullring", version, node: process.version }),
    "/metrics": async (response) => {
      response.set("Content-Type", metrics.contentType).send(await metrics.render());
    },
  };
  for (const [path, show] of Object.entries(pages)) {
    app.get(path, (_request, response) => show(response));
    app.all(path, (_request, response) => refuseMethod(response, "GET, HEAD"));
  }
  finishApp(app, logger);
  return app;
}

/** One line `name: condition` for each check that has something to say. */
function linesOf(
  checks: readonly HealthCheck[],
  conditionOf: (check: HealthCheck) => string | undefined,
): readonly string[] {
  return checks.flatMap((check) => {
    const condition = conditionOf(check);
    return condition === undefined ? [] : [`${check.name}: ${condition}`];
  });
}
