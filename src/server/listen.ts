/** Listening on an address, with errors that name it. */
import type { AddressInfo, Server } from "node:net";
import { AppError } from "../core/app-error.ts";

/** Where to listen; port 0 lets the system choose. */
export interface ListenAddress {
  /** "" for all interfaces, of IPv6 and IPv4. */
  readonly host: string;
  readonly port: number;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "is in use by another program"],
  ["EACCES", "may not be listened on by this user; ports below 1024 often need a right of their own"],
  ["EADDRNOTAVAIL", "is no address of this machine"],
  ["ENOTFOUND", "has a host that cannot be resolved"],
]);

/**
 * Starts to listen and gives the address with the port in use.
 * @throws AppError ERR_LISTEN when the address cannot be had
 */
export function listen(server: Server, { host, port: wanted }: ListenAddress): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const reason = REASONS.get(error.code ?? "") ?? `cannot be listened on (${error.code ?? "no code"})`;
      reject(
        new AppError("ERR_LISTEN", `address ${formatAddress({ host, port: wanted })} ${reason}`, { cause: error }),
      );
    };
    server.once("error", fail);
    server.listen({ port: wanted, ...(host !== "" && { host }) }, () => {
      server.off("error", fail);
      const { address, port } = server.address() as AddressInfo;
      resolve({ host: address, port });
    });
  });
}

/** Writes an address as `host:port`, with brackets around IPv6. */
export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
