/** Stands for the replicas behind pullring's Service, which no Pod of a control plane without a node is. */

/** The collection of the slices. */
export const ENDPOINT_SLICES = "/apis/discovery.k8s.io/v1/namespaces/pullring/endpointslices";

/** A slice with one endpoint. @param ready absent where it is not said, which counts as ready */
export function endpointSliceOf(ready?: boolean): object {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "pullring-1", labels: { "kubernetes.io/service-name": "pullring" } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["192.0.2.2"], conditions: { ready } }],
  };
}
