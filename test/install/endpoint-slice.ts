/** What the endpoint slice controller writes for the Service of the manifests; there is none in the control planes of tests. */

/** A Pod as an EndpointSlice names it. */
export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: {
    readonly ready: boolean;
    readonly serving?: boolean;
    readonly terminating?: boolean;
  };
}

const NAME = "pullring-test";

/** Path of the slice in the API. */
export const SLICE_PATH: string = `/apis/discovery.k8s.io/v1/namespaces/pullring/endpointslices/${NAME}`;

/** The slice with `endpoints`, which listen on `port`. */
export function endpointSlice(endpoints: readonly Endpoint[], port: number): object {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: NAME, namespace: "pullring", labels: { "kubernetes.io/service-name": "pullring" } },
    addressType: "IPv4",
    endpoints,
    ports: [{ name: "https", port, protocol: "TCP" }],
  };
}
