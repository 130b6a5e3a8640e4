/**
 * `npm run playground`: a real control plane with pullring installed in it, for a person with kubectl. Everything is in one
 * temporary directory and ends with this process, however that ends. There is no kubelet: Pods stay Pending.
 */
import { writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { findBinaries } from "./binaries/find.ts";
import { createControllerIdentity, startController } from "./webhook/controller-process.ts";
import { startInstalledPlane } from "./webhook/installed-plane.ts";
import { podOf } from "./webhook/objects.ts";

const IMAGE = "quay.io/profile/image";

async function main(): Promise<void> {
  process.stdout.write("Starting etcd, kube-apiserver, kube-controller-manager and pullring …\n");
  const { kubectl } = await findBinaries(["kubectl"]);
  const { plane, pullring } = await startInstalledPlane({
    components: ["sharing"],
    pullring: { flags: ["--shared-namespace=pullring-shared"] },
  });
  const kubeconfig = await createControllerIdentity(plane, "sharing");
  const sharing = await startController(plane, {
    kubeconfig,
    flags: ["--share", "--shared-namespace=pullring-shared"],
  });
  const podFile = join(plane.directory, "pod.yml");
  // JSON is YAML.
  writeFileSync(podFile, `${JSON.stringify(podOf("private-reg", IMAGE), undefined, 2)}\n`);
  process.stdout.write(`
A cluster with pullring is at ${plane.url}. In another terminal:

  export KUBECONFIG=${plane.adminKubeconfig} PATH=${dirname(kubectl)}:$PATH

1. Create the credential of a private registry:
  ${basename(kubectl)} create secret docker-registry testquay --docker-server=quay.io --docker-username=profile --docker-password=password

2. Apply a Pod that does not name it (${IMAGE}):
  ${basename(kubectl)} apply -f ${podFile}

3. See that the stored Pod does:
  ${basename(kubectl)} get pod private-reg -o yaml | grep -A1 imagePullSecrets

4. Share one credential with the namespaces of a team, and see a Pod of a new namespace get it:
  ${basename(kubectl)} -n pullring-shared create secret docker-registry hub --docker-server=index.docker.io --docker-username=profile --docker-password=password
  ${basename(kubectl)} -n pullring-shared annotate secret hub pullring.dev/share-with='team=shop'
  ${basename(kubectl)} create namespace shop && ${basename(kubectl)} label namespace shop team=shop
  ${basename(kubectl)} -n shop wait --for=create secret/hub serviceaccount/default --timeout=60s
  ${basename(kubectl)} -n shop run web --image=acme/web
  ${basename(kubectl)} -n shop get pod web -o yaml | grep -A1 imagePullSecrets

The log of pullring: ${pullring.current().logFile}
That of its controller: ${sharing.process.logFile}
Ctrl-C ends everything and removes ${plane.directory}
`);
  await new Promise<void>((resolve) => {
    // A timer, because nothing else keeps this process alive: all that it started is detached.
    const alive = setInterval(() => {}, 60_000);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        clearInterval(alive);
        resolve();
      });
    }
  });
  process.stdout.write("\nEnding …\n");
  await plane.stop();
}

await main();
