/** `pullring doctor`: whether pullring is installed rightly, and what is wrong in the cluster. It changes nothing. */
import { setTimeout as sleep } from "node:timers/promises";
import { ownWebhooks } from "../../core/admission/webhook-selection.ts";
import { argumentsOf, type InstallationFacts } from "../../core/doctor/installation.ts";
import { readArguments } from "../../core/doctor/rights.ts";
import type { CommandContext } from "../command.ts";
import { ClusterReader } from "../explain/cluster-reader.ts";
import { createPaint } from "../explain/text-table.ts";
import { sendCanary } from "./canary.ts";
import { readInstallation } from "./installation-reader.ts";
import type { DoctorOptions } from "./options.ts";
import { checksOf, type DoctorCheck, renderChecks, statusOf } from "./report.ts";
import { takeSurvey } from "./survey.ts";

/** A large cluster takes some hundred requests, and the API server has others to serve. */
const LIMITS = { timeoutMs: 600_000, requestsPerSecond: 20 };
/** Between two looks. */
const WATCH_MS = 5_000;
/** How often a person sees that it goes on. */
const PROGRESS_MS = 500;

/**
 * Examines the cluster.
 * @returns 0 when all is well, 1 when a person has to act, 2 when something could not be asked
 * @throws ConfigError when there is no cluster to ask
 */
export async function doctor(options: DoctorOptions, context: CommandContext): Promise<number> {
  let shown: readonly string[] = [];
  for (;;) {
    const checks = await examine(options, context);
    const texts = options.output === "json" ? [formatJson(checks)] : renderChecks(checks, createPaint(context.stdout));
    // What was told already is told again only where something of that check has changed.
    const news = texts.filter((text) => !shown.includes(text));
    context.stdout.write(news.join(""));
    shown = texts;
    const status = statusOf(checks);
    if (options.watch !== true || status === 0) return status;
    await sleep(WATCH_MS);
  }
}

async function examine(options: DoctorOptions, context: CommandContext): Promise<readonly DoctorCheck[]> {
  const reader = await ClusterReader.open(options, "name a kubeconfig with --kubeconfig", LIMITS);
  const endProgress = showProgress(reader, context);
  try {
    const installation = await readInstallation(reader);
    const canary = await sendCanary(reader, options.namespace ?? reader.namespace ?? "default", installation);
    const survey = await takeSurvey(reader, {
      namespace: options.allNamespaces === true ? undefined : options.namespace,
      labelSelector: options.selector,
      webhooks: installation.configurations.value?.flatMap(ownWebhooks),
      sharedNamespace: sharedNamespaceOf(installation),
    });
    return checksOf({ installation, canary, survey, errors: reader.errors });
  } finally {
    endProgress();
    reader.close();
  }
}

/** As one of the processes is told. */
function sharedNamespaceOf({ deployments }: InstallationFacts): string | undefined {
  return deployments?.value
    ?.map((deployment) => readArguments(argumentsOf(deployment), "")?.sharedNamespace)
    .find((name) => name !== undefined);
}

function formatJson(checks: readonly DoctorCheck[]): string {
  return `${JSON.stringify({ checks })}\n`;
}

/** Shows on a terminal how far it is. @returns what ends that */
function showProgress(reader: ClusterReader, { columns, stderr }: CommandContext): () => void {
  if (columns === undefined) return () => undefined;
  const timer = setInterval(() => stderr.write(`\rreading the cluster: ${reader.requests} requests`), PROGRESS_MS);
  return () => {
    clearInterval(timer);
    stderr.write("\r\u001b[K");
  };
}
