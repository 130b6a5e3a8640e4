/** Which images a Pod waits for, by what the kubelet writes into its status. The words of the container runtime play no part. */
import { arrayAt, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";

/**
 * Reasons with which a container waits for its image, or for that of a volume that it mounts. A name that is not valid and a
 * policy of Never are not among them: no credential helps there.
 * @see kubernetes pkg/kubelet/images/types.go, staging/src/k8s.io/cri-api/pkg/errors
 */
const WAITING_REASONS = new Set<unknown>(["ErrImagePull", "ImagePullBackOff", "RegistryUnavailable"]);

const LISTS = [
  ["initContainerStatuses", "initContainers"],
  ["containerStatuses", "containers"],
] as const;

/** Gives where they stand, as JSON pointers from the Pod spec: `/containers/0/image`. */
export function listWaitingImages(pod: JsonObject): readonly string[] {
  const volumes = arrayAt(pod, ["spec", "volumes"]);
  return LISTS.flatMap(([statuses, list]) => {
    const containers = arrayAt(pod, ["spec", list]);
    return arrayAt(pod, ["status", statuses])
      .filter(isWaiting)
      .flatMap((status) => {
        const index = indexOf(containers, memberOf(status, "name"));
        return index < 0 ? [] : [`/${list}/${index}/image`, ...listVolumeImages(containers[index], volumes)];
      });
  });
}

/**
 * Gives the name of an ephemeral container that waits for its image. It is not among the above, as another Pod would be without it.
 */
export function findWaitingEphemeral(pod: JsonObject): string | undefined {
  const statuses = arrayAt(pod, ["status", "ephemeralContainerStatuses"]);
  return stringOf(memberOf(statuses.find(isWaiting), "name"));
}

function isWaiting(status: unknown): boolean {
  return WAITING_REASONS.has(memberAt(status, ["state", "waiting", "reason"]));
}

function listVolumeImages(container: unknown, volumes: readonly unknown[]): readonly string[] {
  return arrayAt(container, ["volumeMounts"])
    .map((mount) => indexOf(volumes, memberOf(mount, "name")))
    .filter((index) => stringOf(memberAt(volumes[index], ["image", "reference"])) !== undefined)
    .map((index) => `/volumes/${index}/image/reference`);
}

function indexOf(elements: readonly unknown[], name: unknown): number {
  return elements.findIndex((element) => name !== undefined && memberOf(element, "name") === name);
}
