/** How far inside a network an address is: a registry outside may not send us further in than it is itself. */
import { BlockList, isIP } from "node:net";

/** 0 the internet, 1 a private network, 2 this machine or its link, where cloud providers keep credentials. */
export type Reach = 0 | 1 | 2;

const LOCAL = listOf(["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/128", "::1/128", "fe80::/10"]);
/** RFC 1918, RFC 6598 and RFC 4193; the address of some cloud's metadata, fd00:ec2::254, is among them. */
const PRIVATE = listOf(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]);

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = "", bits] = range.split("/");
    list.addSubnet(net, Number(bits), net.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}

/** Gives the reach of an IP address; one of IPv4 in IPv6 is that of IPv4. @example reachOf("10.0.0.1") // 1 */
export function reachOf(address: string): Reach {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (LOCAL.check(address, family)) return 2;
  return PRIVATE.check(address, family) ? 1 : 0;
}
