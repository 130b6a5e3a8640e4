/**
 * The two objects that replicas share, in memory, with the API server's rules for resource versions. Each access may be held
 * back by a gate, so that tests choose the order in which replicas act. Outsiders change the objects by the methods of the cluster.
 */
import type { CaBundle, SharedSecret } from "../../../src/certificates/managed/ports.ts";

export type Data = Readonly<Record<string, string>>;

/** Waits until an access may happen; it then happens at once. */
export type Gate = () => Promise<void>;

export class MemoryCluster {
  /** undefined: there is no such Secret. */
  secret: { readonly data: Data; readonly version: number } | undefined;
  /** undefined: there is no such configuration. */
  bundle: { readonly pems: readonly string[]; readonly version: number } | undefined;
  /** Every content that the Secret ever had. */
  readonly backups: Data[] = [];
  /** Called after each change of the caBundle by a replica, with what stood there before. */
  onBundleWritten: (before: readonly string[]) => void = () => undefined;
  /** The API server's time. */
  serverTimeMs: () => number | undefined = () => undefined;
  /** Thrown by each access while it is set. */
  outage: Error | undefined;
  /** Thrown instead of writing the configuration while it is set. */
  bundleRefusal: Error | undefined;
  /** What the watch of the configuration lacks. */
  watchProblem: string | undefined;
  secretWrites = 0;
  bundleWrites = 0;
  #version = 0;
  readonly #watchers = new Set<() => void>();

  constructor() {
    this.setSecret({});
    this.setBundle("");
  }

  setSecret(data: Data | undefined): void {
    this.secret = data === undefined ? undefined : { data, version: ++this.#version };
    if (data !== undefined) this.backups.push(data);
  }

  setBundle(...pems: readonly string[]): void {
    this.bundle = { pems, version: ++this.#version };
    for (const notify of this.#watchers) notify();
  }

  /** The ports of one replica. */
  ports(gate: Gate = async () => undefined): { readonly secret: SharedSecret; readonly caBundle: CaBundle } {
    const enter = async () => {
      await gate();
      if (this.outage !== undefined) throw this.outage;
    };
    const readSecret: SharedSecret["read"] = async () => {
      await enter();
      const found = this.secret;
      if (found === undefined) return undefined;
      return {
        data: found.data,
        serverTimeMs: this.serverTimeMs(),
        replace: async (data) => {
          await enter();
          if (this.secret?.version !== found.version) return "conflict";
          this.secretWrites += 1;
          this.setSecret({ ...found.data, ...data });
          return "written";
        },
      };
    };
    const readBundle: CaBundle["read"] = async () => {
      await enter();
      const found = this.bundle;
      if (found === undefined) return undefined;
      return {
        bundles: found.pems,
        resourceVersion: String(found.version),
        serverTimeMs: this.serverTimeMs(),
        replace: async (pem) => {
          await enter();
          if (this.bundleRefusal !== undefined) throw this.bundleRefusal;
          if (this.bundle?.version !== found.version) return "conflict";
          this.bundleWrites += 1;
          this.setBundle(...found.pems.map(() => pem));
          this.onBundleWritten(found.pems);
          return "written";
        },
      };
    };
    const watch: CaBundle["watch"] = async (onChange, signal) => {
      this.#watchers.add(onChange);
      signal.addEventListener("abort", () => this.#watchers.delete(onChange), { once: true });
    };
    return {
      secret: { name: "Secret pullring/pullring-tls", read: readSecret },
      caBundle: { read: readBundle, watch, problem: () => this.watchProblem },
    };
  }
}
