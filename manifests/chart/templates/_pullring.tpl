{{- /* Parts that several templates share. The release's name plays no part: a cluster has one pullring. */ -}}

{{- define "pullring.labels" -}}
app.kubernetes.io/name: pullring
{{- end -}}

{{- define "pullring.webhookPort" -}}
{{- if .Values.webhookPort }}{{ .Values.webhookPort }}{{ else if .Values.hostNetwork }}18443{{ else }}8443{{ end -}}
{{- end -}}

{{- define "pullring.adminPort" -}}
{{- if .Values.adminPort }}{{ .Values.adminPort }}{{ else if .Values.hostNetwork }}18080{{ else }}8080{{ end -}}
{{- end -}}

{{- define "pullring.image" -}}
{{- $tag := .Values.image.tag | default (printf "v%s" .Chart.AppVersion) -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ $tag }}{{ end -}}
{{- end -}}

{{- define "pullring.podSecurityLevel" -}}
{{- if .Values.hostNetwork }}privileged{{ else }}restricted{{ end -}}
{{- end -}}

{{- define "pullring.subjects" -}}
- kind: ServiceAccount
  name: pullring
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{- define "pullring.credentialRules" -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [get, list, watch]
{{- end -}}

{{- /* Which namespaces are served, before those labelled pullring.dev/required are told from the others. */ -}}
{{- define "pullring.namespaceExpressions" -}}
{{- if .Values.namespaces }}
- key: kubernetes.io/metadata.name
  operator: In
  values: {{ toJson .Values.namespaces }}
{{- else }}
- key: kubernetes.io/metadata.name
  operator: NotIn
  values: [kube-system, kube-node-lease, {{ .Release.Namespace }}]
{{- end }}
- key: pullring.dev/inject
  operator: NotIn
  values: ["false"]
{{- end -}}

{{- /* All that the webhooks of the configuration have in common. */ -}}
{{- define "pullring.webhook" -}}
admissionReviewVersions: [v1]
clientConfig:
  service:
    name: pullring
    namespace: {{ .Release.Namespace }}
    path: /mutate
    port: 443
timeoutSeconds: 3
sideEffects: None
reinvocationPolicy: IfNeeded
matchPolicy: Equivalent
rules:
  - apiGroups: [""]
    apiVersions: [v1]
    resources: [pods]
    operations: [CREATE]
    scope: Namespaced
  {{- if not .Values.podsOnly }}
  - apiGroups: [""]
    apiVersions: [v1]
    resources: [replicationcontrollers]
    operations: [CREATE, UPDATE]
    scope: Namespaced
  - apiGroups: [apps]
    apiVersions: [v1]
    resources: [deployments, statefulsets, daemonsets, replicasets]
    operations: [CREATE, UPDATE]
    scope: Namespaced
  - apiGroups: [batch]
    apiVersions: [v1]
    resources: [jobs, cronjobs]
    operations: [CREATE, UPDATE]
    scope: Namespaced
  {{- end }}
objectSelector:
  matchExpressions:
    - key: pullring.dev/inject
      operator: NotIn
      values: ["false"]
matchConditions:
  - name: not-a-mirror-pod
    expression: >-
      request.kind.kind != "Pod" || !has(object.metadata.annotations) ||
      !("kubernetes.io/config.mirror" in object.metadata.annotations)
  - name: not-a-controlled-workload
    expression: >-
      request.kind.kind == "Pod" || !has(object.metadata.ownerReferences) ||
      !object.metadata.ownerReferences.exists(owner, has(owner.controller) && owner.controller)
  - name: changes-the-template
    expression: >-
      request.operation != "UPDATE" ||
      (request.kind.kind == "CronJob"
      ? object.spec.jobTemplate.spec.template != oldObject.spec.jobTemplate.spec.template
      : object.spec.template != oldObject.spec.template)
{{- end -}}
