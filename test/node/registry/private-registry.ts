/**
 * A private registry that serves and takes nothing: basic authentication, and rights by path. Below each path with rights every
 * repository and tag exists. It keeps who asked for what, and no password that was sent.
 * @see https://github.com/opencontainers/distribution-spec
 */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import { type Blob, digestOf, type Image, type SleepingImages } from "./image.ts";

/** Who may pull what. */
export interface RegistryRights {
  /** Password of each user; it may be changed at any time. */
  readonly users: Map<string, string>;
  /** Users that may pull from repositories that begin so; `everybody` with or without a login. */
  readonly paths: Readonly<Record<string, readonly string[] | "everybody">>;
}

/** A request that was answered. */
export interface RegistryRequest {
  /** Host that the client asked for. */
  readonly host: string;
  /** undefined without a login. */
  readonly user: string | undefined;
  readonly path: string;
  readonly status: number;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly bytes?: Buffer;
}

const REFUSED: Answer = { status: 401, headers: { "www-authenticate": 'Basic realm="registry"' } };

/** See the file. It listens when {@link listen} is called. */
export class PrivateRegistry {
  readonly requests: RegistryRequest[] = [];
  readonly #rights: RegistryRights;
  readonly #images: SleepingImages;
  readonly #named = new Map<string, Image>();
  readonly #blobs = new Map<string, Blob>();
  readonly #server: Server;

  constructor(rights: RegistryRights, images: SleepingImages, pair: { readonly cert: string; readonly key: string }) {
    this.#rights = rights;
    this.#images = images;
    this.#server = createServer(pair, (request, response) => {
      const user = loginOf(request)?.user;
      const { status, headers = {}, bytes } = this.#answer(request);
      this.requests.push({ host: request.headers.host ?? "", user, path: request.url ?? "", status });
      response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : bytes);
    });
  }

  /** Serves an image to everybody. @param name `REPOSITORY:TAG` */
  publish(name: string, image: Image): void {
    this.#named.set(name, image);
    this.#keep(image);
  }

  /** Listens on port 443 of an address. */
  async listen(address: string): Promise<void> {
    this.#server.listen(443, address);
    await once(this.#server, "listening");
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage): Answer {
    const path = (request.url ?? "").replace(/\?.*/, "");
    const [, repository = "", kind, reference = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    const login = loginOf(request);
    const published = [...this.#named.keys()].some((name) => name.startsWith(`${repository}:`));
    const paths = Object.entries(this.#rights.paths);
    const allowed = published ? "everybody" : paths.find(([prefix]) => repository.startsWith(prefix))?.[1];
    if (login === undefined && allowed !== "everybody") return REFUSED;
    // A wrong password is refused on public paths as well, as by Docker Hub.
    if (login !== undefined && this.#rights.users.get(login.user) !== login.password) return REFUSED;
    if (path === "/v2/") return { status: 200 };
    if (allowed === undefined) return { status: 404 };
    if (login !== undefined && allowed !== "everybody" && !allowed.includes(login.user)) return REFUSED;
    if (kind === "manifests" && !reference.startsWith("sha256:")) {
      const name = `${repository}:${reference}`;
      const image = this.#named.get(name) ?? this.#keep(this.#images.image(name));
      return found(image.manifest);
    }
    const blob = this.#blobs.get(reference);
    return blob === undefined ? { status: 404 } : found(blob);
  }

  #keep(image: Image): Image {
    for (const blob of [image.manifest, ...image.blobs]) this.#blobs.set(digestOf(blob.bytes), blob);
    return image;
  }
}

function found({ type, bytes }: Blob): Answer {
  const headers = { "content-type": type, "content-length": bytes.length, "docker-content-digest": digestOf(bytes) };
  return { status: 200, headers, bytes };
}

function loginOf({ headers }: IncomingMessage): { readonly user: string; readonly password: string } | undefined {
  const encoded = /^Basic (.+)$/.exec(headers.authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [user = "", ...rest] = Buffer.from(encoded, "base64").toString().split(":");
  return { user, password: rest.join(":") };
}
