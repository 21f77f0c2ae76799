/** What can train a model: onnxruntime-node with graphs of our own, or ONNX Runtime's training build. */
export const engineNames = ['native', 'ort-training'] as const;
export type EngineName = (typeof engineNames)[number];

/** True where an engine of that name exists. */
export function isEngineName(name: string | undefined): name is EngineName {
  return engineNames.some((known) => known === name);
}
