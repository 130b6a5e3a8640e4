/**
 * Keep-alive connections to one target, one request at a time in each. Node's own client takes more CPU time for a request than
 * the targets do, and what it waits for itself would be told as their latency; here a request is one write of ready bytes.
 */
import { connect, type TLSSocket } from "node:tls";

/** Where the target is. */
export interface Address {
  readonly port: number;
  /** PEM of the CA that signed its certificate. */
  readonly ca: string;
}

/** @see openConnections */
export interface Connections {
  /** Sends bytes of {@link requestBytes} once a connection is free, and tells whether the status was 200. */
  send(bytes: Buffer, settle: (ok: boolean) => void): void;
}

interface Waiting {
  readonly bytes: Buffer;
  readonly settle: (ok: boolean) => void;
}

/** A whole request as it goes over the wire. */
export function requestBytes(body: string): Buffer {
  const head = [
    "POST /mutate?timeout=3s HTTP/1.1",
    "Host: 127.0.0.1",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Makes up to `limit` connections, each when it is needed; one that ends is replaced. */
export function openConnections(address: Address, limit: number): Connections {
  const idle: Connection[] = [];
  const waiting: Waiting[] = [];
  let opened = 0;
  const open = (request: Waiting): void => {
    opened += 1;
    new Connection(address, { onFree, onEnd }).send(request);
  };
  const onFree = (connection: Connection): void => {
    const next = waiting.shift();
    if (next === undefined) {
      idle.push(connection);
    } else {
      connection.send(next);
    }
  };
  const onEnd = (connection: Connection): void => {
    opened -= 1;
    const place = idle.indexOf(connection);
    if (place >= 0) {
      idle.splice(place, 1);
    }
    const next = waiting.shift();
    if (next !== undefined) {
      open(next);
    }
  };
  const send: Connections["send"] = (bytes, settle) => {
    const request = { bytes, settle };
    const free = idle.pop();
    if (free !== undefined) {
      free.send(request);
    } else if (opened < limit) {
      open(request);
    } else {
      waiting.push(request);
    }
  };
  return { send };
}

interface Owner {
  readonly onFree: (connection: Connection) => void;
  readonly onEnd: (connection: Connection) => void;
}

class Connection {
  readonly #socket: TLSSocket;
  readonly #owner: Owner;
  #request: Waiting | undefined;
  #received = "";

  constructor({ port, ca }: Address, owner: Owner) {
    this.#owner = owner;
    this.#socket = connect({ host: "127.0.0.1", port, ca });
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => this.#receive(text));
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => {
      owner.onEnd(this);
      this.#request?.settle(false);
    });
  }

  send(request: Waiting): void {
    this.#request = request;
    this.#socket.write(request.bytes);
  }

  #receive(text: string): void {
    this.#received += text;
    const headLength = this.#received.indexOf("\r\n\r\n") + 4;
    if (headLength < 4) {
      return;
    }
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(this.#received.slice(0, headLength))?.[1];
    if (length === undefined) {
      // No target here answers in chunks: its connection cannot be used any more.
      this.#socket.destroy();
    } else if (this.#received.length >= headLength + Number(length)) {
      const ok = this.#received.startsWith("HTTP/1.1 200 ");
      const request = this.#request;
      this.#request = undefined;
      this.#received = "";
      request?.settle(ok);
      this.#owner.onFree(this);
    }
  }
}
