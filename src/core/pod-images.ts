/** Finds the images that the containers and the image volumes of a Pod spec will pull. */
import { isObject, type JsonObject, memberAt, memberOf, stringOf } from "./json-value.ts";

/** One use of an image. */
export interface PodImage {
  /** Name of the container; null for an image volume and for a container without a name. */
  readonly container: string | null;
  /** Where the image stands, as a JSON pointer from the Pod spec: `/containers/0/image`. */
  readonly pointer: string;
  /** As written. */
  readonly image: string;
}

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
      const name = stringOf(memberOf(container, "name")) ?? null;
      return addImage(
        images,
        { container: name, pointer: `/${list}/${index}/image` },
        memberOf(container, "image"),
      );
    });
    if (!wellFormed) {
      return undefined;
    }
  }
  const wellFormed = forEachObject(podSpec, "volumes", (volume, index) => {
    const reference = memberAt(volume, ["image", "reference"]);
    return addImage(images, { container: null, pointer: `/volumes/${index}/image/reference` }, reference);
  });
  return wellFormed ? images : undefined;
}

/** Visits the objects of a list; false when it is no list of objects, or when a visit says false. */
function forEachObject(
  podSpec: JsonObject,
  list: string,
  visit: (element: JsonObject, index: number) => boolean,
): boolean {
  const elements = memberOf(podSpec, list) ?? [];
  return (
    Array.isArray(elements) && elements.every((element, index) => isObject(element) && visit(element, index))
  );
}

function addImage(images: PodImage[], place: Omit<PodImage, "image">, image: unknown): boolean {
  if (image === undefined || image === null) {
    return true;
  }
  if (typeof image !== "string") {
    return false;
  }
  images.push({ ...place, image });
  return true;
}
