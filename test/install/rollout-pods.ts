/**
 * Runs replicas as a kubelet runs the Pods of the Deployment: the readiness probe, SIGTERM and the grace period of the
 * manifest, a container that ended started again. It knows no Service and sends no review.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessEnd } from "../e2e/control-plane/managed-process.ts";
import { onlyOf } from "../manifests/manifest.ts";
import { waitUntil } from "../wait-until.ts";
import type { InstalledService } from "./installed-service.ts";
import { type Replica, startReplica } from "./replica.ts";

/** How often a kubelet checks whether containers have ended (its PLEG relist period), in milliseconds. */
const RELIST_MS = 1_000;

interface DeploymentSpec {
  readonly template: {
    readonly spec: {
      readonly terminationGracePeriodSeconds: number;
      readonly containers: readonly [
        {
          readonly lifecycle?: unknown;
          readonly readinessProbe: Readonly<Record<"periodSeconds" | "timeoutSeconds" | "failureThreshold", number>>;
        },
      ];
    };
  };
}

/** A Pod with its one container. */
export interface RolloutPod {
  readonly address: string;
  /** What the kubelet last said of its readiness. */
  isReady(): boolean;
  /** Whether it has been deleted. */
  isTerminating(): boolean;
  /** Everything that its containers logged. */
  readLog(): string;
}

/** Called at each change. */
export type ChangeListener = (pods: readonly RolloutPod[]) => void;

/** The Pods of one node; `onChange` hears of every readiness, deletion and end. */
export class RolloutPods {
  readonly #installed: InstalledService;
  readonly #spec: DeploymentSpec["template"]["spec"];
  readonly #onChange: ChangeListener;
  readonly #pods = new Set<KubeletPod>();
  #count = 0;

  constructor(installed: InstalledService, onChange: ChangeListener) {
    const { template } = onlyOf(installed.manifests, "Deployment").spec as DeploymentSpec;
    if (template.spec.containers[0].lifecycle) throw new Error("hooks of a container are not run here");
    this.#installed = installed;
    this.#spec = template.spec;
    this.#onChange = onChange;
  }

  /** Those that were not deleted, oldest first. */
  running(): readonly RolloutPod[] {
    return [...this.#pods].filter((pod) => !pod.isTerminating());
  }

  /** Creates a Pod at one of `addresses` that no other has, and waits until it is ready. */
  async create(addresses: readonly string[]): Promise<RolloutPod> {
    const address = addresses.find((free) => [...this.#pods].every((pod) => pod.address !== free));
    if (address === undefined) throw new Error("every address has a Pod");
    const name = `pod-${++this.#count}`;
    const onChange = (): void => this.#onChange([...this.#pods]);
    const start = (): Promise<Replica> =>
      startReplica(this.#installed.plane, { name, kubeconfig: this.#installed.kubeconfig, address });
    const pod = new KubeletPod({ address, start, spec: this.#spec, onChange });
    this.#pods.add(pod);
    void pod.run();
    await waitUntil(`${name} to be ready`, () => pod.isReady(), { timeoutMs: 120_000 });
    return pod;
  }

  /** Deletes a Pod: SIGTERM at once, while the endpoints still hold it. @returns how it ended; by SIGKILL after its grace period */
  async delete(pod: RolloutPod): Promise<ProcessEnd> {
    const found = this.#find(pod);
    const end = await found.terminate();
    this.#pods.delete(found);
    this.#onChange([...this.#pods]);
    return end;
  }

  /** Kills the container of a Pod; the kubelet starts another in its place. Returns when that is ready. */
  async crash(pod: RolloutPod): Promise<void> {
    const found = this.#find(pod);
    await found.kill();
    await waitUntil("the end to be noticed", () => !pod.isReady());
    await waitUntil("the new container to be ready", () => pod.isReady(), { timeoutMs: 120_000 });
  }

  #find(pod: RolloutPod): KubeletPod {
    const found = [...this.#pods].find((known) => known === pod);
    if (found === undefined) throw new Error(`no Pod at ${pod.address}`);
    return found;
  }
}

interface KubeletPodOptions {
  readonly address: string;
  readonly start: () => Promise<Replica>;
  readonly spec: DeploymentSpec["template"]["spec"];
  readonly onChange: () => void;
}

class KubeletPod implements RolloutPod {
  readonly address: string;
  readonly #options: KubeletPodOptions;
  #replica: Replica | undefined;
  #isReady = false;
  #isTerminating = false;

  constructor(options: KubeletPodOptions) {
    this.address = options.address;
    this.#options = options;
  }

  isReady(): boolean {
    return this.#isReady;
  }

  isTerminating(): boolean {
    return this.#isTerminating;
  }

  readLog(): string {
    return this.#replica?.process.readLog() ?? "";
  }

  /** Keeps a container running and probed until the Pod is deleted. */
  async run(): Promise<void> {
    while (!this.#isTerminating) {
      this.#replica = await this.#options.start();
      await this.#probeUntilEnd(this.#replica);
      await sleep(this.#isTerminating ? 0 : RELIST_MS);
      this.#setReady(false);
    }
  }

  async terminate(): Promise<ProcessEnd> {
    this.#isTerminating = true;
    this.#options.onChange();
    const { process } = this.#started();
    const late = AbortSignal.timeout(this.#options.spec.terminationGracePeriodSeconds * 1_000);
    late.addEventListener("abort", () => process.signal("SIGKILL"));
    return process.end("SIGTERM");
  }

  async kill(): Promise<void> {
    await this.#started().process.end("SIGKILL");
  }

  #started(): Replica {
    if (this.#replica === undefined) throw new Error(`the Pod at ${this.address} was not started`);
    return this.#replica;
  }

  async #probeUntilEnd(replica: Replica): Promise<void> {
    const { periodSeconds, timeoutSeconds, failureThreshold } = this.#options.spec.containers[0].readinessProbe;
    let failures = 0;
    while (replica.process.isRunning()) {
      const timeout = sleep(timeoutSeconds * 1_000, undefined, { ref: false });
      const answer = await Promise.race([replica.readiness(), timeout]);
      failures = answer?.status === 200 ? 0 : failures + 1;
      if (failures === 0) this.#setReady(true);
      if (failures >= failureThreshold) this.#setReady(false);
      await Promise.race([replica.process.ended, sleep(periodSeconds * 1_000, undefined, { ref: false })]);
    }
  }

  #setReady(isReady: boolean): void {
    if (isReady === this.#isReady) return;
    this.#isReady = isReady;
    this.#options.onChange();
  }
}
