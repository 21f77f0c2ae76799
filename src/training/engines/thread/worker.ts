/** The program of an engine's thread: holds one engine, and meets the requests of the thread that started it. */
import { parentPort } from 'node:worker_threads';
import type { Program } from '../../../../graphs/programs/program.ts';
import { AtelierError } from '../../../errors.ts';
import { createEngine } from '../create-engine.ts';
import type { Evaluation, LocalEngine } from '../engine.ts';
import { arrayBuffers } from './buffers.ts';
import type { Answer, Farewell, Posted, ProgramKey, Reply, Request } from './messages.ts';
import { sentError } from './sent-error.ts';
// The usual engine, and the runtime with it, is loaded while there is nothing else to do.
import '../native.ts';

const port = parentPort;
if (port === null) throw new AtelierError('internal: the program of an engine thread was started outside of a thread');

const programs = new Map<ProgramKey, Program>();
let engine: LocalEngine | undefined;
let evaluation: Evaluation | undefined;

/** The request before: the next one waits for it. */
let previous = Promise.resolve();
port.on('message', (posted: Posted | Farewell) => {
  // Without its port the thread has nothing left to wait for, and ends.
  previous = previous.then(() => (posted === 'end' ? port.close() : reply(posted)));
});

async function reply({ id, request }: Posted): Promise<void> {
  try {
    const answer = await meet(request);
    // Copies are made for whoever asks, so they can be given away.
    const given = answer.to === 'copy state' ? [...answer.state.values()].map(({ data }) => data) : [];
    send({ id, answer }, arrayBuffers(given));
  } catch (error) {
    send({ id, error: sentError(error) });
  }
}

function send(message: Reply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

async function meet(request: Request): Promise<Answer> {
  if ('programs' in request) for (const [key, program] of request.programs) programs.set(key, program);
  switch (request.to) {
    case 'open': {
      const { engine: kind, target, batchSize, seed, session, stepsPerCall, model } = request;
      const known = { target, trainStep: programOf, evalStep: () => programOf('evaluation') };
      engine = await createEngine(kind, { programs: known, batchSize, seed, session, stepsPerCall }, model);
      return { to: request.to, name: engine.name, target: engine.target, stepsPerCall: engine.stepsPerCall };
    }
    case 'train':
      return { to: request.to, results: await opened(engine).trainSteps(request.inputs) };
    case 'open evaluation':
      evaluation = await opened(engine).openEvaluation();
      return { to: request.to };
    case 'evaluate':
      return { to: request.to, result: await opened(evaluation).pass(request.batch) };
    case 'close evaluation':
      await opened(evaluation).close();
      evaluation = undefined;
      return { to: request.to };
    case 'copy state':
      return { to: request.to, state: await opened(engine).state() };
    case 'load state':
      await opened(engine).load(request.state);
      return { to: request.to };
    case 'release':
      await evaluation?.close();
      await engine?.release();
      return { to: request.to };
  }
}

function opened<T>(thing: T | undefined): T {
  if (thing === undefined) throw new AtelierError('internal: the engine thread was asked before it was ready');
  return thing;
}

function programOf(key: ProgramKey): Program {
  const program = programs.get(key);
  if (!program) throw new AtelierError(`internal: the engine thread was not given the program of ${key}`);
  return program;
}
