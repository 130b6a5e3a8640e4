/** Tells why the API server forbids something, from the Status in its answer; nothing of that text goes any further. */
import { memberOf, stringOf } from "../../core/json-value.ts";
import { pickMembers } from "../objects/json-pick.ts";
import type { Obstacle } from "./api-server-error.ts";

/** Longest answer that is read; a Status has some hundred bytes. */
const MAX_BYTES = 64 * 1024;

/**
 * What stands against it besides a right; undefined where it is a right, or nothing that can be read.
 * @see k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go (forbiddenMessage)
 * @see k8s.io/apiserver pkg/admission/plugin/namespace/lifecycle/admission.go and pkg/admission/plugin/resourcequota/controller.go
 */
export async function readObstacle(body: AsyncIterable<Buffer>): Promise<Obstacle | undefined> {
  const message = stringOf(memberOf(pickMembers(await readStart(body), { message: "value" }), "message"));
  if (message === undefined || /forbidden: User ".*" cannot [a-z]+ resource /s.test(message)) return undefined;
  if (/because it is being terminated$/.test(message)) return "namespace-ending";
  return / is forbidden: exceeded quota: /.test(message) ? "quota" : "policy";
}

/** A body that breaks off, or is too long, says nothing. */
async function readStart(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BYTES) return Buffer.alloc(0);
    }
  } catch {
    return Buffer.alloc(0);
  }
  return Buffer.concat(chunks);
}
