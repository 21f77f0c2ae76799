/**
 * Trains on request: POST / begins a training and answers with a line of JSON for each epoch, as they are made. Who hangs up stops
 * it; the state is saved, and the same request with the run's folder goes on there. Meanwhile the server answers others, since
 * the engine computes in a thread of its own.
 *
 * usage: node dist/examples/training-service.js [PORT]
 *        curl -N -X POST localhost:8000 -d '{"model": "m2", "epochs": 2, "limit": 2000}'
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { AtelierError, InterruptedError, train } from 'atelier';

/** What a request may ask for. */
interface Wanted {
  readonly model: string;
  readonly epochs?: number;
  /** Images to train and to validate with, at most. */
  readonly limit?: number;
  /** The folder of a run to go on with. */
  readonly resume?: string;
}

function isWanted(value: unknown): value is Wanted {
  return typeof value === 'object' && value !== null && 'model' in value && typeof value.model === 'string';
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const wanted: unknown = request.method === 'POST' ? await json(request).catch(() => undefined) : undefined;
  if (!isWanted(wanted)) {
    response.writeHead(400).end('expected POST with {"model": …, "epochs": …, "limit": …}\n');
    return;
  }
  const { model, epochs, limit, resume } = wanted;
  const hungUp = new AbortController();
  response.on('close', () => hungUp.abort());
  const say = (line: object) => void response.write(`${JSON.stringify(line)}\n`);
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  try {
    const { run, best } = await train({
      model,
      data: 'fashion-mnist',
      recipe: epochs === undefined ? {} : { epochs },
      limitTrain: limit,
      limitValidation: limit,
      run: resume,
      resume: resume !== undefined,
      signal: hungUp.signal,
      observer: {
        epoch: ({ epoch, train: { loss }, validation }) => say({ epoch, loss, accuracy: validation.accuracy }),
      },
    });
    say({ run, best });
  } catch (error) {
    if (!(error instanceof AtelierError)) throw error;
    if (error instanceof InterruptedError) process.stdout.write(`${error.message}\n`);
    else say({ error: error.message, code: error.code });
  }
  response.end();
}

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
});
server.listen(Number(process.argv[2] ?? 8000), () => {
  const address = server.address();
  process.stdout.write(`listening on port ${typeof address === 'object' ? address?.port : address}\n`);
});
