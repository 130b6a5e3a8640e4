/** Finds the images that the containers and the image volumes of a Pod spec will pull. */
import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "../json-value.ts";

/** One use of an image. */
export interface PodImage {
  /** Name of the container; null for an image volume and for a container without a name. */
  readonly container: string | null;
  /** Where the image stands, as a JSON pointer from the Pod spec: `/containers/0/image`. */
  readonly pointer: string;
  /** As written. */
  readonly image: string;
}

/** Each list of a Pod spec with the path of the image in its elements, in the order of the images. */
const LISTS = [
  ["initContainers", ["image"]],
  ["containers", ["image"]],
  ["ephemeralContainers", ["image"]],
  ["volumes", ["image", "reference"]],
] as const;

/**
 * Lists the images of a Pod spec: init containers, containers, ephemeral containers, image volumes, each in order. Containers
 * without the member (templates may have them) are left out.
 * @returns undefined when a list or a member of it has the wrong type
 * @see kubernetes pkg/kubelet/kuberuntime (the same Secrets serve all of them)
 */
export function listPodImages(podSpec: JsonObject): readonly PodImage[] | undefined {
  const images: PodImage[] = [];
  for (const [list, path] of LISTS) {
    const elements = memberOf(podSpec, list) ?? [];
    if (!Array.isArray(elements)) return undefined;
    for (const [index, element] of elements.entries()) {
      const image = memberAt(element, path) ?? null;
      if (!isObject(element) || (image !== null && typeof image !== "string")) return undefined;
      const name = list === "volumes" ? undefined : stringOf(memberOf(element, "name"));
      const pointer = `/${list}/${index}/${path.join("/")}`;
      if (image !== null) images.push({ container: name ?? null, pointer, image });
    }
  }
  return images;
}
