import { createInterface } from 'node:readline';
import { messageOf } from '../../src/errors.ts';
import { PeerError } from '../peer-error.ts';
import { type Answers, type Request, type RequestOf, requestSchema } from '../protocol.ts';

/** What a peer can be asked; `prepare` comes first. */
export interface PeerProgram {
  prepare(request: RequestOf<'prepare'>): Promise<Answers['prepare']>;
  steps(request: RequestOf<'steps'>): Promise<Answers['steps']>;
  predict(request: RequestOf<'predict'>): Promise<Answers['predict']>;
  epoch(request: RequestOf<'epoch'>): Promise<Answers['epoch']>;
  verify(request: RequestOf<'verify'>): Promise<Answers['verify']>;
}

/** Answers requests on standard input until it is told to stop or its input ends. */
export async function serve(program: PeerProgram): Promise<void> {
  // Libraries like to greet; standard output is the protocol's.
  console.log = console.error;
  console.info = console.error;
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await answerTo(program, line);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    if ('stopped' in answer) break;
  }
  // Threads of a WebAssembly runtime would keep the process alive.
  process.exit(0);
}

async function answerTo(program: PeerProgram, line: string): Promise<object> {
  try {
    return await perform(program, requestSchema.parse(JSON.parse(line)));
  } catch (error) {
    const kind = error instanceof PeerError ? error.kind : 'failed';
    return { failure: { kind, message: messageOf(error) } };
  }
}

function perform(program: PeerProgram, request: Request): Promise<Answers[Request['do']]> {
  switch (request.do) {
    case 'prepare':
      return program.prepare(request);
    case 'steps':
      return program.steps(request);
    case 'predict':
      return program.predict(request);
    case 'epoch':
      return program.epoch(request);
    case 'verify':
      return program.verify(request);
    case 'stop':
      return Promise.resolve({ stopped: true });
  }
}

/** What was asked for before `prepare`, or beside its purpose. */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new PeerError('failed', `internal: ${what} was not prepared`);
  return value;
}
