/** What a person reads of each verdict about a Pod. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Subject, verdictOfPod } from "../../../src/core/sentences/pod.ts";
import type { PodVerdict } from "../../../src/core/verdicts/pod-verdict.ts";

const POD: Subject = { kind: "Pod", namespace: "shop", name: "web", pods: ["web"] };
const secrets = ["team"];
const finding = { code: "no-user", registry: "reg.io" } as const;
const replaceable: PodVerdict = { code: "replaceable", kind: "ReplicaSet", owner: "web-1", secrets };

const rows: readonly (readonly [verdict: PodVerdict, sentence: string, remedy: string | null])[] = [
  [
    replaceable,
    'its list lacks Secret "team" and cannot change; ReplicaSet web-1 makes another Pod with it',
    "kubectl -n shop delete pod web",
  ],
  [
    { code: "not-installed", secrets },
    'its list lacks Secret "team", and the cluster has no webhook configuration of pullring, so that another Pod would lack it as well',
    "install pullring, or list the Secret in the object that the Pod is made of",
  ],
  [
    { code: "not-known", image: "reg.io/a" },
    'whether a credential serves "reg.io/a" is not known, as the Secrets of namespace shop could not be read',
    "ask again with the right to list secrets in namespace shop",
  ],
  [
    { code: "malformed-listed", secret: "bad", finding: { code: "not-json" } },
    'the kubelet pulls no image of the Pod, as it cannot read the listed Secret "bad": the payload is not valid JSON',
    "delete the Secret and make it again: kubectl -n shop create secret docker-registry bad --docker-server=HOST --docker-username=USER --docker-password=PASSWORD",
  ],
  [
    { code: "bad-credential", image: "reg.io/a", secret: "half", finding },
    'Secret "half" is for "reg.io/a", but the entry "reg.io" has a password and no user name',
    "give the user name as well",
  ],
  [
    { code: "unserved-image", image: "reg.io/a", secret: "half", finding },
    'no credential of the namespace serves "reg.io/a"; Secret "half" may be meant for it, but the entry "reg.io" has a password and no user name',
    "give the user name as well",
  ],
  [
    { code: "secret-elsewhere", place: { code: "missing", secret: "gone", namespace: "shop", elsewhere: [] } },
    'listed Secret "gone" does not exist in namespace shop, and the kubelet goes on without it',
    "make it there, or correct the name",
  ],
  [
    { code: "secret-elsewhere", place: { code: "made-later", secret: "s", namespace: "shop", by: "SealedSecret" } },
    'listed Secret "s" is not there yet: a SealedSecret will make it in namespace shop',
    null,
  ],
  [
    {
      code: "out-of-use",
      outOfUse: { code: "suppressed", credential: "two", by: "one", indexKey: "docker.io", isVoid: true },
    },
    'Secret "two" is out of use: the key "docker.io" of Secret "one" matches, and "https://index.docker.io/v1/" counts only where no other key does',
    'take that key out of Secret "one", as it has neither user name nor password',
  ],
  [
    {
      code: "no-credential",
      image: "reg.io/a",
      nearMiss: { code: "letters", credential: "near", registry: "reg.oi", fix: "reg.io" },
      otherRegistries: { named: ["reg.oi"], more: 0, ofDockerHub: null },
    },
    'no credential of the namespace serves "reg.io/a"; Secret "near" comes closest, but its key "reg.oi" differs from the image\'s host in a letter or two',
    'correct the image, or change the key to "reg.io"',
  ],
  [
    {
      ...{ code: "no-credential", image: "reg.io/a", nearMiss: null },
      otherRegistries: { named: ["ghcr.io", "quay.io"], more: 2, ofDockerHub: null },
    },
    'no credential of the namespace serves "reg.io/a"; those that it has are for "ghcr.io", "quay.io" and 2 more',
    "check the image, or make a credential for its registry in this namespace",
  ],
  [
    {
      ...{ code: "no-credential", image: "acme/web", nearMiss: null },
      otherRegistries: { named: [], more: 0, ofDockerHub: "acme/web" },
    },
    'no credential of the namespace serves "acme/web"; it has none that could be used; "acme/web" names no registry, so it is one of Docker Hub',
    "check the image, or make a credential for its registry in this namespace",
  ],
  [
    { code: "skipped", reason: "too-large" },
    "pullring would add nothing: the object has no room left for the names that would serve",
    null,
  ],
  [
    { code: "has-credential", image: "reg.io/a", secret: "team" },
    'the Pod lists Secret "team", which is for "reg.io/a"',
    "ask the registry what is wrong with it: pullring explain pod/web -n shop --try",
  ],
  [
    { code: "invalid-image", container: "main" },
    'the image of container "main" is not a valid reference',
    "correct the image",
  ],
  [
    { code: "never-pulled", container: "main" },
    'imagePullPolicy Never keeps the kubelet from pulling the image of container "main", and the node does not have it',
    "take another imagePullPolicy, or load the image on the node",
  ],
  [
    { code: "ephemeral-waits", container: "debugger", image: "reg.io/debug", secret: "team" },
    'ephemeral container "debugger" waits for "reg.io/debug"; the list of its Pod lacks Secret "team" and cannot change',
    "debug a copy, which has the Secret: kubectl -n shop debug web -it --copy-to=web-debug --image=reg.io/debug",
  ],
  [
    { code: "waits-otherwise", container: "main", reason: "CrashLoopBackOff" },
    'no container waits for its image; container "main" waits with "CrashLoopBackOff"',
    "kubectl -n shop describe pod web",
  ],
  [
    { code: "not-scheduled" },
    "no node has begun with the Pod, so that no image was pulled yet",
    "kubectl -n shop describe pod web",
  ],
  [
    { code: "pods-not-known" },
    "whether Pods of it wait for an image is not known, as they could not be read",
    "ask again with the right to list pods, and replicasets or jobs, in namespace shop",
  ],
  [{ code: "being-deleted" }, "the Pod is being deleted", null],
  [{ code: "well" }, "no container waits for its image", null],
];

for (const [verdict, sentence, remedy] of rows) {
  test(`${verdict.code} says: ${sentence}`, () => {
    assert.deepEqual(verdictOfPod(verdict, POD, null), { sentence, remedy });
  });
}

for (const [afterSeconds, text] of [
  [0, 'Secret "team" came in the same second'],
  [1, 'Secret "team" came 1 s after it'],
  [40, 'Secret "team" came 40 s after it'],
  [119, 'Secret "team" came 119 s after it'],
  [120, 'Secret "team" came 2 min after it'],
  [7_300, 'Secret "team" came 2 h after it'],
  [200_000, 'Secret "team" came 2 d after it'],
  [-1, 'Secret "team" was there before it, so pullring was not asked then, or the Secret has changed since'],
] as const) {
  test(`a Secret that came after ${afterSeconds} s: ${text}`, () => {
    const { sentence } = verdictOfPod(replaceable, POD, { secret: "team", afterSeconds, agoSeconds: 9 });
    assert.ok(sentence.endsWith(`; ${text}`), sentence);
    assert.doesNotMatch(
      verdictOfPod({ code: "well" }, POD, { secret: "team", afterSeconds, agoSeconds: 9 }).sentence,
      /team/,
    );
  });
}

for (const [kind, remedy] of [
  ["Deployment", "kubectl -n shop rollout restart deployment web"],
  ["DaemonSet", "kubectl -n shop rollout restart daemonset web"],
  ["StatefulSet", "kubectl -n shop delete pod web-0 web-1 web-2"],
] as const) {
  test(`of a ${kind} the Pods that wait are named, and made again by ${remedy}`, () => {
    const subject = { ...POD, kind, pods: ["web-0", "web-1", "web-2"] };
    const verdict = verdictOfPod(replaceable, subject, null);
    assert.match(verdict.sentence, /^Pod web-0: its list lacks .* \(2 more Pods wait\)$/);
    assert.equal(verdict.remedy, remedy);
  });
}

test("of a workload that waits for nothing, no Pod is named", () => {
  const subject = { ...POD, kind: "Deployment", pods: [] };
  assert.deepEqual(verdictOfPod({ code: "well" }, subject, null), {
    sentence: "no Pod waits for an image",
    remedy: null,
  });
  const one = verdictOfPod({ code: "being-deleted" }, { ...subject, pods: ["a", "b"] }, null);
  assert.equal(one.sentence, "Pod a: the Pod is being deleted (1 more Pod waits)");
});

for (const [afterSeconds, agoSeconds, isAwaited] of [
  [40, 20, true],
  [40, 330, false],
  [-40, 20, false],
] as const) {
  test(`a listed Secret that came ${afterSeconds} s after the Pod, ${agoSeconds} s ago, is ${isAwaited ? "" : "not "}waited for`, () => {
    const verdict: PodVerdict = { code: "has-credential", image: "reg.io/a", secret: "team" };
    const { sentence, remedy } = verdictOfPod(verdict, POD, { secret: "team", afterSeconds, agoSeconds });
    assert.equal(/^wait: /.test(String(remedy)), isAwaited);
    assert.equal(sentence.endsWith('; Secret "team" came 40 s after it'), isAwaited);
  });
}
