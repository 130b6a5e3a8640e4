/**
 * Keeps room for clients that want something. When all connections are taken, a new one is not refused, as that would let
 * whoever opens many lock the API server out: one that owes us a request is closed in its place.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { RejectionObserver } from "./rejection.ts";

interface Connection {
  /** The TCP connection, below TLS. */
  readonly socket: Socket;
  /** The answer under way, with its request. A finished one would only be kept alive by this, as long as the connection is idle. */
  response: ServerResponse | undefined;
  /** Whether a request came since the connection was last looked at for closing. */
  wasUsed: boolean;
}

/** All connections of one server. */
export class ConnectionLimiter {
  readonly #maxConnections: number;
  readonly #onRejection: RejectionObserver;
  readonly #byPeer = new Map<string, Connection>();
  readonly #byTls = new WeakMap<Socket, Connection>();
  /** Connections without an answered request, the oldest first. */
  readonly #strangers = new Set<Connection>();
  /** The others, in the order in which they are looked at for closing. */
  readonly #regulars = new Set<Connection>();

  constructor(maxConnections: number, onRejection: RejectionObserver) {
    this.#maxConnections = maxConnections;
    this.#onRejection = onRejection;
  }

  /** Starts to watch the connections of `server`. */
  watch(server: Server): void {
    server.on("connection", (socket: Socket) => this.#enter(socket));
    server.on("secureConnection", (tls: TLSSocket) => {
      const connection = this.#byPeer.get(peerOf(tls));
      if (connection !== undefined) {
        this.#byTls.set(tls, connection);
      }
    });
  }

  /** Notes that a request came on its connection. */
  note(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#byTls.get(request.socket);
    if (connection === undefined) {
      return;
    }
    connection.response = response;
    connection.wasUsed = true;
    response.on("finish", () => this.#settle(connection, response));
  }

  /** Closes every connection at once. */
  destroyAll(): void {
    for (const { socket } of this.#byPeer.values()) {
      socket.destroy();
    }
  }

  #enter(socket: Socket): void {
    const peer = peerOf(socket);
    const connection = { socket, response: undefined, wasUsed: false };
    this.#byPeer.set(peer, connection);
    this.#strangers.add(connection);
    socket.once("close", () => {
      this.#leave(connection);
      if (this.#byPeer.get(peer) === connection) {
        this.#byPeer.delete(peer);
      }
    });
    if (this.#strangers.size + this.#regulars.size > this.#maxConnections) {
      this.#evict();
    }
  }

  #settle(connection: Connection, response: ServerResponse): void {
    // A client may send its next request before the answer to the last one.
    if (connection.response === response) {
      connection.response = undefined;
    }
    if (this.#strangers.delete(connection)) {
      this.#regulars.add(connection);
    }
  }

  #leave(connection: Connection): void {
    this.#strangers.delete(connection);
    this.#regulars.delete(connection);
  }

  /**
   * Closes one connection. Neither kind can crowd out the other: strangers keep half of the room for handshakes, whatever
   * the regulars hold, and lose it first when they have more.
   */
  #evict(): void {
    const hasManyStrangers = this.#strangers.size > this.#maxConnections / 2;
    const victim = (hasManyStrangers ? undefined : this.#idleRegular()) ?? this.#oldestStranger();
    if (victim !== undefined) {
      this.#leave(victim);
      this.#onRejection("no-room");
      victim.socket.destroy();
    }
  }

  /** One whose request is whole waits for our answer and is not closed. The newest is never such a one. */
  #oldestStranger(): Connection | undefined {
    for (const connection of this.#strangers) {
      if (!hasPendingResponse(connection)) {
        return connection;
      }
    }
    return undefined;
  }

  /** The second-chance algorithm: in order of arrival, but who was used since the last look is passed over once. */
  #idleRegular(): Connection | undefined {
    let looks = 2 * this.#regulars.size;
    for (const connection of this.#regulars) {
      looks -= 1;
      if (looks < 0) {
        return undefined;
      }
      if (!connection.wasUsed && !hasPendingResponse(connection)) {
        return connection;
      }
      connection.wasUsed = false;
      this.#regulars.delete(connection);
      this.#regulars.add(connection);
    }
    return undefined;
  }
}

function hasPendingResponse({ response }: Connection): boolean {
  return response?.req.complete === true && !response.writableFinished;
}

/** TLS gives no way from its socket to that of TCP; the address of the peer is the same for both and nobody else's. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
