/**
 * `--try`: asks the registries what they would give to a new Pod. Secrets are read again for it, with the rights of the person who
 * asks; logins are held while they are asked for, and are in nothing that comes out.
 */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import PQueue from "p-queue";
import { type Attempt, listAttempts } from "../../core/admission/attempts.ts";
import type { ExplainedImage, ExplainedObject } from "../../core/admission/explanation.ts";
import { ConfigError } from "../../core/app-error.ts";
import { type ByteSpan, bytesOfSpan } from "../../core/go/byte-span.ts";
import { type CredentialReading, readCredential } from "../../core/kubelet/credential.ts";
import { escapeText } from "../../core/quoted-text.ts";
import { verdictOfOutcome, verdictOfTrial } from "../../core/sentences/registry.ts";
import { judgeOutcomes, type RegistryOutcome, type TrialVerdict } from "../../core/verdicts/registry-outcome.ts";
import { readTokenEnd } from "../../core/verdicts/token-end.ts";
import { askRegistry, type Login } from "../../registry/ask-registry.ts";
import { addressOf, canonicalHost, type ImageAddress } from "../../registry/image-address.ts";
import type { ExchangeOptions } from "../../registry/registry-exchange.ts";
import { SYSTEM_CLOCK } from "../../telemetry/clock.ts";
import { codeOf } from "../../telemetry/serialize-error.ts";
import { readVersion } from "../command.ts";
import type { Known } from "./known.ts";
import type { ExplainOptions } from "./options.ts";
import type { ImageTrial, RegistryAttempt } from "./report.ts";

/** Registries that are asked at a time. */
const MAX_RUNNING = 8;

/** Most questions of one run: where nothing answers, each takes 9 s. A question is a login for an image. */
const MAX_QUESTIONS = 200;

/** Asks for the images of objects; the same login for the same image once. */
export class RegistryTrial {
  readonly #known: Known;
  readonly #options: ExchangeOptions;
  readonly #queue = new PQueue({ concurrency: MAX_RUNNING });
  readonly #asked = new Map<string, Promise<RegistryOutcome>>();

  constructor(known: Known, options: ExchangeOptions) {
    this.#known = known;
    this.#options = options;
  }

  /** Asks for each image of a new Pod once. Never throws. */
  async run(object: ExplainedObject): Promise<readonly ImageTrial[]> {
    const images = new Map(object.images.map((image) => [image.image, image]));
    return await Promise.all(
      [...images.values()].map(async (image) => {
        const { attempts, verdict } = await this.#try(image, object);
        return { image: image.image, verdict: { ...verdict, ...verdictOfTrial(verdict) }, attempts };
      }),
    );
  }

  async #try(
    { image, repository, credentials }: ExplainedImage,
    { namespace, imagePullSecrets: { effective } }: ExplainedObject,
  ): Promise<{ readonly attempts: readonly RegistryAttempt[]; readonly verdict: TrialVerdict }> {
    const address = addressOf(image);
    if (address === undefined || repository === null) return { attempts: [], verdict: { code: "not-an-image" } };
    const { keyring } = this.#known.view(namespace, "");
    const malformed = effective.find((name) => keyring.credentials.get(name)?.status === "malformed");
    if (malformed !== undefined) return { attempts: [], verdict: { code: "malformed-listed", secret: malformed } };
    const names = [...new Set(effective)].filter((name) => credentials.includes(name));
    const readings = await Promise.all(names.map((name) => this.#read(namespace, name)));
    const logins = listAttempts(
      readings.filter((reading) => reading !== undefined),
      repository,
    );
    const unread = names.find((name) => !logins.some(({ secret }) => secret === name));
    if (unread !== undefined) return { attempts: [], verdict: { code: "not-read", secret: unread } };
    const questions = (logins.length === 0 ? [undefined] : logins).map((attempt) => ({
      attempt,
      key: JSON.stringify([address, attempt && namespace, attempt?.secret, attempt?.registry]),
    }));
    const fresh = questions.filter(({ key }) => !this.#asked.has(key));
    if (fresh.length > 0 && this.#asked.size + fresh.length > MAX_QUESTIONS) {
      return { attempts: [], verdict: { code: "too-many", limit: MAX_QUESTIONS } };
    }
    const [first, ...rest] = await Promise.all(questions.map((question) => this.#ask(address, question)));
    if (first === undefined) return { attempts: [], verdict: { code: "not-an-image" } };
    const attempts = [first, ...rest].map(({ secret, registry, outcome }) => {
      return { secret, registry, ...outcome, ...verdictOfOutcome(outcome) };
    });
    return { attempts, verdict: judgeOutcomes([first, ...rest]) };
  }

  async #read(namespace: string, name: string): Promise<CredentialReading | undefined> {
    const secret = await this.#known.readSecret({ namespace, name });
    return secret && readCredential(secret);
  }

  async #ask(address: ImageAddress, { attempt, key }: Question): Promise<Answer> {
    const { secret = null, registry = null } = attempt ?? {};
    const asking = this.#asked.get(key) ?? this.#queue.add(() => this.#askNow(address, attempt));
    this.#asked.set(key, asking);
    return { secret, registry, outcome: await asking };
  }

  async #askNow(address: ImageAddress, attempt: Attempt | undefined): Promise<RegistryOutcome> {
    const login = attempt && loginOf(attempt);
    const outcome = await askRegistry(address, login, this.#options);
    const expiresAt = attempt && readTokenEnd(attempt.entry.password);
    const isOver = expiresAt !== undefined && expiresAt < SYSTEM_CLOCK.now() / 1000;
    return outcome.code === "refused" && isOver ? { code: "expired", expiresAt } : outcome;
  }
}

/** One login, or none, for an image; the same key is the same question. */
interface Question {
  readonly attempt: Attempt | undefined;
  readonly key: string;
}

interface Answer {
  readonly secret: string | null;
  readonly registry: string | null;
  readonly outcome: RegistryOutcome;
}

function loginOf({ entry }: Attempt): Login {
  const textOf = (span: ByteSpan): string => Buffer.from(bytesOfSpan(span)).toString("utf8");
  return { username: textOf(entry.username), password: textOf(entry.password) };
}

/** @throws ConfigError when the file of --registry-ca cannot be read or has no certificate */
export async function readExchangeOptions({ registryCa, insecureRegistry }: ExplainOptions): Promise<ExchangeOptions> {
  return {
    ca: registryCa === undefined ? undefined : await readCa(registryCa),
    insecureHosts: new Set(insecureRegistry.map(canonicalHost)),
    userAgent: `pullring/${readVersion()}`,
    environment: process.env,
  };
}

async function readCa(path: string): Promise<string> {
  const pem = await readFile(path, "utf8").catch((error: unknown) => {
    throw new ConfigError([`--registry-ca: ${escapeText(path)} cannot be read (${codeOf(error)})`]);
  });
  try {
    new X509Certificate(pem);
  } catch {
    throw new ConfigError([`--registry-ca: ${escapeText(path)} has no certificate in PEM; give it that of the CA`]);
  }
  return pem;
}
