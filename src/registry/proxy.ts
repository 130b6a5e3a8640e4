/** The proxy that the environment names for a URL, as Go's programs read it. */

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Gives the proxy for `url`; undefined for none. This machine is never asked through one.
 * @see golang.org/x/net/http/httpproxy FromEnvironment, useProxy
 */
export function proxyOf(url: URL, environment: Environment): string | undefined {
  const read = (name: string): string => environment[name.toUpperCase()] || environment[name] || "";
  const proxy = read(url.protocol === "https:" ? "https_proxy" : "http_proxy");
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (proxy === "" || host === "localhost" || host === "::1" || host.startsWith("127.")) return undefined;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const isDirect = read("no_proxy")
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => matches(entry, host, port));
  if (isDirect) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

/** A name stands for itself and what is below it; with a leading dot for what is below it alone. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const [, name = "", wanted] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (name === "" || (wanted !== undefined && wanted !== port)) return false;
  const suffix = name.replace(/^\*?(?=\.)/, "");
  return suffix.startsWith(".") ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}
