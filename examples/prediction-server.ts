/**
 * Says what is on a picture: POST / with the bytes of a PNG, JPEG, WebP, … answers with classes and probabilities as JSON.
 *
 * usage: node dist/examples/prediction-server.js RUN [PORT]
 *        curl --data-binary @picture.jpg localhost:8000
 */
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { AtelierError, predict } from 'atelier';

const [run = '', port = '8000'] = process.argv.slice(2);

/** The answer to a request: its status, and what is sent as JSON. */
async function answer(request: IncomingMessage): Promise<readonly [status: number, body: object]> {
  // `predict` reads files; this one is gone when it has answered.
  const path = join(tmpdir(), `picture-${randomUUID()}`);
  try {
    await writeFile(path, await buffer(request));
    const { model, predictions } = await predict(run, [path]);
    return [200, { model, top: predictions[0]?.top }];
  } catch (error) {
    if (!(error instanceof AtelierError)) throw error;
    return [error.code === 'invalid-picture' ? 415 : 500, { error: error.message, code: error.code }];
  } finally {
    await rm(path, { force: true });
  }
}

const server = createServer((request, response) => {
  const send = (status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  answer(request).then(
    ([status, body]) => send(status, body),
    (error: unknown) => send(500, { error: String(error) }),
  );
});
server.listen(Number(port), () => {
  const address = server.address();
  process.stdout.write(`listening on port ${typeof address === 'object' ? address?.port : address}\n`);
});
