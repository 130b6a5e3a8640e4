/** The reviews that are sent: recorded from real API servers, and two made larger from a recorded one. */
import { readFileSync } from "node:fs";

/** A review with a name for the table. */
export interface Body {
  readonly name: string;
  /** Where {@link COUNTER} stands, each request of a burst has another number. */
  readonly text: string;
}

/** In a body, the number of the request in its burst. */
export const COUNTER = "{counter}";

interface Container {
  readonly name: string;
  readonly image: string;
}

interface RecordedPod {
  request: {
    namespace: string;
    object: { metadata: { annotations: Record<string, string> }; spec: { containers: Container[] } };
  };
}

function recorded(name: string): RecordedPod {
  const url = new URL(`../fixtures/admission-reviews/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as RecordedPod;
}

/**
 * The bodies: Pod of 3 kB (5 kB as recorded, with spaces), Deployment, Pod of 20 containers, Pod of 200 kB, for one namespace; and
 * Pods of 3 kB of which each is in another namespace and has another image, so that none is met again soon.
 */
export function bodiesFor(namespace: string): readonly Body[] {
  const pod = recorded("pod-create-direct-kubectl-apply");
  const deployment = recorded("deployment-create");
  const twenty = recorded("pod-create-direct-kubectl-apply");
  const { containers } = twenty.request.object.spec;
  twenty.request.object.spec.containers = Array.from({ length: 20 }, (_, index) => ({
    ...(containers[0] as Container),
    name: `c${index}`,
  }));
  const large = recorded("pod-create-direct-kubectl-apply");
  large.request.object.metadata.annotations["example.com/configuration"] = 'key: "value"\n'.repeat(13_000);
  const changing = recorded("pod-create-direct-kubectl-apply");
  changing.request.object.spec.containers = changing.request.object.spec.containers.map((container) => ({
    ...container,
    image: `${container.image}-${COUNTER}`,
  }));
  return [
    { name: "Pod, 3 kB", review: pod },
    { name: "Deployment", review: deployment },
    { name: "Pod of 20 containers", review: twenty },
    { name: "Pod, 200 kB", review: large },
    { name: "Pod, 3 kB, always another namespace and image", review: changing, in: `ns-${COUNTER}` },
  ].map(({ name, review, in: ownNamespace }) => {
    review.request.namespace = ownNamespace ?? namespace;
    return { name, text: JSON.stringify(review) };
  });
}
