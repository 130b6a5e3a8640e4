/**
 * Asks a registry whether it would give an image out to somebody: the HEAD of the manifest, with the login that containerd would
 * make. Nothing that the registry says and nothing of the login is in what it gives back, and nothing is logged.
 * @see containerd core/remotes/docker/resolver.go Resolve; core/remotes/docker/authorizer.go; core/remotes/docker/auth/fetch.go
 */
import { isObject, memberOf, stringOf } from "../core/json-value.ts";
import type { RegistryOutcome } from "../core/verdicts/registry-outcome.ts";
import { codeOf } from "../telemetry/serialize-error.ts";
import { readChallenge } from "./challenge.ts";
import { canonicalHost, type ImageAddress } from "./image-address.ts";
import { ExchangeError, type ExchangeOptions, type RegistryAnswer, RegistryExchange } from "./registry-exchange.ts";

/** What is sent to log in. An empty user name means none. @see containerd internal/cri/server/images/image_pull.go ParseAuth */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Longest time for all of one question. */
const TIMEOUT_MS = 9_000;

/** @see containerd core/remotes/docker/resolver.go NewResolver */
const ACCEPT = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "*/*",
].join(", ");

/** Asks once. Never throws. @param login undefined to ask anonymously */
export async function askRegistry(
  image: ImageAddress,
  login: Login | undefined,
  options: ExchangeOptions,
): Promise<RegistryOutcome> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const used = login === undefined || login.username === "" ? undefined : login;
  const ask = async (protocol: "https" | "http"): Promise<RegistryOutcome> => {
    const exchange = new RegistryExchange(options, signal);
    try {
      return await new Conversation(exchange, new URL(`${protocol}://${image.host}/v2/`), image, used).run();
    } catch (error) {
      return outcomeOfError(error, exchange.host || image.host, signal);
    } finally {
      exchange.close();
    }
  };
  try {
    const outcome = await ask("https");
    const isPlain = outcome.code === "unreachable" && /EPROTO|SSL|ECONNRESET|ECONNREFUSED/.test(outcome.reason);
    return isPlain && options.insecureHosts.has(canonicalHost(image.host)) ? await ask("http") : outcome;
  } catch {
    return { code: "unreachable", host: image.host, reason: "ERR_INVALID_URL" };
  }
}

class Conversation {
  readonly #exchange: RegistryExchange;
  readonly #base: URL;
  readonly #image: ImageAddress;
  readonly #login: Login | undefined;

  constructor(exchange: RegistryExchange, base: URL, image: ImageAddress, login: Login | undefined) {
    this.#exchange = exchange;
    this.#base = base;
    this.#image = image;
    this.#login = login;
  }

