/** What every section of the benchmarks is given. */
import type { LoadedCluster } from "./cluster/loaded-cluster.ts";
import type { CertificateFiles } from "./commands.ts";
import type { Effort } from "./cpu-per-request.ts";
import type { LoadProcess } from "./load-process.ts";

/** @see bench.ts */
export interface BenchContext {
  readonly load: LoadProcess;
  /** PEM of the CA that signed the certificate. */
  readonly ca: string;
  readonly certificate: CertificateFiles & { readonly ca: string };
  /** A directory for files of the run. */
  readonly directory: string;
  readonly effort: Effort;
  /** A control plane with credentials, the same for all sections that ask for it. */
  readonly cluster: () => Promise<LoadedCluster>;
  readonly brief: boolean;
}
