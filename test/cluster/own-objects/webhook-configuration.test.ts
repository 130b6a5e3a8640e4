/** The caBundle of the webhook configuration, read, replaced and watched at an API server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebhookConfiguration } from "../../../src/cluster/own-objects/webhook-configuration.ts";
import { type ClientBed, startBed, until } from "../testbed.ts";

const RESOURCE = "mutatingwebhookconfigurations";
const PLACE = { namespace: "", name: "pullring" };
const encode = (text: string): string => Buffer.from(text).toString("base64");

const byService = (name: string, caBundle: string) => ({
  name: `${name}.example.com`,
  clientConfig: { service: { name, namespace: "pullring", path: "/mutate" }, caBundle: encode(caBundle) },
  sideEffects: "None",
});
const byUrl = (caBundle?: string) => ({
  name: "url.example.com",
  clientConfig: { url: "https://127.0.0.1/mutate", ...(caBundle !== undefined && { caBundle: encode(caBundle) }) },
});

function putWebhooks({ server }: ClientBed, ...webhooks: readonly object[]): void {
  server.store.put(RESOURCE, PLACE, { webhooks });
}

function configurationOf({ client }: ClientBed): WebhookConfiguration {
  const service = { name: "pullring", namespace: "pullring" };
  return new WebhookConfiguration({ client, name: "pullring", service });
}

test("reads the caBundles of the entries that name our Service or a URL", async (t) => {
  const bed = await startBed(t);
  assert.equal(await configurationOf(bed).read(), undefined);
  putWebhooks(bed, byService("pullring", "ours"), byService("other", "theirs"), byUrl());
  assert.deepEqual((await configurationOf(bed).read())?.bundles, ["ours", ""]);
});

test("writes into the entries of ours and leaves those of other Services as they are", async (t) => {
  const bed = await startBed(t);
  putWebhooks(bed, byService("pullring", "old"), byUrl(), byService("other", "theirs"));
  assert.equal(await (await configurationOf(bed).read())?.replace("new"), "written");
  const [stored] = bed.server.store.list(RESOURCE, undefined);
  assert.deepEqual(stored?.webhooks, [byService("pullring", "new"), byUrl("new"), byService("other", "theirs")]);
});

test("names the right to watch while it is missing", async (t) => {
  const bed = await startBed(t);
  putWebhooks(bed, byService("pullring", "ours"));
  bed.server.fault = ({ verb }) => (verb === "watch" ? { status: 403 } : undefined);
  const configuration = configurationOf(bed);
  const stopped = new AbortController();
  let changes = 0;
  const watching = configuration.watch(() => {
    changes += 1;
  }, stopped.signal);
  await until(() => configuration.problem() !== undefined);
  assert.equal(configuration.problem(), "missing right: watch mutatingwebhookconfigurations/pullring");
  bed.server.fault = () => undefined;
  await until(() => configuration.problem() === undefined && changes === 1);
  stopped.abort();
  await watching;
});
