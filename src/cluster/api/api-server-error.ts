/**
 * What went wrong between pullring and the API server. An error never holds a body or a header: the one may hold a
 * payload, the other a token.
 */
import { AppError } from "../../core/app-error.ts";
import { codeOf } from "../../telemetry/serialize-error.ts";

/** A right that pullring needs, in the words of an RBAC rule: one verb on one resource. */
export interface AccessRule {
  readonly verb: "get" | "list" | "watch" | "update" | "create" | "delete";
  readonly resource: string;
  /** undefined: in all namespaces, by a ClusterRole. */
  readonly namespace: string | undefined;
  /** The one object that is meant; missing: all of them. */
  readonly name?: string;
}

/**
 * Says which right is meant, for logs, readiness and people.
 * @example describeAccessRule({ verb: "watch", resource: "secrets", namespace: undefined }) // "watch secrets in all namespaces"
 */
export function describeAccessRule({ verb, resource, namespace, name }: AccessRule): string {
  const place = namespace === undefined ? "in all namespaces" : `in namespace ${namespace}`;
  if (name === undefined) return `${verb} ${resource} ${place}`;
  return `${verb} ${resource}/${name}${namespace === undefined ? "" : ` ${place}`}`;
}

/** What stands against a write although the right is there: a full ResourceQuota, the end of the namespace, or a policy. */
export type Obstacle = "quota" | "namespace-ending" | "policy";

const OBSTACLES: Readonly<Record<Obstacle, string>> = {
  quota: "a ResourceQuota of the namespace is full",
  "namespace-ending": "the namespace is being deleted",
  policy: "an admission policy refuses it",
};

/** What is known of an error besides its message. */
interface ApiServerErrorDetails {
  /** HTTP status, of the answer or of a Status object on a watch; undefined when there was no readable answer. */
  readonly status?: number | undefined;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
  /** The right that is missing. */
  readonly missingRule?: AccessRule | undefined;
  readonly obstacle?: Obstacle | undefined;
  /** Whether there was an answer which made no sense, as opposed to none. */
  readonly isUnreadable?: boolean;
  /** Whether it was waited for the answer in vain, as opposed to a connection that broke or was refused. */
  readonly isTimeout?: boolean;
}

/** A request that was refused, or an answer that could not be read. */
export class ApiServerError extends AppError implements ApiServerErrorDetails {
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly missingRule: AccessRule | undefined;
  readonly obstacle: Obstacle | undefined;
  readonly isUnreadable: boolean;
  readonly isTimeout: boolean;

  constructor(message: string, details: ApiServerErrorDetails = {}) {
    super("ERR_API_SERVER", message);
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.missingRule = details.missingRule;
    this.obstacle = details.obstacle;
    this.isUnreadable = details.isUnreadable ?? false;
    this.isTimeout = details.isTimeout ?? false;
  }
}

/** The error for an answer with a status that is not 200. @param rule what the request needed */
export function refusal(
  status: number,
  rule: AccessRule,
  { retryAfterMs, obstacle }: Pick<ApiServerErrorDetails, "retryAfterMs" | "obstacle"> = {},
): ApiServerError {
  const wanted = describeAccessRule(rule);
  if (obstacle !== undefined) return new ApiServerError(`${OBSTACLES[obstacle]}: ${wanted}`, { status, obstacle });
  return status === 403
    ? new ApiServerError(`missing right: ${wanted}`, { status, missingRule: rule })
    : new ApiServerError(`status ${status} for: ${wanted}`, { status, retryAfterMs });
}

/** The error for an answer that makes no sense. @param reason what is wrong with it */
export function unreadable(what: "list" | "watch" | "object", reason: string): ApiServerError {
  return new ApiServerError(`unreadable ${what}: ${reason}`, { isUnreadable: true });
}

/** A short, safe text for logs and readiness: of foreign errors the code alone, as their messages may quote anything. */
export function describeError(error: unknown): string {
  return error instanceof ApiServerError ? error.message : `connection broken: ${codeOf(error)}`;
}
