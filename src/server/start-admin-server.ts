/** Starts the admin port, of whichever command. */
import { createServer } from "node:http";
import { type AdminAppOptions, createAdminApp } from "./admin-app.ts";
import { type ListenAddress, listen } from "./listen.ts";

/** The admin port while it listens. */
export interface AdminServer {
  /** With the port in use. */
  readonly address: ListenAddress;
  close(): Promise<void>;
}

/** Starts to listen, which the caller logs in its turn. @throws AppError ERR_LISTEN when the address cannot be had */
export async function startAdminServer(address: ListenAddress, options: AdminAppOptions): Promise<AdminServer> {
  const server = createServer(createAdminApp(options));
  const inUse = await listen(server, address);
  return {
    address: inUse,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
