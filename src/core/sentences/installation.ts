/** What `pullring doctor` says about an installation, and what to do. */
import { escapeText, quoteText } from "../quoted-text.ts";
import type { InstallationFinding, NotLookedAtReason, Right } from "../verdicts/installation-finding.ts";
import type { Verdict } from "./credential.ts";
import { formatTime } from "./utc-time.ts";

/** Longest text from outside in a sentence, in characters. */
const QUOTE_LENGTH = 80;

/** Says what was found. */
export function verdictOfInstallation(finding: InstallationFinding): Verdict {
  switch (finding.code) {
    case "not-looked-at":
      return { sentence: `not looked at: ${NOT_LOOKED_AT[finding.because]}`, remedy: null };
    case "not-installed":
      return {
        sentence: "the cluster has no webhook configuration of pullring, so that nobody is asked about new Pods",
        remedy: "install pullring: kubectl apply -f install.yaml",
      };
    case "several-configurations":
      return {
        sentence: `there are several webhook configurations of pullring: ${finding.configurations.map(escapeText).join(", ")}`,
        remedy: "delete those of earlier installations",
      };
    case "pods-not-sent":
      return {
        sentence: `no webhook of configuration ${escapeText(finding.configuration)} has a rule for the creation of Pods`,
        remedy: "apply the manifests again",
      };
    case "observed":
      return {
        sentence: `webhook ${escapeText(finding.webhook)} only observes: it decides, logs and counts, and changes nothing`,
        remedy: "leave out the component observe when you have seen enough",
      };
    case "locks-itself-out":
      return {
        sentence: `webhook ${escapeText(finding.webhook)} refuses Pods while no replica answers (failurePolicy Fail), also those of pullring in namespace ${escapeText(finding.namespace)}, so that it cannot come back by itself`,
        remedy: `leave namespace ${escapeText(finding.namespace)} out by its namespaceSelector, as the manifests do`,
      };
    case "refuses":
      return {
        sentence: `webhook ${escapeText(finding.webhook)} refuses what it is asked about while no replica answers (failurePolicy Fail), in all namespaces that it serves`,
        remedy: "apply the manifests again; their component high-security refuses Pods of chosen namespaces alone",
      };
    case "wrong-path":
      return {
        sentence: `webhook ${escapeText(finding.webhook)} calls path ${quote(finding.path)} of the Service, at which pullring answers nothing`,
        remedy: "apply the manifests again: their path is /mutate, or /observe to observe",
      };
    case "kinds-not-sent":
      return {
        sentence: `webhook ${escapeText(finding.webhook)} has no rule for ${finding.resources.map(escapeText).join(", ")}; their Pods are served when they are made`,
        remedy: "apply the manifests again, or leave templates alone altogether with the component pods-only",
      };
    case "no-opt-out": {
      const whose = finding.selector === "namespaceSelector" ? "a namespace" : "an object";
      return {
        sentence: `the ${finding.selector} of webhook ${escapeText(finding.webhook)} does not keep away ${whose} with the label pullring.dev/inject: "false"`,
        remedy: "apply the manifests again",
      };
    }
    case "no-dry-run":
      return {
        sentence: `webhook ${escapeText(finding.webhook)} does not say sideEffects None, so that the API server refuses each dry run that it would be asked about`,
        remedy: "apply the manifests again",
      };
    case "required-not-served":
      return {
        sentence:
          "namespaces with the label pullring.dev/required are left out, and the webhook that would refuse their Pods is not there, so that they get nothing",
        remedy: "apply the manifests again, with the component high-security",
      };
    case "other-ca":
      return {
        sentence: `the caBundle of webhook ${escapeText(finding.webhook)} has none of the CAs of Secret ${escapeText(finding.secret)}, by which the replicas sign, so that the API server trusts no replica`,
        remedy:
          "the replicas put it right within a minute; if they do not: kubectl -n pullring logs deployment/pullring says what keeps them",
      };
    case "no-tls-secret":
      return {
        sentence: `Secret ${escapeText(finding.secret)}, in which the replicas share their CA, does not exist`,
        remedy: "apply the manifests again: they have it, empty, and the replicas fill it",
      };
    case "cas-not-compared":
      return {
        sentence: `whether the caBundle is by the CAs of Secret ${escapeText(finding.secret)} was not compared (${escapeText(finding.why)}); the canary shows whether the API server trusts a replica`,
        remedy: null,
      };
    case "no-ca-bundle":
      return {
        sentence: `webhook ${escapeText(finding.webhook)} has no caBundle, so that the API server trusts no replica`,
        remedy:
          "with --tls=managed see why the replicas do not write it: kubectl -n pullring logs deployment/pullring; with cert-manager see its cainjector",
      };
    case "unreadable-ca-bundle":
      return {
        sentence: `the caBundle of webhook ${escapeText(finding.webhook)} has no certificate that can be read`,
        remedy:
          "empty it: replicas with --tls=managed write it again; else put in the CA that signs the served certificate",
      };
    case "ca-ends": {
      const when = formatTime(finding.endsAtSeconds);
      return {
        sentence: `the last CA in the caBundle of webhook ${escapeText(finding.webhook)} ${finding.isOver ? `has ended, ${when}` : `ends ${when}`}`,
        remedy:
          "replicas with --tls=managed renew it long before: kubectl -n pullring logs deployment/pullring says what keeps them; else renew it",
      };
    }
    case "no-service":
      return { sentence: `Service ${escapeText(finding.service)} does not exist`, remedy: "apply the manifests again" };
    case "no-endpoint": {
      const [namespace = "", name = ""] = finding.service.split("/").map(escapeText);
      return {
        sentence: `Service ${namespace}/${name} has no ready endpoint: no replica can be asked`,
        remedy: `see why no Pod is ready: kubectl -n ${namespace} get pods; kubectl -n ${namespace} logs deployment/${name}`,
      };
    }
    case "no-deployment":
      return {
        sentence: `no Deployment of pullring was found beside Service ${escapeText(finding.service)}, so that its replicas, rights and versions were not looked at`,
        remedy: null,
      };
    case "replicas-missing": {
      const [namespace = "", name = ""] = finding.deployment.split("/").map(escapeText);
      return {
        sentence: `${finding.ready} of ${finding.wanted} replicas of Deployment ${namespace}/${name} are ready`,
        remedy:
          finding.wanted === 0
            ? `kubectl -n ${namespace} scale deployment/${name} --replicas=2`
            : `kubectl -n ${namespace} describe pods; kubectl -n ${namespace} logs deployment/${name}`,
      };
    }
    case "versions-differ":
      return {
        sentence: `replicas run different images: ${finding.images.map(quote).join(", ")}`,
        remedy: "wait for the rollout; if it does not end: kubectl -n pullring rollout status deployment/pullring",
      };
    case "right-missing": {
      const [namespace = "", name = ""] = finding.account.split("/").map(escapeText);
      return {
        sentence: `ServiceAccount ${namespace}/${name} lacks the right to ${describeRight(finding.right)}`,
        remedy: "apply the manifests again: their roles have it",
      };
    }
    case "no-flow-schema":
      return {
        sentence: `no FlowSchema is for ServiceAccount ${escapeText(finding.account)}, so that its reads wait behind others where the API server is busy`,
        remedy: "apply the manifests again: they have one",
      };
    case "flow-schema-unused":
      return {
        sentence: `FlowSchema ${escapeText(finding.schema)} is for priority level ${quote(finding.level)}, which does not exist, so that pullring's reads wait behind others where the API server is busy`,
        remedy: "apply the manifests again: theirs is for exempt, which every cluster has",
      };
    case "flow-schema-shared":
      return {
        sentence: `FlowSchema ${escapeText(finding.schema)} puts the reads of ServiceAccount ${escapeText(finding.account)} into priority level ${quote(finding.level)}, where they wait for a seat while Pods wait for them`,
        remedy: "apply the manifests again: theirs is for exempt",
      };
    case "flow-schema-behind":
      return {
        sentence: `FlowSchema ${escapeText(finding.schema)} comes before ${escapeText(finding.own)} and puts the reads of ServiceAccount ${escapeText(finding.account)} into priority level ${quote(finding.level)}, where they wait for a seat while Pods wait for them`,
        remedy: `give FlowSchema ${escapeText(finding.schema)} a matchingPrecedence above ${finding.precedence}`,
      };
    case "canary-unanswered":
      return {
        sentence: `the dry run of a Pod in namespace ${escapeText(finding.namespace)} came back without pullring's answer: the API server could not reach a replica, did not trust its certificate, or got no answer in time`,
        remedy:
          "mend what is told above; else the log of the API server has the reason (failed calling webhook), most often a network policy, a firewall between control plane and nodes, or a caBundle that is not that of the served certificate",
      };
    case "canary-not-sent":
      return {
        sentence: `pullring is not asked about Pods in namespace ${escapeText(finding.namespace)} (the webhook configuration wants ${escapeText(finding.requirement)}), so that no canary was sent`,
        remedy: "name a namespace that is served with -n",
      };
    case "not-read":
      return { sentence: `${escapeText(finding.what)}: ${escapeText(finding.why)}`, remedy: null };
  }
}

const NOT_LOOKED_AT: Readonly<Record<NotLookedAtReason, string>> = {
  "not-installed": "there is no webhook configuration that leads to it",
  "not-read": "the webhook configurations, which lead to it, could not be read",
  url: "pullring is called at a URL, and not through a Service",
  "no-deployment": "there is no Deployment",
};

/** @example describeRight({ verb: "list", group: "", resource: "secrets" }) // "list secrets in all namespaces" */
function describeRight({ verb, group, resource, namespace, name }: Right): string {
  const what = `${resource}${group === "" ? "" : `.${group}`}${name === undefined ? "" : `/${name}`}`;
  const isOfCluster = group === "admissionregistration.k8s.io";
  const where = namespace === undefined ? (isOfCluster ? "" : " in all namespaces") : ` in namespace ${namespace}`;
  return escapeText(`${verb} ${what}${where}`);
}

function quote(text: string): string {
  return quoteText(text, QUOTE_LENGTH);
}
