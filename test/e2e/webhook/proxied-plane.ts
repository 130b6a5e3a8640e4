/** A control plane with pullring installed, which reaches the API server through a proxy that can disturb its watches. */
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { type InstallChoices, type InstalledPlane, startInstalledPlane } from "./installed-plane.ts";
import { startWatchProxy, type WatchProxy } from "./watch-proxy.ts";

/** The plane, what is installed, and what stands between. */
export interface ProxiedPlane extends InstalledPlane {
  readonly proxy: WatchProxy;
  /** Ends both. */
  stop(): Promise<void>;
}

/** Starts and installs. */
export async function startProxiedPlane(choices: InstallChoices = {}): Promise<ProxiedPlane> {
  const proxies: WatchProxy[] = [];
  const between = async (plane: ControlPlane): Promise<WatchProxy> => {
    const proxy = await startWatchProxy(plane);
    proxies.push(proxy);
    return proxy;
  };
  const closeProxies = (): void => {
    for (const proxy of proxies) proxy.close();
  };
  try {
    const installed = await startInstalledPlane({ ...choices, between });
    const stop = async (): Promise<void> => {
      closeProxies();
      await installed.plane.stop();
    };
    return { ...installed, proxy: proxies[0] as WatchProxy, stop };
  } catch (error) {
    closeProxies();
    throw error;
  }
}