  async run(): Promise<RegistryOutcome> {
    const answer = await this.#manifest("HEAD", undefined);
    if (answer.status !== 401) return await this.#judge(answer, undefined);
    const challenge = readChallenge(answer.headers["www-authenticate"]);
    if (challenge === undefined) throw new ExchangeError("unknown-login", this.#base.host);
    if (challenge.scheme === "bearer") return await this.#withToken(challenge.parameters);
    if (this.#login === undefined || this.#login.password === "") return { code: "login-required" };
    const authorization = basic(this.#login);
    const second = await this.#manifest("HEAD", authorization);
    if (second.status !== 401) return await this.#judge(second, authorization);
    // Some registries say 401 as well to those who may log in, and have no right to the repository.
    const root = await this.#exchange.send({ method: "GET", url: this.#base, authorization });
    return { code: root.status >= 200 && root.status < 300 ? "no-right" : "refused" };
  }

  async #withToken(parameters: ReadonlyMap<string, string>): Promise<RegistryOutcome> {
    const realm = this.#exchange.checkedUrl(parameters.get("realm") ?? "http://", this.#base);
    const fields = {
      scope: parameters.get("scope") ?? `repository:${this.#image.path}:pull`,
      service: parameters.get("service") ?? "",
    };
    const token = await this.#fetchToken(realm, fields);
    if (typeof token !== "string") return token;
    const authorization = `Bearer ${token}`;
    const answer = await this.#manifest("HEAD", authorization);
    if (answer.status === 401 || answer.status === 403) return { code: this.#login ? "no-right" : "login-required" };
    return await this.#judge(answer, authorization);
  }

  /** With a password a form is sent first, and where the token server takes none, a header. */
  async #fetchToken(
    realm: URL,
    { scope, service }: { readonly scope: string; readonly service: string },
  ): Promise<string | RegistryOutcome> {
    const login = this.#login?.password === "" ? undefined : this.#login;
    let answer: RegistryAnswer | undefined;
    if (login !== undefined) {
      const form = new URLSearchParams({
        scope,
        service,
        client_id: "containerd-client",
        grant_type: "password",
        ...login,
      });
      const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
      answer = await this.#exchange.send({
        ...{ method: "POST", url: realm, headers, body: form.toString(), wantsBody: true },
      });
    }
    if (answer === undefined || [400, 401, 404, 405].includes(answer.status)) {
      const url = new URL(realm);
      if (service !== "") url.searchParams.append("service", service);
      for (const one of scope.split(" ")) url.searchParams.append("scope", one);
      const authorization = login && basic(login);
      answer = await this.#exchange.send({ method: "GET", url, authorization, wantsBody: true });
    }
    const { status, url } = answer;
    if (status === 401 || status === 403 || status === 400) return { code: login ? "refused" : "login-required" };
    if (status === 429) return { code: "rate-limited" };
    if (status < 200 || status > 399) return { code: "server-error", host: url.host, status };
    const token = readToken(answer.body);
    if (token === undefined) throw new ExchangeError("no-token", url.host);
    return token;
  }

  /** containerd would log in to whoever it was redirected to. We do not: the Secret is for this host. */
  async #manifest(method: "HEAD" | "GET", authorization: string | undefined): Promise<RegistryAnswer> {
    const { path, reference } = this.#image;
    const url = new URL(`${path}/manifests/${reference}`, this.#base);
    const wantsBody = method === "GET";
    const answer = await this.#exchange.send({ method, url, headers: { accept: ACCEPT }, authorization, wantsBody });
    if (answer.status === 401 && answer.url.host !== url.host) {
      throw new ExchangeError("login-elsewhere", answer.url.host);
    }
    return answer;
  }

  async #judge({ status, url }: RegistryAnswer, authorization: string | undefined): Promise<RegistryOutcome> {
    if (status >= 200 && status < 300) return { code: "pulls" };
    if (status === 401 || status === 403) return { code: authorization ? "no-right" : "login-required" };
    if (status === 404) {
      // The answer to a HEAD has no body, which tells the two apart.
      const { body } = await this.#manifest("GET", authorization);
      return { code: body.includes('"NAME_UNKNOWN"') ? "no-such-repository" : "no-such-tag" };
    }
    return status === 429 ? { code: "rate-limited" } : { code: "server-error", host: url.host, status };
  }
}

function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** What is no word of a header would be an error of Node's that quotes it. */
function readToken(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    const token = isObject(answer)
      ? stringOf(memberOf(answer, "access_token")) || stringOf(memberOf(answer, "token"))
      : undefined;
    return token !== undefined && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}

const UNTRUSTED = /CERT|UNABLE_TO|SELF_SIGNED|ERR_TLS|HOSTNAME_MISMATCH/;

function outcomeOfError(error: unknown, host: string, signal: AbortSignal): RegistryOutcome {
  if (error instanceof ExchangeError) return { code: "misbehaves", how: error.how, host: error.host };
  if (signal.aborted) return { code: "too-slow", host };
  const reason = codeOf(error);
  if (reason === "HPE_HEADER_OVERFLOW") return { code: "misbehaves", how: "too-long", host };
  if (reason === "ETIMEDOUT") return { code: "too-slow", host };
  return { code: UNTRUSTED.test(reason) ? "untrusted" : "unreachable", host, reason };
}
