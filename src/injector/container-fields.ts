/**
 * The fields of a container in a pod, Kubernetes 1.29 to 1.35. The API server drops, without a word, a field that it does not know
 * from what a webhook adds: a probe with a misspelt name would be a sidecar without that probe.
 */
export const CONTAINER_FIELDS: readonly string[] = [
  "args",
  "command",
  "env",
  "envFrom",
  "image",
  "imagePullPolicy",
  "lifecycle",
  "livenessProbe",
  "name",
  "ports",
  "readinessProbe",
  "resizePolicy",
  "resources",
  "restartPolicy",
  "restartPolicyRules",
  "securityContext",
  "startupProbe",
  "stdin",
  "stdinOnce",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "tty",
  "volumeDevices",
  "volumeMounts",
  "workingDir",
];
