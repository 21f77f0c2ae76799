/** The exported page, written to a folder and served from it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import type { LabelledImageSet } from '../../src/export/feed.ts';
import { formOf } from '../../src/export/formats.ts';
import type { Subject } from '../../src/export/subject.ts';
import { writeWeb } from '../../src/export/write-web.ts';

/** Writes a subject's page and returns its files' names. */
export async function writePage(
  subject: Subject,
  samples: LabelledImageSet,
  folder: string,
): Promise<readonly string[]> {
  const { files } = await writeWeb(subject, {
    form: formOf('web', { input: 'bytes', output: 'logits' }),
    opset: 17,
    threads: 1,
    calibrationImages: async () => ({ calibration: samples, trial: samples }),
    sampleImages: async () => samples,
  });
  for (const [name, content] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return [...files.keys()];
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.gz': 'application/gzip',
};

export interface StaticServer {
  readonly origin: string;
  /** Paths asked for, in order, with `?…` where there is one. */
  readonly requests: string[];
  /** Announce .gz files as compressed transfer, as some servers do. */
  announcing: boolean;
  close(): void;
}

/** A plain static server on a free port; folders by the paths below which they lie: `/some/path/`. */
export async function serve(folders: Readonly<Record<string, string>>): Promise<StaticServer> {
  const requests: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    requests.push(url);
    const { pathname } = new URL(url, 'http://localhost');
    const below = Object.keys(folders).find((path) => pathname.startsWith(path));
    const name = below === undefined ? '' : normalize(pathname.slice(below.length)) || '.';
    const file = join(folders[below ?? ''] ?? '', name === '.' ? 'index.html' : name);
    try {
      const content = readFileSync(file);
      const announced = served.announcing && extname(file) === '.gz';
      response.writeHead(200, {
        'content-type': types[extname(file)] ?? 'application/octet-stream',
        'content-length': content.length,
        ...(announced ? { 'content-encoding': 'gzip' } : {}),
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const served: StaticServer = {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    announcing: false,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return served;
}
