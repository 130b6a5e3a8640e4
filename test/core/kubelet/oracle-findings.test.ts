/**
 * What the comparison with the kubelet's own code (`npm run test:oracle`) has found, shrunk by it: faults of this core, and faults
 * made on purpose. Each row stands as the comparison prints it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runCore } from "../../oracle/core-outcome.ts";
import type { OracleCase, Outcome } from "../../oracle/oracle-case.ts";

interface Finding {
  readonly title: string;
  readonly example: OracleCase;
  readonly kubelet: Outcome;
}

// biome-ignore-start lint/style/useTemplate: rows stand as they are printed
// biome-ignore format: one row a line, as it is printed
const FINDINGS: readonly Finding[] = [
  { title: "an address zone with an escaped byte beyond ASCII (a fault of this core)", example: {"secrets":[{"name":"a","type":"kubernetes.io/dockercfg","data":{".dockercfg":"{\"[::%25%aa]\":{}}"},"ineligible":null}],"listed":[],"images":[""],"workload":null}, kubelet: {"secrets":[{"status":"parsed","keys":["[::%25%aa]"],"index":[]}],"error":false,"repositories":[null],"tried":[[]],"decision":null} },
  { title: "an API path without its last slash", example: {"secrets":[{"name":"a","type":"kubernetes.io/dockercfg","data":{".dockercfg":"{\"/v1\":{}}"},"ineligible":null}],"listed":[],"images":[""],"workload":null}, kubelet: {"secrets":[{"status":"parsed","keys":["/v1"],"index":["/v1"]}],"error":false,"repositories":[null],"tried":[[]],"decision":null} },
  { title: "auths that a null empties", example: {"secrets":[{"name":"a","type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"{\"auths\":{\"\":{}},\"auths\":null}"},"ineligible":null}],"listed":[],"images":[""],"workload":null}, kubelet: {"secrets":[{"status":"parsed","keys":[],"index":[]}],"error":false,"repositories":[null],"tried":[[]],"decision":null} },
  { title: "a space in auth", example: {"secrets":[{"name":"a","type":"kubernetes.io/dockercfg","data":{".dockercfg":"{\"\":{\"auth\":\"aT p\"}}"},"ineligible":null}],"listed":[],"images":[""],"workload":null}, kubelet: {"secrets":[{"status":"error","keys":[],"index":[]}],"error":false,"repositories":[null],"tried":[[]],"decision":null} },
  { title: "the deepest nesting that is read", example: {"secrets":[{"name":"a","type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"{\"\":" + "[".repeat(9999) + "]".repeat(9999) + ",\"\":{}}"},"ineligible":null}],"listed":[],"images":[""],"workload":null}, kubelet: {"secrets":[{"status":"parsed","keys":[],"index":[]}],"error":false,"repositories":[null],"tried":[[]],"decision":null} },
  { title: "localhost, which falls back to Docker Hub", example: {"secrets":[{"name":"a","type":"kubernetes.io/dockercfg","data":{".dockercfg":"{\"index.docker.io\":{}}"},"ineligible":null}],"listed":["a"],"images":["localhost/a"],"workload":null}, kubelet: {"secrets":[{"status":"parsed","keys":["index.docker.io"],"index":["index.docker.io"]}],"error":false,"repositories":["localhost/a"],"tried":[["a"]],"decision":null} },
  { title: "a glob with too few labels", example: {"secrets":[{"name":"a","type":"kubernetes.io/dockercfg","data":{".dockercfg":"{\"*\":{}}"},"ineligible":null}],"listed":["a"],"images":["a"],"workload":null}, kubelet: {"secrets":[{"status":"parsed","keys":["*"],"index":["*"]}],"error":false,"repositories":["docker.io/library/a"],"tried":[[]],"decision":null} },
  { title: "two Secrets with one key, in the order of the list", example: {"secrets":[{"name":"b","type":"kubernetes.io/dockercfg","data":{".dockercfg":"{\"*:5000\":{}}"},"ineligible":null},{"name":"c","type":"kubernetes.io/dockercfg","data":{".dockercfg":"{\"*:5000\":{}}"},"ineligible":null}],"listed":["c","b"],"images":["a:5000/a"],"workload":null}, kubelet: {"secrets":[{"status":"parsed","keys":["*:5000"],"index":["*:5000"]},{"status":"parsed","keys":["*:5000"],"index":["*:5000"]}],"error":false,"repositories":["a:5000/a"],"tried":[["c","b"]],"decision":null} },
  { title: "Docker Hub's key, suppressed by another", example: {"secrets":[{"name":"a","type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"{\"auths\":{\"docker.io\":{}}}"},"ineligible":null},{"name":"a.b","type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"{\"auths\":{\"http://index.docker.io\":{}}}"},"ineligible":null}],"listed":["a","a.b"],"images":["a"],"workload":null}, kubelet: {"secrets":[{"status":"parsed","keys":["docker.io"],"index":["docker.io"]},{"status":"parsed","keys":["http://index.docker.io"],"index":["index.docker.io"]}],"error":false,"repositories":["docker.io/library/a"],"tried":[["a"]],"decision":null} },
  { title: "a malformed Secret, which is never added", example: {"secrets":[{"name":"a-b","type":"kubernetes.io/dockercfg","data":{".dockercfg":"}"},"ineligible":null}],"listed":[],"images":[""],"workload":{"kind":"Pod","serviceAccount":null,"injectedBefore":[]}}, kubelet: {"secrets":[{"status":"error","keys":[],"index":[]}],"error":false,"repositories":[null],"tried":[[]],"decision":{"injects":false,"fromServiceAccount":[],"added":[],"credentials":[[]],"brokenLaws":[]}} },
  { title: "an image that is served already", example: {"secrets":[{"name":"b","type":"kubernetes.io/dockercfg","data":{".dockercfg":"{\"*.io\":{}}"},"ineligible":null}],"listed":["b"],"images":["0"],"workload":{"kind":"Pod","serviceAccount":null,"injectedBefore":[]}}, kubelet: {"secrets":[{"status":"parsed","keys":["*.io"],"index":["*.io"]}],"error":false,"repositories":["docker.io/library/0"],"tried":[["b"]],"decision":{"injects":false,"fromServiceAccount":[],"added":[],"credentials":[["b"]],"brokenLaws":[]}} },
  { title: "the ServiceAccount's names, which come first", example: {"secrets":[{"name":"a","type":"kubernetes.io/dockercfg","data":{".dockercfg":"{\"docker.io\":{\"auth\":\"dTpw\"}}"},"ineligible":null}],"listed":[],"images":["a"],"workload":{"kind":"Pod","serviceAccount":{"imagePullSecrets":["b"],"enforcesMountableSecrets":false},"injectedBefore":[]}}, kubelet: {"secrets":[{"status":"parsed","keys":["docker.io"],"index":["docker.io"]}],"error":false,"repositories":["docker.io/library/a"],"tried":[[]],"decision":{"injects":true,"fromServiceAccount":["b"],"added":["a"],"credentials":[["a"]],"brokenLaws":[]}} },
];
// biome-ignore-end lint/style/useTemplate: rows stand as they are printed

for (const { title, example, kubelet } of FINDINGS) {
  test(`agrees with the kubelet on ${title}`, () => {
    assert.deepEqual(runCore(example).outcome, kubelet);
  });
}
