{{/*
For other charts, with this one as a dependency and `deployment.enabled: false`. The argument is this chart's context: `.` here,
`(index .Subcharts "feast-sidecar")` in a chart that depends on it.

  feast-sidecar.container           the container, a list item for initContainers (mode native) or containers (classic)
  feast-sidecar.volumes             the volumes that it mounts, list items
  feast-sidecar.podSecurityContext  what the pod's securityContext needs, a map
  feast-sidecar.socketMount         the socket, a list item for the model server's volumeMounts; empty without socket.enabled
*/}}

{{- define "feast-sidecar.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- /* Whole Mi and Gi, KiB, MiB and GiB are all that the schema lets through. */ -}}
{{- define "feast-sidecar.kibibytes" -}}
{{- $unit := get (dict "K" 1 "M" 1024 "G" 1048576) (regexFind "[KMG]" .) -}}
{{ mul (regexFind "^[0-9]+" .) $unit }}
{{- end -}}

{{- define "feast-sidecar.cacheMaxBytes" -}}
{{- if .Values.cache.maxBytes -}}
{{ .Values.cache.maxBytes }}
{{- else -}}
{{ div (include "feast-sidecar.kibibytes" .Values.resources.limits.memory) 8192 }}MiB
{{- end -}}
{{- end -}}

{{- /* What the schema cannot compare: nothing, or the end with a sentence. */ -}}
{{- define "feast-sidecar.check" -}}
{{- if and (eq .Values.mode "native") (semverCompare "<1.29.0-0" .Capabilities.KubeVersion.Version) }}
{{- fail (printf "mode: native needs Kubernetes 1.29, this is %s: set mode: classic" .Capabilities.KubeVersion.Version) }}
{{- end -}}
{{- if and (not .Values.socket.enabled) (eq (int .Values.admin.port) 6566) }}
{{- fail "admin.port: 6566 is the port on which the sidecar gives features; choose another" }}
{{- end -}}
{{- $memory := .Values.resources.limits.memory -}}
{{- $limit := int64 (include "feast-sidecar.kibibytes" $memory) -}}
{{- if lt $limit 65536 }}
{{- fail (printf "resources.limits.memory: %s is too little for the sidecar to start; expected 64Mi or more" $memory) }}
{{- end -}}
{{- $cache := include "feast-sidecar.cacheMaxBytes" . -}}
{{- $room := div (mul $limit (sub 100 .Values.heapPercent)) 100 -}}
{{- if gt (int64 (include "feast-sidecar.kibibytes" $cache)) $room }}
{{- fail (printf "cache.maxBytes: %s does not fit into resources.limits.memory (%s) beside the heap (heapPercent: %v): expected at most %dMiB; an eighth of the limit is usual" $cache $memory .Values.heapPercent (div $room 1024)) }}
{{- end -}}
{{- end -}}

{{- define "feast-sidecar.socketMount" -}}
{{- if .Values.socket.enabled -}}
- name: feast-sidecar-socket
  mountPath: /run/feast-sidecar
{{- end -}}
{{- end -}}

{{- define "feast-sidecar.volumes" -}}
- name: feast-feature-repo
  {{- with .Values.featureRepo.volume }}
  {{- toYaml . | nindent 2 }}
  {{- else }}
  configMap:
    name: {{ .Values.featureRepo.configMap }}
  {{- end }}
{{- if .Values.socket.enabled }}
- name: feast-sidecar-socket
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
{{- end }}
{{- end -}}

{{- define "feast-sidecar.podSecurityContext" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- if .Values.socket.enabled }}
fsGroup: {{ .Values.socket.fsGroup }}
{{- end }}
{{- end -}}

{{- define "feast-sidecar.container" -}}
{{- include "feast-sidecar.check" . -}}
- name: feast-sidecar
  image: {{ include "feast-sidecar.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  {{- if eq .Values.mode "native" }}
  restartPolicy: Always
  {{- end }}
  args: [serve, --chdir, /feature-repo]
  ports:
    - name: feast-admin
      containerPort: {{ .Values.admin.port }}
  env:
    - name: FEAST_SIDECAR__ZONE
      {{- if .Values.zone }}
      value: {{ .Values.zone | quote }}
      {{- else }}
      valueFrom:
        fieldRef:
          fieldPath: metadata.labels['topology.kubernetes.io/zone']
      {{- end }}
    - name: FEAST_SIDECAR__LISTEN
      value: {{ if .Values.socket.enabled }}'["unix:/run/feast-sidecar/feast.sock"]'{{ else }}'["127.0.0.1:6566"]'{{ end }}
    - name: FEAST_SIDECAR__ADMIN
      value: {{ printf "%s:%v" .Values.admin.host .Values.admin.port | quote }}
    - name: FEAST_SIDECAR__PROBES__LIVENESS__REDIS_GRACE
      value: {{ .Values.probes.liveness.redis_grace }}
    - name: FEAST_SIDECAR__CACHE__MAX_BYTES
      value: {{ include "feast-sidecar.cacheMaxBytes" . }}
    - name: NODE_OPTIONS
      value: --max-old-space-size-percentage={{ .Values.heapPercent }}
    {{- if eq .Values.mode "classic" }}
    - name: FEAST_SIDECAR__DRAIN__WAIT
      value: {{ .Values.classic.drainWait }}
    {{- end }}
    {{- with .Values.env }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.secretName }}
  envFrom:
    - secretRef:
        name: {{ . }}
        optional: true
  {{- end }}
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  startupProbe:
    httpGet:
      path: /startupz
      port: feast-admin
    periodSeconds: 1
    timeoutSeconds: 1
    failureThreshold: 60
  readinessProbe:
    httpGet:
      path: /readyz
      port: feast-admin
    periodSeconds: 5
    timeoutSeconds: 1
    failureThreshold: 3
  livenessProbe:
    httpGet:
      path: /livez
      port: feast-admin
    periodSeconds: 10
    timeoutSeconds: 2
    failureThreshold: 3
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
    seccompProfile:
      type: RuntimeDefault
  volumeMounts:
    - name: feast-feature-repo
      mountPath: /feature-repo
      readOnly: true
    {{- with include "feast-sidecar.socketMount" . }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with .Values.volumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
