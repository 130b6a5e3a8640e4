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

const IMAGE_OF_VOLUME = ["image", "reference"];

const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

/**
 * Lists the images of a Pod spec: init containers, containers, ephemeral containers, image volumes, each in order. Containers
 * without the member (templates may have them) are left out.
 * @returns undefined when a list or a member of it has the wrong type
 * @see kubernetes pkg/kubelet/kuberuntime (the same Secrets serve all of them)
 */
export function listPodImages(podSpec: JsonObject): readonly PodImage[] | undefined {
  const images: PodImage[] = [];
  for (const list of CONTAINER_LISTS) {
    const wellFormed = forEachObject(podSpec, list, (container, index) => {
      const image = memberOf(container, "image");
      if (typeof image === "string") {
        const name = stringOf(memberOf(container, "name")) ?? null;
        images.push({ container: name, pointer: `/${list}/${index}/image`, image });
      }
      return isImage(image);
    });
    if (!wellFormed) return undefined;
  }
  const wellFormed = forEachObject(podSpec, "volumes", (volume, index) => {
    const image = memberAt(volume, IMAGE_OF_VOLUME);
    if (typeof image === "string") {
      images.push({ container: null, pointer: `/volumes/${index}/image/reference`, image });
    }
    return isImage(image);
  });
  return wellFormed ? images : undefined;
}

function isImage(image: unknown): boolean {
  return typeof image === "string" || image === undefined || image === null;
}

/** Visits the objects of a list; false when it is no list of objects, or when a visit says false. */
function forEachObject(
  podSpec: JsonObject,
  list: string,
  visit: (element: JsonObject, index: number) => boolean,
): boolean {
  const elements = memberOf(podSpec, list);
  if (elements === undefined || elements === null) return true;
  return Array.isArray(elements) && elements.every((element, index) => isObject(element) && visit(element, index));
}
