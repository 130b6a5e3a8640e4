/**
 * A real control plane (etcd, kube-apiserver, a trimmed kube-controller-manager) of one test, run as an unprivileged user on
 * free ports and in a temporary directory. Every clean-up is left to the watchdog.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { waitUntil } from "../../wait-until.ts";
import { findBinaries } from "../binaries/find.ts";
import { waitForAccount } from "../webhook/namespace.ts";
import { ApiClient } from "./api-client.ts";
import { type AuditEvent, auditFlags, readAuditEvents } from "./audit-log.ts";
import { freePort } from "./free-port.ts";
import { kubeconfigText } from "./kubeconfig.ts";
import { type ManagedProcess, type ProcessOptions, processEnvironment, startProcess } from "./managed-process.ts";
import { ADMIN, CONTROLLER_MANAGER, createIdentities, type StaticUser, signToken } from "./plane-identities.ts";
import { apiServerProcess, controllerManagerProcess, etcdProcess, type PlaneSetup } from "./plane-processes.ts";
import { startWatchdog } from "./watchdog.ts";

/** Choices of a test; all have defaults. */
export interface ControlPlaneOptions {
  /** Where the API server listens; default 127.0.0.1, which no Pod can reach. */
  readonly address?: string;
  /** Keep an audit log (level Metadata); default false. */
  readonly auditLog?: boolean;
  /** Users that the API server knows by static tokens, besides the administrator. */
  readonly users?: readonly StaticUser[];
  /** Appended to our flags, so that they win over them, as `--enable-aggregator-routing=true`. */
  readonly apiServerFlags?: readonly string[];
  readonly controllerManagerFlags?: readonly string[];
}

/**
 * Returns when the API server is ready and namespace `default` has its ServiceAccount, so that Pods can be created.
 * The first call on a machine may build the binaries, which takes minutes.
 * @throws Error when a binary cannot be had or a process ends at its start; nothing is left behind then
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = await findBinaries(["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"]);
  const watchdog = startWatchdog();
  try {
    const { directory } = watchdog;
    const [port, etcdPort] = [await freePort(), await freePort()];
    const plane = new ControlPlane({
      binaries,
      watchdog,
      port,
      url: `https://${options.address ?? "127.0.0.1"}:${port}`,
      etcdUrl: `http://127.0.0.1:${etcdPort}`,
      caFile: join(directory, "apiserver", "apiserver.crt"),
      identities: createIdentities(directory, options.users ?? []),
      apiServerFlags: [...(options.auditLog ? auditFlags(directory) : []), ...(options.apiServerFlags ?? [])],
      controllerManagerFlags: options.controllerManagerFlags ?? [],
    });
    await plane.start();
    return plane;
  } catch (error) {
    await watchdog.end();
    throw error;
  }
}

/** A running control plane with nobody else in it. @see startControlPlane */
export class ControlPlane {
  /** `https://ADDRESS:PORT`; stays the same over restarts. */
  readonly url: string;
  /** PEM file of the CA of `url`; rewritten when the certificate is replaced. */
  readonly caFile: string;
  /** Temporary directory (mode 0700) of everything; removed at the end. Tests may keep files there. */
  readonly directory: string;
  /** Path of a kubeconfig of the administrator. */
  readonly adminKubeconfig: string;
  /** JSON client of the administrator. */
  readonly api: ApiClient;
  readonly #setup: PlaneSetup;
  readonly #processes: Partial<Record<"etcd" | "apiServer" | "controllerManager", ManagedProcess>> = {};

  constructor(setup: PlaneSetup) {
    this.url = setup.url;
    this.caFile = setup.caFile;
    this.directory = setup.watchdog.directory;
    this.#setup = setup;
    mkdirSync(join(this.directory, "kubeconfigs"));
    this.adminKubeconfig = this.kubeconfigFor(ADMIN);
    this.api = new ApiClient({ url: setup.url, caFile: setup.caFile, token: this.userToken(ADMIN) });
  }

  /** Starts all processes, once. @throws Error when one ends before it is ready */
  async start(): Promise<void> {
    this.#processes.etcd = this.startProcess(etcdProcess(this.#setup));
    const apiServer = this.#startApiServerProcess();
    // The controller manager starts as soon as it has a CA to trust, beside the API server: that halves the time.
    await waitUntil("the serving certificate", () => existsSync(this.caFile) || !apiServer.isRunning());
    this.#startControllerManager();
    await this.#waitUntilReady();
    await waitForAccount(this.api, "default");
  }

  /** The processes as they are now (the API server is another one after a restart). */
  processes(): Readonly<Record<"etcd" | "apiServer" | "controllerManager", ManagedProcess>> {
    const { etcd, apiServer, controllerManager } = this.#processes;
    if (!etcd || !apiServer || !controllerManager) throw new Error("the control plane was not started");
    return { etcd, apiServer, controllerManager };
  }

