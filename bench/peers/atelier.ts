/** Atelier's own engines as a peer. Argument: atelier (the target that the engine chooses), atelier-portable, ort-training. */
import { type EngineKind, EnginePeer, engineKinds } from './engine-peer.ts';
import { serve } from './serve.ts';

const [asked = ''] = process.argv.slice(2);
const kind = engineKinds.find((known): known is EngineKind => known === asked);
if (kind === undefined) throw new Error(`expected one of ${engineKinds.join(', ')}, got '${asked}'`);
await serve(new EnginePeer(kind));
