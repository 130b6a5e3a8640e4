/** The scenes of the demo: a manifest each, what it shows, and what the story says must come back. */

/** One scene. */
export interface Scene {
  readonly title: string;
  readonly explanation: string;
  /** File in manifests/examples/workloads. */
  readonly manifest: string;
  /** Names in the object's list of pull secrets after the patch, the audit annotations, and how many warnings a person sees. */
  readonly expected: {
    readonly imagePullSecrets: readonly string[];
    readonly auditAnnotations: Readonly<Record<string, string>>;
    readonly warnings: number;
  };
}

export const SCENES: readonly Scene[] = [
  {
    title: "A Pod with a private image and nothing else",
    explanation:
      "The Secret testquay of its namespace has a key for quay.io, so the kubelet would use it: it is added.",
    manifest: "pod.yml",
    expected: { imagePullSecrets: ["testquay"], auditAnnotations: { injected: "testquay" }, warnings: 0 },
  },
  {
    title: "A Deployment with a private image and a public one",
    explanation:
      "Only testquay is needed. No credential is for registry.k8s.io, and as one Secret of the namespace cannot be read, " +
      "the person who asked gets a warning: it might have been the one.",
    manifest: "deployment.yaml",
    expected: { imagePullSecrets: ["testquay"], auditAnnotations: { injected: "testquay" }, warnings: 1 },
  },
  {
    title: "A Pod that needs nothing",
    explanation: "Its own list serves its image already. What a person wrote is never touched.",
    manifest: "pod-with-its-own-list.yaml",
    expected: { imagePullSecrets: ["testquay"], auditAnnotations: { skipped: "already-served" }, warnings: 0 },
  },
  {
    title: "A Pod that asks to be left alone",
    explanation: 'The label pullring.dev/inject: "false" opts it out.',
    manifest: "opted-out.yaml",
    expected: { imagePullSecrets: [], auditAnnotations: { skipped: "opted-out" }, warnings: 0 },
  },
];
