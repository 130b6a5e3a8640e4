/** The processes of one control plane and what a test does with them. It must leave every clean-up to the watchdog. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../../wait-until.ts";
import type { BinaryName } from "../binaries/go-module.ts";
import { type ApiClient, createApiClient } from "./api-client.ts";
import {
  type ApiServerOptions,
  apiServerProcess,
  removeServingCertificate,
  waitUntilReady,
} from "./api-server.ts";
import { type AuditEvent, readAuditEvents } from "./audit-log.ts";
import type { ControlPlane, PlaneProcesses, RestartOptions } from "./control-plane.ts";
import { controllerManagerProcess } from "./controller-manager.ts";
import { compactEtcd, etcdProcess } from "./etcd.ts";
import { type KubeconfigUser, kubeconfigText } from "./kubeconfig.ts";
import { type KubectlOptions, type KubectlResult, runKubectl } from "./kubectl.ts";
import { type ManagedProcess, type ProcessOptions, startProcess } from "./managed-process.ts";
import { requestToken, type TokenOptions } from "./service-account-token.ts";
import type { Watchdog } from "./watchdog.ts";

/** Everything that is decided before the first process starts, and never changes after. */
export interface PlaneSetup
  extends Pick<ApiServerOptions, "address" | "port" | "etcdUrl" | "identities" | "audit"> {
  readonly binaries: Readonly<Record<Exclude<BinaryName, "helm" | "kubeconform">, string>>;
  readonly watchdog: Watchdog;
  readonly url: string;
  readonly caFile: string;
  readonly apiServerFlags: readonly string[];
  readonly controllerManagerFlags: readonly string[];
  readonly etcdFlags: readonly string[];
}

/** A control plane; {@link start} must be called once before anything else. */
export class RunningPlane implements ControlPlane {
  readonly url: string;
  readonly caFile: string;
  readonly directory: string;
  readonly adminKubeconfig: string;
  readonly api: ApiClient;
  readonly #setup: PlaneSetup;
  readonly #processes: Partial<Record<keyof PlaneProcesses, ManagedProcess>> = {};

  constructor(setup: PlaneSetup) {
    this.#setup = setup;
    this.url = setup.url;
    this.caFile = setup.caFile;
    this.directory = setup.watchdog.directory;
    mkdirSync(join(this.directory, "kubeconfigs"));
    this.adminKubeconfig = this.kubeconfigFor({ token: setup.identities.adminToken });
    this.api = createApiClient({ url: setup.url, caFile: setup.caFile, token: setup.identities.adminToken });
  }

  /** Starts all processes. @throws Error when one ends before it is ready */
  async start(): Promise<void> {
    const { binaries, etcdUrl, etcdFlags } = this.#setup;
    const etcd = { binary: binaries.etcd, directory: this.directory, url: etcdUrl, extraFlags: etcdFlags };
    this.#processes.etcd = this.startProcess(etcdProcess(etcd));
    const apiServer = this.#startApiServerProcess();
    // The controller manager starts as soon as it has a CA to trust, beside the API server: that halves the time.
    await waitUntil("the serving certificate", () => existsSync(this.caFile) || !apiServer.isRunning());
    this.#startControllerManager();
    await this.#waitUntilReady();
    const account = "/api/v1/namespaces/default/serviceaccounts/default";
    await waitUntil(
      "the ServiceAccount of namespace default",
      async () => (await this.api.request("GET", account)).status === 200,
    );
  }

  processes(): PlaneProcesses {
    const { etcd, apiServer, controllerManager } = this.#processes;
    if (!etcd || !apiServer || !controllerManager) throw new Error("the control plane was not started");
    return { etcd, apiServer, controllerManager };
  }

  kubeconfigFor(user: KubeconfigUser, namespace = "default"): string {
    const { url, caFile, identities } = this.#setup;
    const path = join(this.directory, "kubeconfigs", `${randomUUID()}.json`);
    writeFileSync(path, kubeconfigText({ url, caFile, adminToken: identities.adminToken, namespace }, user));
    return path;
  }

  userToken(name: string): string {
    const token = this.#setup.identities.userTokens.get(name);
    if (token === undefined) throw new Error(`the control plane was started without user ${name}`);
    return token;
  }

  serviceAccountToken(
    namespace: string,
    name: string,
    options: Pick<TokenOptions, "expirationSeconds"> = {},
  ): Promise<string> {
    const key = this.#setup.identities.serviceAccountKey;
    return requestToken(this.api, key, { namespace, name, ...options });
  }

  kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlResult> {
    const binary = this.#setup.binaries.kubectl;
    const command = { binary, kubeconfig: this.adminKubeconfig, home: this.directory };
    return runKubectl(command, args, options);
  }

  startProcess(options: ProcessOptions): ManagedProcess {
    return startProcess(this.directory, options);
  }

  async stopApiServer(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.processes().apiServer.end(signal);
  }

  async startApiServer(): Promise<void> {
    this.#startApiServerProcess();
    await this.#waitUntilReady();
  }

  async restartApiServer(options: RestartOptions = {}): Promise<void> {
    await this.stopApiServer(options.signal);
    if (options.newCertificate) {
      removeServingCertificate(this.directory);
      this.api.reconnect();
      await this.processes().controllerManager.end("SIGKILL");
    }
    await this.startApiServer();
    if (options.newCertificate) this.#startControllerManager();
  }

  pauseEtcd(): void {
    this.processes().etcd.signal("SIGSTOP");
  }

  resumeEtcd(): void {
    this.processes().etcd.signal("SIGCONT");
  }

  compactEtcd(): Promise<number> {
    return compactEtcd(this.#setup.etcdUrl);
  }

  auditEvents(): readonly AuditEvent[] {
    if (this.#setup.audit === undefined) throw new Error("the control plane was started without auditLog");
    return readAuditEvents(this.#setup.audit.logFile);
  }

  async stop(): Promise<void> {
    this.api.reconnect();
    await this.#setup.watchdog.end();
  }

  #startApiServerProcess(): ManagedProcess {
    const { binaries, apiServerFlags } = this.#setup;
    const command = apiServerProcess({
      ...this.#setup,
      binary: binaries["kube-apiserver"],
      directory: this.directory,
      extraFlags: apiServerFlags,
    });
    const apiServer = this.startProcess(command);
    this.#processes.apiServer = apiServer;
    return apiServer;
  }

  #waitUntilReady(): Promise<void> {
    const { etcd, apiServer } = this.processes();
    return waitUntilReady([etcd, apiServer], this.api);
  }

  #startControllerManager(): void {
    const { binaries, identities, controllerManagerFlags } = this.#setup;
    const command = controllerManagerProcess({
      binary: binaries["kube-controller-manager"],
      kubeconfig: this.kubeconfigFor({ token: identities.controllerManagerToken }),
      caFile: this.caFile,
      extraFlags: controllerManagerFlags,
    });
    this.#processes.controllerManager = this.startProcess(command);
  }
}