  /** Writes a kubeconfig for one of `users` and returns its path. */
  kubeconfigFor(name: string): string {
    const path = join(this.directory, "kubeconfigs", `${randomUUID()}.json`);
    writeFileSync(path, kubeconfigText(this.#setup, { token: this.userToken(name) }));
    return path;
  }

  /** The static token of one of `users`. @throws Error when it was not among them */
  userToken(name: string): string {
    const token = this.#setup.identities.tokens.get(name);
    if (token === undefined) throw new Error(`the control plane was started without user ${name}`);
    return token;
  }

  /** A token of an existing ServiceAccount. @throws Error when there is none */
  async serviceAccountToken(namespace: string, name: string, expirationSeconds = 3_600): Promise<string> {
    const { metadata } = await this.api.expect("GET", `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`);
    const options = { namespace, name, uid: metadata.uid, expirationSeconds };
    return signToken(this.#setup.identities.serviceAccountKey, options);
  }

  /** Runs kubectl as the administrator. @param input for `-f -` @throws Error with what it printed when it fails, or in a minute */
  async kubectl(args: readonly string[], input: string | object = ""): Promise<{ stdout: string; stderr: string }> {
    const env = { ...processEnvironment(), HOME: this.directory, KUBECONFIG: this.adminKubeconfig };
    const options = { env, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 };
    const running = promisify(execFile)(this.#setup.binaries.kubectl, args, options);
    // kubectl may end without having read its input; the status counts, not the broken pipe.
    running.child.stdin?.on("error", () => {}).end(typeof input === "string" ? input : JSON.stringify(input));
    return running;
  }

  /** Starts a process (a webhook server, a proxy) that ends, at the latest, with the control plane; log in `directory`/logs. */
  startProcess(options: ProcessOptions): ManagedProcess {
    return startProcess(this.directory, options);
  }

  /**
   * Stops and starts the API server, at the same address, and waits until it is ready. SIGTERM closes watches and connections
   * in order, SIGKILL cuts them.
   * @param options `newCertificate`: come back with a certificate of another CA, which the controller manager will trust
   */
  async restartApiServer(options: { signal?: NodeJS.Signals; newCertificate?: boolean } = {}): Promise<void> {
    const { apiServer, controllerManager } = this.processes();
    await apiServer.end(options.signal);
    if (options.newCertificate) {
      rmSync(dirname(this.caFile), { recursive: true, force: true });
      this.api.reconnect();
      await controllerManager.end("SIGKILL");
    }
    this.#startApiServerProcess();
    await this.#waitUntilReady();
    if (options.newCertificate) this.#startControllerManager();
  }

  /** Stops etcd in its tracks (SIGSTOP): connections stay open and nothing is answered. */
  pauseEtcd(): void {
    this.processes().etcd.signal("SIGSTOP");
  }

  /** Lets a paused etcd go on. */
  resumeEtcd(): void {
    this.processes().etcd.signal("SIGCONT");
  }

  /**
   * Compacts etcd up to its present revision. Reading or watching from an older one is then `410 Gone` where etcd is asked;
   * the API server's cache goes on answering from its own history until the API server is restarted.
   * @see etcd api/etcdserverpb/rpc.proto, served as JSON by etcd's gRPC gateway
   */
  async compactEtcd(): Promise<void> {
    const post = async (path: string, body: object): Promise<{ header?: { revision?: string } }> => {
      const response = await fetch(this.#setup.etcdUrl + path, { method: "POST", body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${path}: status ${response.status}: ${await response.text()}`);
      return (await response.json()) as { header?: { revision?: string } };
    };
    const { header } = await post("/v3/kv/range", { key: Buffer.from("/").toString("base64"), limit: "1" });
    await post("/v3/kv/compaction", { revision: header?.revision, physical: true });
  }

  /** The audit events so far. @throws Error without `auditLog` */
  auditEvents(): readonly AuditEvent[] {
    return readAuditEvents(this.directory);
  }

  /** Ends everything, removes the directory, and returns when that is done. Calling it again changes nothing. */
  async stop(): Promise<void> {
    this.api.reconnect();
    await this.#setup.watchdog.end();
  }

  #startApiServerProcess(): ManagedProcess {
    this.#processes.apiServer = this.startProcess(apiServerProcess(this.#setup));
    return this.#processes.apiServer;
  }

  #startControllerManager(): void {
    const kubeconfig = this.kubeconfigFor(CONTROLLER_MANAGER);
    this.#processes.controllerManager = this.startProcess(controllerManagerProcess(this.#setup, kubeconfig));
  }

  /** @throws Error with the end of its log when the API server or its etcd ends */
  async #waitUntilReady(): Promise<void> {
    const { etcd, apiServer } = this.processes();
    await waitUntil("/readyz of kube-apiserver", async () => {
      const ended = [etcd, apiServer].find((process) => !process.isRunning());
      if (ended) throw new Error(`${ended.name} ended at its start:\n${ended.readLog().slice(-2_000)}`);
      const answer = await this.api.request("GET", "/readyz").catch(() => undefined);
      return answer?.status === 200;
    });
  }
}
