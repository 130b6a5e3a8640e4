/**
 * Runs replicas as a kubelet runs the Pods of the Deployment: the readiness probe, SIGTERM and the grace period of the
 * manifest, a container that ended started again. It knows no Service and sends no review.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessEnd } from "../e2e/control-plane/managed-process.ts";
import { at, onlyOf } from "../manifests/manifest.ts";
import { waitUntil } from "../wait-until.ts";
import type { InstalledService } from "./installed-service.ts";
import { type Replica, startReplica } from "./replica.ts";

/** How often a kubelet checks whether containers have ended (its PLEG relist period), in milliseconds. */
const RELIST_MS = 1_000;

interface PodSettings {
  readonly terminationGracePeriodSeconds: number;
  readonly probe: Readonly<Record<"periodSeconds" | "timeoutSeconds" | "failureThreshold", number>>;
}

/** The Pods of one node; `onChange` hears of every readiness, deletion and end. */
export class RolloutPods {
  readonly #installed: InstalledService;
  readonly #settings: PodSettings;
  readonly #onChange: (pods: readonly RolloutPod[]) => void;
  readonly #pods = new Set<RolloutPod>();
  #count = 0;

  constructor(installed: InstalledService, onChange: (pods: readonly RolloutPod[]) => void) {
    const spec = at(onlyOf(installed.manifests, "Deployment"), "spec.template.spec");
    if (at(spec, "containers.0.lifecycle")) throw new Error("hooks of a container are not run here");
    this.#installed = installed;
    this.#settings = {
      terminationGracePeriodSeconds: at(spec, "terminationGracePeriodSeconds"),
      probe: at(spec, "containers.0.readinessProbe"),
    };
    this.#onChange = onChange;
  }

  /** Those that were not deleted, oldest first. */
  running(): readonly RolloutPod[] {
    return [...this.#pods].filter((pod) => !pod.isTerminating);
  }

  /** Creates a Pod at one of `addresses` that no other has, and waits until it is ready. */
  async create(addresses: readonly string[]): Promise<void> {
    const address = addresses.find((free) => [...this.#pods].every((pod) => pod.address !== free));
    if (address === undefined) throw new Error("every address has a Pod");
    const { plane, kubeconfig } = this.#installed;
    const name = `pod-${++this.#count}`;
    const start = (): Promise<Replica> => startReplica(plane, { name, kubeconfig, address });
    const pod = new RolloutPod(address, start, this.#settings, () => this.#onChange([...this.#pods]));
    this.#pods.add(pod);
    void pod.run();
    await waitUntil(`${name} to be ready`, () => pod.isReady, { timeoutMs: 120_000 });
  }

  /** Deletes a Pod: SIGTERM at once, while the endpoints still hold it. @returns how it ended; by SIGKILL after its grace period */
  async delete(pod: RolloutPod): Promise<ProcessEnd> {
    const end = await pod.terminate();
    this.#pods.delete(pod);
    this.#onChange([...this.#pods]);
    return end;
  }
}

/** A Pod with its one container. */
export class RolloutPod {
  readonly address: string;
  readonly #start: () => Promise<Replica>;
  readonly #settings: PodSettings;
  readonly #onChange: () => void;
  #replica: Replica | undefined;
  #isReady = false;
  #isTerminating = false;

  constructor(address: string, start: () => Promise<Replica>, settings: PodSettings, onChange: () => void) {
    this.address = address;
    this.#start = start;
    this.#settings = settings;
    this.#onChange = onChange;
  }

  /** What the kubelet last said of its readiness. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether it has been deleted. */
  get isTerminating(): boolean {
    return this.#isTerminating;
  }

  /** Keeps a container running and probed until the Pod is deleted. */
  async run(): Promise<void> {
    while (!this.#isTerminating) {
      this.#replica = await this.#start();
      await this.#probeUntilEnd(this.#replica);
      await sleep(this.#isTerminating ? 0 : RELIST_MS);
      this.#setReady(false);
    }
  }

  async terminate(): Promise<ProcessEnd> {
    this.#isTerminating = true;
    this.#onChange();
    const { process } = this.#started();
    const late = AbortSignal.timeout(this.#settings.terminationGracePeriodSeconds * 1_000);
    late.addEventListener("abort", () => process.signal("SIGKILL"));
    return process.end("SIGTERM");
  }

  /** Kills the container; the kubelet starts another in its place. Returns when that is ready. */
  async crash(): Promise<void> {
    await this.#started().process.end("SIGKILL");
    await waitUntil("the end to be noticed", () => !this.#isReady);
    await waitUntil("the new container to be ready", () => this.#isReady, { timeoutMs: 120_000 });
  }

  #started(): Replica {
    if (this.#replica === undefined) throw new Error(`the Pod at ${this.address} was not started`);
    return this.#replica;
  }

  async #probeUntilEnd(replica: Replica): Promise<void> {
    const { periodSeconds, timeoutSeconds, failureThreshold } = this.#settings.probe;
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
    this.#onChange();
  }
}
