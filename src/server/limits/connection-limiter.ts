/**
 * Bounds the connections of a server. When all are taken, a new one is not refused: that would let any client that opens many
 * lock the API server out. Another one is closed in its place, the one that has gone longest without a response:
 *
 * | connection                                 | may be closed                                                         |
 * |--------------------------------------------|-----------------------------------------------------------------------|
 * | no response yet: handshake, half a request | while these are more than half of the limit, the oldest; else only    |
 * |                                            | where there is no idle one                                            |
 * | idle after a response                      | while the others are not more than half, the longest idle; else only  |
 * |                                            | where there is none of the others                                     |
 * | a whole request that waits for a response  | never                                                                 |
 *
 * So silent connections cannot close those on which an API server was answered, and idle ones leave room for handshakes.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { RejectionObserver } from "./rejection.ts";

/** @see ConnectionLimiter */
export interface ConnectionLimiterOptions {
  readonly maxConnections: number;
  readonly onRejection: RejectionObserver;
}

interface Connection {
  /** The TCP connection, below TLS. */
  readonly socket: Socket;
  readonly address: string;
  /** The response under way, with its request. One that is finished is not kept: it would live as long as the connection is idle. */
  response: ServerResponse | undefined;
  wasAnswered: boolean;
}

/** All connections of one server. */
export class ConnectionLimiter {
  readonly #options: ConnectionLimiterOptions;
  /** By the client's address; the one that has gone longest without a response first. */
  readonly #connections = new Map<string, Connection>();
  /** By the socket of their requests, which over TLS is another one. Keeps the row "CPU of a skip" of docs/performance.md. */
  readonly #bySocket = new WeakMap<Socket, Connection>();

  constructor(options: ConnectionLimiterOptions) {
    this.#options = options;
  }

  /** Starts to count the connections of `server`. */
  watch(server: Server): void {
    server.on("connection", (socket: Socket) => this.#add(socket));
  }

  /** Has to be called with each request, before it is handled. */
  noteRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const connection = this.#bySocket.get(socket) ?? this.#connections.get(addressOf(socket));
    if (connection === undefined) return;
    this.#bySocket.set(socket, connection);
    connection.response = response;
    response.on("finish", () => this.#noteResponse(connection, response));
  }

  /** Closes every connection at once. */
  destroyAll(): void {
    for (const { socket } of this.#connections.values()) socket.destroy();
  }

  #add(socket: Socket): void {
    const address = addressOf(socket);
    const connection = { socket, address, response: undefined, wasAnswered: false };
    this.#connections.set(address, connection);
    socket.once("close", () => this.#delete(connection));
    if (this.#connections.size > this.#options.maxConnections) this.#closeOne();
  }

  #noteResponse(connection: Connection, response: ServerResponse): void {
    // A client may send its next request before the response to the last one.
    if (connection.response === response) connection.response = undefined;
    if (this.#delete(connection)) {
      connection.wasAnswered = true;
      this.#connections.set(connection.address, connection);
    }
  }

  /** The address may belong to a newer connection by now. */
  #delete(connection: Connection): boolean {
    const { address } = connection;
    return this.#connections.get(address) === connection && this.#connections.delete(address);
  }

  /** There is always one to close: the newest has no request yet. */
  #closeOne(): void {
    const connections = [...this.#connections.values()];
    const closable = connections.filter((connection) => !hasPendingResponse(connection));
    const oldest = closable.find(({ wasAnswered }) => !wasAnswered);
    const longestIdle = closable.find(({ wasAnswered }) => wasAnswered);
    const unanswered = connections.filter(({ wasAnswered }) => !wasAnswered).length;
    const isCrowded = unanswered > this.#options.maxConnections / 2;
    const chosen = isCrowded ? (oldest ?? longestIdle) : (longestIdle ?? oldest);
    if (chosen === undefined) return;
    this.#delete(chosen);
    this.#options.onRejection("connection-limit");
    chosen.socket.destroy();
  }
}

function hasPendingResponse({ response }: Connection): boolean {
  return response?.req.complete === true && !response.writableFinished;
}

/** Names a connection: Node gives no way from the socket of TLS to that of TCP, but the client's address is the same for both. */
function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
