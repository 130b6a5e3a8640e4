/** What a running control plane offers to a test, and what a test can choose when it starts one. Types only. */
import type { ApiClient } from "./api-client.ts";
import type { AuditEvent } from "./audit-log.ts";
import type { KubeconfigUser } from "./kubeconfig.ts";
import type { KubectlOptions, KubectlResult } from "./kubectl.ts";
import type { ManagedProcess, ProcessOptions } from "./managed-process.ts";
import type { StaticUser } from "./plane-identities.ts";
import type { TokenOptions } from "./service-account-token.ts";

/** Choices of a test; all have defaults. */
export interface ControlPlaneOptions {
  /** IP address of this machine (or network namespace) that everything listens on; default `127.0.0.1`. */
  readonly address?: string;
  /** Keep an audit log (level Metadata); default false. */
  readonly auditLog?: boolean;
  /** Users that the API server knows by static tokens, besides the administrator. */
  readonly users?: readonly StaticUser[];
  /** Appended to our flags, so that they win over them, as `--enable-aggregator-routing=true`. */
  readonly apiServerFlags?: readonly string[];
  readonly controllerManagerFlags?: readonly string[];
  readonly etcdFlags?: readonly string[];
}

/** How the API server is to come back. */
export interface RestartOptions {
  /** Default SIGTERM: it closes watches and connections in order. SIGKILL cuts them. */
  readonly signal?: NodeJS.Signals;
  /** Come back with a certificate of another CA (the controller manager is restarted to trust it); default false. */
  readonly newCertificate?: boolean;
}

/** The three processes of a control plane. */
export interface PlaneProcesses {
  readonly etcd: ManagedProcess;
  readonly apiServer: ManagedProcess;
  readonly controllerManager: ManagedProcess;
}

/** etcd, kube-apiserver and a trimmed kube-controller-manager of one test, ready and with nobody else in it. */
export interface ControlPlane {
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
  /** The processes as they are now (the API server is another one after a restart). */
  processes(): PlaneProcesses;
  /** Writes a kubeconfig for another user and returns its path. `namespace` is that of its context; default `default`. */
  kubeconfigFor(user: KubeconfigUser, namespace?: string): string;
  /** The static token of one of `users`. @throws Error when it was not among them */
  userToken(name: string): string;
  /** A token of an existing ServiceAccount. @throws Error when there is none */
  serviceAccountToken(
    namespace: string,
    name: string,
    options?: Pick<TokenOptions, "expirationSeconds">,
  ): Promise<string>;
  /** Runs kubectl as the administrator, or as somebody else by `options`. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  /** Starts a process (a webhook server, a proxy) that ends, at the latest, with the control plane; log in `directory`/logs. */
  startProcess(options: ProcessOptions): ManagedProcess;
  /** Stops the API server and leaves it down. @param signal default SIGTERM */
  stopApiServer(signal?: NodeJS.Signals): Promise<void>;
  /** Starts the stopped API server at the same address and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Stops and starts the API server. */
  restartApiServer(options?: RestartOptions): Promise<void>;
  /** Stops etcd in its tracks (SIGSTOP): connections stay open and nothing is answered. */
  pauseEtcd(): void;
  /** Lets a paused etcd go on. */
  resumeEtcd(): void;
  /** Compacts etcd's history, for `410 Gone`; returns the revision up to which. See {@link compactEtcd} in etcd.ts. */
  compactEtcd(): Promise<number>;
  /** The audit events so far. @throws Error without `auditLog` */
  auditEvents(): readonly AuditEvent[];
  /** Ends everything, removes the directory, and returns when that is done. Calling it again changes nothing. */
  stop(): Promise<void>;
}
