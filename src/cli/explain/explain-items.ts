/** Explains what was read: each request, where the Secrets are that it wants, and the verdict on each object of the cluster. */
import { type ExplainedObject, explainRequest } from "../../core/admission/explanation.ts";
import { AppError } from "../../core/app-error.ts";
import { findWhereabouts, type SecretDirectory, type WantedSecrets } from "../../core/verdicts/whereabouts.ts";
import type { InputRequest } from "./input.ts";
import type { Known } from "./known.ts";
import { reportLive, subjectOf } from "./live-report.ts";
import type { LiveReport } from "./report.ts";

/** The explanations. */
export interface ExplainedItems {
  readonly explained: ReadonlyMap<InputRequest, ExplainedObject>;
  /** The Secrets that each of them wants. */
  readonly wanted: ReadonlyMap<ExplainedObject, WantedSecrets>;
  readonly directory: SecretDirectory;
  /** Of the objects of the cluster. */
  readonly reports: ReadonlyMap<ExplainedObject, LiveReport>;
  /** What could not be explained, and why. */
  readonly unexplained: ReadonlyMap<InputRequest, string>;
}

/** Explains the items of `known`. One that is too much work takes no other with it. */
export async function explainItems(known: Known): Promise<ExplainedItems> {
  const unexplained = new Map<InputRequest, string>();
  const explained = new Map(
    known.items.flatMap((item) => {
      if (item.type !== "request") return [];
      const whyNotServed = item.isRecorded ? undefined : known.whyNotServed;
      try {
        const object = explainRequest(item.request, known.view, whyNotServed);
        return [[item, item.live === undefined ? object : { ...object, kind: item.live.kind.kind }] as const];
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        unexplained.set(item, error.message);
        return [];
      }
    }),
  );
  const wanted = new Map([...explained.values()].map((object) => [object, wantedSecretsOf(object)]));
  const subjects = new Map(
    [...explained].flatMap(([{ live }, object]) =>
      live === undefined ? [] : [[object, subjectOf(live, object, known)]],
    ),
  );
  const ofSubjects = new Map([...subjects].map(([object, subject]) => [object, wantedSecretsOf(subject.explained)]));
  const directory = await known.openDirectory([...wanted.values(), ...ofSubjects.values()]);
  const reports = new Map<ExplainedObject, LiveReport>();
  await Promise.all(
    [...subjects].map(async ([object, subject]) => {
      const whereabouts = findWhereabouts(ofSubjects.get(object) as WantedSecrets, directory);
      reports.set(object, await reportLive(subject, whereabouts, known));
    }),
  );
  return { explained, wanted, directory, reports, unexplained };
}

/** What is said to be missing has to be known for certain not to be public: nobody makes a pull Secret for these. */
const PUBLIC_REPOSITORY = /^(?:docker\.io\/library|registry\.k8s\.io)\//;

function wantedSecretsOf({ namespace, imagePullSecrets, images }: ExplainedObject): WantedSecrets {
  const unserved = images.flatMap(({ image, repository, credentials }) =>
    repository === null || credentials.length > 0 || PUBLIC_REPOSITORY.test(repository) ? [] : [{ image, repository }],
  );
  const { effective: names, listed, added } = imagePullSecrets;
  const namesOfAccount = names.filter((name) => !listed.includes(name) && !added.includes(name));
  return { namespace, names, namesOfAccount, unserved };
}
