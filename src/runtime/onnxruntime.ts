/** The one module that loads onnxruntime-node. */
import type * as Runtime from 'onnxruntime-node';
import { disableTelemetry } from './telemetry.ts';

// Before the library comes. Loaded by a call: a bundler would put a static import before whatever else is in its file.
disableTelemetry();
const runtime = await import('onnxruntime-node');

/**
 * The runtime's own lines would go to standard error raw, past every logger: warnings of devices that it looks for, and of each
 * failure one that it throws as well. Read when the first session is made.
 */
runtime.env.logLevel = 'fatal';

export const { env, InferenceSession, Tensor } = runtime;
export type InferenceSession = Runtime.InferenceSession;
export type Tensor = Runtime.Tensor;
