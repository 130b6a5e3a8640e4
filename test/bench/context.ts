/** What every section of the benchmarks is given. */
import type { ServingCertificate } from "../e2e/webhook/serving-certificate.ts";
import type { LoadedCluster } from "./cluster.ts";
import type { Budget } from "./report.ts";

/** @see bench.ts */
export interface BenchContext {
  readonly brief: boolean;
  /** The bundle to compare with; undefined: none. */
  readonly against: string | undefined;
  /** The Node that runs pullring in the cluster. */
  readonly node: string;
  /** For files of the run. */
  readonly directory: string;
  /** What all targets serve. */
  readonly certificate: ServingCertificate;
  readonly budget: Budget;
  /** A control plane with credentials, the same for all sections that ask for it. */
  readonly cluster: () => Promise<LoadedCluster>;
}
