import type { Campaign } from './campaign.ts';
import { properties } from './properties.ts';

/** All of them, in the order in which they are run. */
export const campaigns: readonly Campaign[] = [properties];
