/** What the native engine's graphs can be asked to be lowered to; see docs/decisions/0006. */
export const targetRequests = ['auto', 'cpu-nchwc', 'portable'] as const;
export type TargetRequest = (typeof targetRequests)[number];
