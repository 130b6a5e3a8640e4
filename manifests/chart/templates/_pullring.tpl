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

{{- define "pullring.sharingRules" -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, update, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
{{- end -}}

{{- /* A webhook of the configuration; the argument is a dict of context, name, and resources (pods or templates). `required` is an
operator on the label pullring.dev/required with its failure policy: NotIn (Ignore) or In (Fail). */ -}}
{{- define "pullring.webhook" -}}
{{- $ := .context -}}
{{- $required := .required | default "" -}}
- name: {{ .name }}
  admissionReviewVersions: [v1]
  clientConfig:
    service:
      name: pullring
      namespace: {{ $.Release.Namespace }}
      path: {{ if $.Values.observe }}/observe{{ else }}/mutate{{ end }}
      port: 443
  failurePolicy: {{ if eq $required "In" }}Fail{{ else }}Ignore{{ end }}
  timeoutSeconds: 3
  sideEffects: None
  reinvocationPolicy: IfNeeded
  matchPolicy: Equivalent
  namespaceSelector:
    matchExpressions:
      {{- if $.Values.namespaces }}
      - key: kubernetes.io/metadata.name
        operator: In
        values: {{ toJson $.Values.namespaces }}
      {{- else }}
      - key: kubernetes.io/metadata.name
        operator: NotIn
        values: [kube-system, kube-node-lease, {{ $.Release.Namespace }}]
      {{- end }}
      - key: pullring.dev/inject
        {{- if $.Values.optIn }}
        operator: In
        values: ["true"]
        {{- else }}
        operator: NotIn
        values: ["false"]
        {{- end }}
      {{- with $required }}
      - key: pullring.dev/required
        operator: {{ . }}
        values: ["true"]
      {{- end }}
  objectSelector:
    matchExpressions:
      - key: pullring.dev/inject
        operator: NotIn
        values: ["false"]
  {{- if eq .resources "pods" }}
  rules:
    - apiGroups: [""]
      apiVersions: [v1]
      resources: [pods]
      operations: [CREATE]
      scope: Namespaced
  matchConditions:
    - name: not-a-mirror-pod
      expression: >-
        !has(object.metadata.annotations) ||
        !("kubernetes.io/config.mirror" in object.metadata.annotations)
  {{- else }}
  rules:
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
  matchConditions:
    - name: not-a-controlled-workload
      expression: >-
        !has(object.metadata.ownerReferences) ||
        !object.metadata.ownerReferences.exists(owner, has(owner.controller) && owner.controller)
    - name: changes-the-template
      expression: >-
        request.operation != "UPDATE" ||
        (request.kind.kind == "CronJob"
        ? object.spec.jobTemplate.spec.template != oldObject.spec.jobTemplate.spec.template
        : object.spec.template != oldObject.spec.template)
  {{- end }}
{{- end -}}
