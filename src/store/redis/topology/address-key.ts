/** When two addresses are the same one. */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import { addressText } from "../control/address-map.ts";

/** Equal for equal addresses; a host name and what it resolves to are not. */
export function addressKey(address: RedisAddress): string {
  return addressText(address).toLowerCase();
}
