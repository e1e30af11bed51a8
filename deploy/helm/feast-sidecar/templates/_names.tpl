{{- define "feast-sidecar.name" -}}
{{ .Values.deployment.container.name }}
{{- end -}}

{{- define "feast-sidecar.selectorLabels" -}}
app.kubernetes.io/name: {{ include "feast-sidecar.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "feast-sidecar.labels" -}}
{{ include "feast-sidecar.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}
