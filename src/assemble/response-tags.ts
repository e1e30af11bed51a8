/** Tags of a serialized GetOnlineFeaturesResponse, all length-delimited (feast/serving/ServingService.proto). */
export const RESULTS = 0x12;
export const VALUES = 0x0a;
export const STATUSES = 0x12;
export const EVENT_TIMESTAMPS = 0x1a;
