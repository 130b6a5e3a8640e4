/**
 * What went wrong between pullring and the API server. An error never holds a body or a header: the one may hold a
 * payload, the other a token.
 */
import { AppError } from "../../core/app-error.ts";
import { codeOf } from "../../telemetry/serialize-error.ts";

/** A right that pullring needs, in the words of an RBAC rule: one verb on one resource. */
export interface AccessRule {
  readonly verb: "get" | "list" | "watch" | "update" | "create";
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

/** What is known of an error besides its message. */
interface ApiServerErrorDetails {
  /** HTTP status, of the answer or of a Status object on a watch; undefined when there was no readable answer. */
  readonly status?: number | undefined;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
  /** The right that is missing. */
  readonly missingRule?: AccessRule | undefined;
  /** Whether there was an answer which made no sense, as opposed to none. */
  readonly isUnreadable?: boolean;
}

/** A request that was refused, or an answer that could not be read. */
export class ApiServerError extends AppError implements ApiServerErrorDetails {
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly missingRule: AccessRule | undefined;
  readonly isUnreadable: boolean;

  constructor(message: string, details: ApiServerErrorDetails = {}) {
    super("ERR_API_SERVER", message);
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.missingRule = details.missingRule;
    this.isUnreadable = details.isUnreadable ?? false;
  }
}

/** The error for an answer with a status that is not 200. @param rule what the request needed */
export function refusal(status: number, rule: AccessRule, retryAfterMs?: number | undefined): ApiServerError {
  const wanted = describeAccessRule(rule);
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
