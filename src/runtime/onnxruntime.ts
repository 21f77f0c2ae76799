/** The one module that loads onnxruntime-node. The order of its lines matters: telemetry is off before the library comes. */
import './telemetry.ts';

export { env, InferenceSession, Tensor } from 'onnxruntime-node';
