/** How much of the cache each tenant takes, and which of them is to give room first. */
import type { Entry, TenantLink } from "./entry.ts";
import { LinkedList } from "./linked-list.ts";

/** A tenant, its id and its share of a Map. Measured after two forced collections, Node 26: 164 bytes. */
const TENANT_BYTES = 240;

export class Tenant {
  readonly id: string;
  /** Those that were asked for last come first. */
  readonly entries = new LinkedList<TenantLink>();
  bytes = 0;
  count = 0;

  constructor(id: string) {
    this.id = id;
  }
}

export class Tenants {
  readonly #shareBytes: number;
  readonly #tenants = new Map<string, Tenant>();
  /** Those above their share; there is room for no more than 1 / share of them. */
  readonly #above = new Set<Tenant>();

  /** @param shareBytes what one tenant may take while another needs room */
  constructor(shareBytes: number) {
    this.#shareBytes = shareBytes;
  }

  /** Memory of the tenants beside their entries. */
  get bytes(): number {
    return this.#tenants.size * TENANT_BYTES;
  }

  /** The tenant of an entry that is about to be added. */
  of(id: string): Tenant {
    return this.#tenants.get(id) ?? new Tenant(id);
  }

  added(entry: Entry, tenant: Tenant): void {
    tenant.entries.addFirst(entry.ofTenant!);
    tenant.count += 1;
    this.#tenants.set(tenant.id, tenant);
    this.resized(tenant, entry.bytes);
  }

  removed(entry: Entry, tenant: Tenant): void {
    tenant.entries.remove(entry.ofTenant!);
    tenant.count -= 1;
    this.resized(tenant, -entry.bytes);
    // Tenants are as many as there are in the cache.
    if (tenant.count === 0) this.#tenants.delete(tenant.id);
  }

  resized(tenant: Tenant, byBytes: number): void {
    tenant.bytes += byBytes;
    if (tenant.bytes > this.#shareBytes) this.#above.add(tenant);
    else this.#above.delete(tenant);
  }

  moveFirst(entry: Entry, tenant: Tenant): void {
    tenant.entries.remove(entry.ofTenant!);
    tenant.entries.addFirst(entry.ofTenant!);
  }

  /** The entry that goes first: the one that the largest tenant above its share used least recently. undefined = none is above. */
  victim(): Entry | undefined {
    let largest: Tenant | undefined;
    for (const tenant of this.#above) if (largest === undefined || tenant.bytes > largest.bytes) largest = tenant;
    return largest?.entries.last?.entry;
  }

  clear(): void {
    this.#tenants.clear();
    this.#above.clear();
  }
}
