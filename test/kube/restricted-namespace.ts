/** A namespace under the strictest pod security, as a careful team has it. */
import type { Kubectl } from "./kubectl.ts";

export async function createRestrictedNamespace(kubectl: Kubectl, name: string): Promise<void> {
  const labels = Object.fromEntries(
    ["enforce", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
  );
  await kubectl.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
}
