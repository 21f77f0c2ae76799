import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import type { MessageWording } from '../message.ts';
import type { Artifact } from './artifact.ts';
import type { ExportFormat } from './formats.ts';
import type { Verification } from './verify.ts';

/** What a model card tells beside the model itself. */
export interface CardContent {
  readonly format: ExportFormat;
  readonly form: ExportForm;
  readonly artifact: Artifact;
  /** Bytes by file name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** null where nobody asked for it; a text says why it could not be done. */
  readonly verification: Verification | string | null;
  /** How settings and further calls are named. */
  readonly wording: MessageWording;
}
