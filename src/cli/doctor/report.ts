/** What `pullring doctor` shows: checks with their findings, as JSON or for a person. */

import { INSTALLATION_CHECKS, type InstallationFacts, judgeInstallation } from "../../core/doctor/installation.ts";
import type { SharingFinding } from "../../core/doctor/sharing.ts";
import { compareBytes } from "../../core/go/byte-string.ts";
import { escapeText } from "../../core/quoted-text.ts";
import { lineOf } from "../../core/sentences/credential.ts";
import { verdictOfInstallation } from "../../core/sentences/installation.ts";
import { verdictOfListedName } from "../../core/sentences/listed-name.ts";
import { verdictOfSharingProblem } from "../../core/sentences/sharing.ts";
import { type InstallationFinding, SEVERITIES, type Severity } from "../../core/verdicts/installation-finding.ts";
import type { ExplainedCredential, ExplainedFinding } from "../explain/report.ts";
import type { Paint } from "../explain/text-table.ts";
import type { Survey, SurveyedPart, WaitingPod } from "./survey.ts";

/** One thing that was found; codes and parameters beside their words. */
export interface DoctorFinding {
  readonly severity: Severity;
  readonly code: string;
  readonly sentence: string;
  /** null where there is nothing to do. */
  readonly remedy: string | null;
  readonly [parameter: string]: unknown;
}

/** One check; it is well without findings. */
export interface DoctorCheck {
  readonly name: string;
  readonly findings: readonly DoctorFinding[];
}

/** Everything that was looked at. */
export interface Examination {
  readonly installation: InstallationFacts;
  readonly canary: readonly InstallationFinding[];
  readonly survey: Survey;
  /** What could not be read in the cluster, one line each. */
  readonly errors: readonly string[];
}

/** Gives the checks in the order in which a person should look at them. */
export function checksOf({ installation, canary, survey, errors }: Examination): readonly DoctorCheck[] {
  const judged = judgeInstallation(installation);
  const unread = errors.map(
    (why): DoctorFinding => ({ severity: "unknown", code: "not-read", sentence: escapeText(why), remedy: null }),
  );
  return [
    ...INSTALLATION_CHECKS.map((name) => ({ name, findings: judged[name].map(ofInstallation) })),
    { name: "canary", findings: canary.map(ofInstallation) },
    ofSurvey("pods", survey, survey.waiting.map(ofWaitingPod)),
    ofSurvey("credentials", survey, sorted(survey.credentials.flatMap(ofCredential))),
    ...(survey.sharing === undefined ? [] : [ofSurvey("sharing", survey, sorted(survey.sharing.map(ofSharing)))]),
    ofSurvey(
      "listed-names",
      survey,
      survey.names.map((name): DoctorFinding => ({ severity: "notice", ...name, ...verdictOfListedName(name) })),
    ),
    { name: "your-rights", findings: unread },
  ];
}

/** What could not be read in whole is never well. */
function ofSurvey(name: SurveyedPart, { unread }: Survey, findings: readonly DoctorFinding[]): DoctorCheck {
  return unread.has(name) ? { name, findings: [...findings, PARTLY_READ] } : { name, findings };
}

const PARTLY_READ: DoctorFinding = {
  severity: "unknown",
  code: "partly-read",
  sentence: "not all of it could be read; your-rights, below, says what",
  remedy: "name a namespace that you may read with -n, or ask again with the rights",
};

function ofInstallation(finding: InstallationFinding): DoctorFinding {
  return { severity: SEVERITIES[finding.code], ...finding, ...verdictOfInstallation(finding) };
}

function ofWaitingPod({ namespace, pod, verdict }: WaitingPod): DoctorFinding {
  const sentence = `${escapeText(`Pod ${namespace}/${pod}`)}: ${verdict.sentence}`;
  return { severity: "wrong", ...verdict, namespace, pod, sentence };
}

function ofCredential(credential: ExplainedCredential): readonly DoctorFinding[] {
  const { namespace, name, findings, status } = credential;
  return findings.map((finding) => {
    const sentence = `${escapeText(`Secret ${namespace}/${name}`)}: ${finding.sentence}`;
    return { severity: isSerious(finding, status) ? "wrong" : "notice", ...finding, namespace, secret: name, sentence };
  });
}

/** A Secret that has the name of a shared credential may be meant to stand in its place. */
function ofSharing(finding: SharingFinding): DoctorFinding {
  const verdict = verdictOfSharingProblem(finding, finding.secret);
  const sentence = `shared Secret ${escapeText(finding.secret)}: ${verdict.sentence}`;
  return { severity: finding.code === "name-taken" ? "notice" : "wrong", ...finding, ...verdict, sentence };
}

/** Without one of these it may still serve. */
function isSerious({ code }: ExplainedFinding, status: ExplainedCredential["status"]): boolean {
  return status !== "usable" || code === "void-entry" || code === "token-expired";
}

/** What a person has to act on comes first, and void and expired credentials before what else is wrong with one. */
function sorted(findings: readonly DoctorFinding[]): readonly DoctorFinding[] {
  const rank = ({ severity, code }: DoctorFinding): number =>
    (severity === "wrong" ? 0 : 2) - (code === "void-entry" || code === "token-expired" ? 1 : 0);
  return [...findings].sort((a, b) => rank(a) - rank(b) || compareBytes(a.sentence, b.sentence));
}

/** 0: well; 1: a person has to act; 2: something could not be asked, and nothing wrong was seen. */
export function statusOf(checks: readonly DoctorCheck[]): 0 | 1 | 2 {
  const severities = new Set(checks.flatMap(({ findings }) => findings.map(({ severity }) => severity)));
  if (severities.has("wrong")) return 1;
  return severities.has("unknown") ? 2 : 0;
}

/** Most findings of a check that a person is shown. */
const MAX_SHOWN = 20;

const WORDS: Readonly<Record<Severity, string>> = { wrong: "to act on", unknown: "not known", notice: "to know" };

/** Gives the checks for a person, a text each: a line, and the findings below. */
export function renderChecks(checks: readonly DoctorCheck[], paint: Paint): readonly string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .filter(({ name, findings }) => name !== "your-rights" || findings.length > 0)
    .map(({ name, findings }) => [
      `${paint("bold", name.padEnd(width))}  ${summaryOf(findings, paint)}`,
      ...findings
        .filter(hasLine)
        .slice(0, MAX_SHOWN)
        .map((finding) => paint(finding.severity === "wrong" ? "yellow" : "dim", `  ${lineOf(finding)}`)),
      ...(findings.length > MAX_SHOWN ? [`  ${findings.length - MAX_SHOWN} more; -o json has all of them`] : []),
    ])
    .map((lines) => lines.map((line) => `${line}\n`).join(""));
}

/** That nothing was looked at is said beside the name of the check. */
function hasLine({ code }: DoctorFinding): boolean {
  return code !== "not-looked-at";
}

function summaryOf(findings: readonly DoctorFinding[], paint: Paint): string {
  const [first] = findings;
  if (first === undefined) return paint("green", "ok");
  if (!hasLine(first)) return paint("dim", first.sentence);
  const counts = (["wrong", "unknown", "notice"] as const).map((severity) => ({
    severity,
    count: findings.filter((finding) => finding.severity === severity).length,
  }));
  return counts
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${WORDS[severity]}`)
    .join(", ");
}
