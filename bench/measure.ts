import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Measure, ourselves, type Peer } from './catalogue.ts';
import { Contender, type Work } from './contender.ts';
import { PeerError } from './peer-error.ts';
import { PeerProcess } from './peer-process.ts';
import type { Purpose, RequestOf } from './protocol.ts';
import type { BenchSettings, MeasureResult, PeerResult } from './result.ts';
import { disagreementOf, median, pairedRatios, spreadOf } from './statistics.ts';

/** What a measure needs beside its peers. */
export interface MeasureContext {
  readonly settings: BenchSettings;
  /** The folder of `writeBenchData`. */
  readonly data: string;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'debug'>;
}

const purposeOf: Readonly<Record<Measure, Purpose>> = {
  step: 'train',
  predict: 'predict',
  epoch: 'epoch',
  startup: 'train',
};

/**
 * Measures peers side by side: all are started and warmed up, then repetition by repetition each takes its turn, in an
 * order that is reversed every time, so that whatever disturbs the machine for a while disturbs all of them.
 */
export async function measurePeers(
  measure: Measure,
  model: string,
  peers: readonly Peer[],
  context: MeasureContext,
): Promise<MeasureResult> {
  const { settings, logger } = context;
  const contenders = peers.map((peer) => new Contender(peer, measure));
  for (const contender of contenders) {
    logger.info({ model, measure, peer: contender.peer.name }, `${model} ${measure}: preparing ${contender.peer.name}`);
    await contender.begin(prepareRequest(measure, model, contender.peer, context), (process) =>
      workOf(measure, model, contender.peer, process, context),
    );
    if (contender.failure !== undefined)
      logger.warn({ model, measure, peer: contender.peer.name }, `${contender.peer.name}: ${contender.failure}`);
  }
  for (let repetition = 0; repetition < settings.repetitions; repetition++) {
    const turns = repetition % 2 === 0 ? contenders : contenders.toReversed();
    for (const contender of turns) {
      if (!contender.takesPart(repetition)) continue;
      await sleep(settings.pause);
      await contender.turn();
    }
    logger.info(
      { model, measure, repetition: repetition + 1 },
      `${model} ${measure}: repetition ${repetition + 1} of ${settings.repetitions}`,
    );
  }
  for (const contender of contenders) await contender.end();
  return { model, measure, peers: compared(contenders.map((contender) => contender.result())) };
}

/** The results with what follows from Atelier's: ratios and disagreements. */
export function compared(results: readonly PeerResult[]): readonly PeerResult[] {
  const ours = results.find(({ peer, status }) => peer === ourselves && status === 'measured');
  if (!ours) return results;
  return results.map((theirs) => {
    if (theirs === ours || theirs.status !== 'measured') return theirs;
    const pairs = pairedRatios(perImage(ours), perImage(theirs));
    return {
      ...theirs,
      ratio: { pairs, spread: spreadOf(pairs) },
      disagreement: disagreementOf(ours.evidence, theirs.evidence),
    };
  });
}

function perImage({ ms, images }: PeerResult): readonly number[] {
  return ms.map((value) => value / (images ?? 1));
}

function prepareRequest(
  measure: Measure,
  model: string,
  peer: Peer,
  { settings, data }: MeasureContext,
): RequestOf<'prepare'> {
  const batchSize = peer.reduced?.batchSize ?? settings.batchSize;
  return { do: 'prepare', purpose: purposeOf[measure], model, batchSize, threads: settings.threads, data };
}

async function workOf(
  measure: Measure,
  model: string,
  peer: Peer,
  process: PeerProcess,
  context: MeasureContext,
): Promise<Work> {
  const reason = peer.without?.[measure];
  if (reason !== undefined) throw new PeerError('cannot', reason);
  switch (measure) {
    case 'step':
      return stepWork(peer, process, context.settings);
    case 'predict':
      return predictWork(peer, process, context.settings);
    case 'epoch':
      return epochWork(peer, process, context.settings);
    case 'startup':
      return startupWork(model, peer, process, context);
  }
}

/** A repetition is the median of some training steps. */
async function stepWork({ reduced }: Peer, process: PeerProcess, settings: BenchSettings): Promise<Work> {
  const batchSize = reduced?.batchSize ?? settings.batchSize;
  const steps = Math.min(settings.steps, reduced?.steps ?? settings.steps);
  await process.ask({ do: 'steps', count: Math.min(settings.warmUp, steps) });
  return {
    once: async () => median((await process.ask({ do: 'steps', count: steps })).ms),
    images: batchSize,
    batchSize,
    repetitions: repetitionsOf(reduced, settings),
    evidence: async () =>
      (
        await process.ask({
          do: 'verify',
          steps: reduced?.verifySteps ?? settings.verifySteps,
          batchSize: settings.verifyBatchSize,
        })
      ).losses,
  };
}

/** A repetition classifies all images, at the batch size that was the fastest in a short trial. */
async function predictWork({ reduced }: Peer, process: PeerProcess, settings: BenchSettings): Promise<Work> {
  const images = Math.min(settings.predictImages, reduced?.predictImages ?? settings.predictImages);
  const trials: { readonly batchSize: number; readonly speed: number }[] = [];
  for (const batchSize of reduced?.predictBatchSizes ?? settings.predictBatchSizes) {
    if (batchSize > images) continue;
    // Whole batches: a part of one would be another shape to compile.
    const count = batchSize * Math.max(1, Math.floor(Math.min(images, 1000) / batchSize));
    await process.ask({ do: 'predict', count: batchSize, batchSize });
    const { ms } = await process.ask({ do: 'predict', count, batchSize });
    trials.push({ batchSize, speed: count / ms });
  }
  const [best] = trials.toSorted((a, b) => b.speed - a.speed);
  const batchSize = best?.batchSize ?? images;
  let logits: readonly number[] = [];
  return {
    once: async () => {
      const answer = await process.ask({ do: 'predict', count: images, batchSize });
      logits = answer.logits;
      return answer.ms;
    },
    images,
    batchSize,
    repetitions: repetitionsOf(reduced, settings),
    evidence: async () => logits,
  };
}

/** A repetition trains on some batches and validates on as large a part of the validation images. */
async function epochWork({ reduced }: Peer, process: PeerProcess, settings: BenchSettings): Promise<Work> {
  const batches = Math.min(settings.epochBatches, reduced?.epochBatches ?? settings.epochBatches);
  const images = batches * settings.batchSize;
  // As 6,000 are to 54,000.
  const validationImages = Math.max(1, Math.round(images / 9));
  const warmUp = { batches: Math.min(settings.warmUp, batches), validationImages: Math.min(128, validationImages) };
  await process.ask({ do: 'epoch', ...warmUp });
  const shares: number[] = [];
  return {
    once: async () => {
      const { ms, waiting } = await process.ask({ do: 'epoch', batches, validationImages });
      if (waiting !== undefined) shares.push(waiting);
      return ms;
    },
    waiting: shares,
    images,
    batchSize: settings.batchSize,
    repetitions: repetitionsOf(reduced, settings),
    evidence: async () => [],
  };
}

/** A repetition is a new process, from its start to the end of its first training step. */
async function startupWork(model: string, peer: Peer, process: PeerProcess, context: MeasureContext): Promise<Work> {
  const { settings } = context;
  const request = prepareRequest('startup', model, peer, context);
  // What cannot make a step is found out here; the files are in the system's cache from now on, for all peers alike.
  await process.ask({ do: 'steps', count: 1 });
  return {
    once: async () => {
      const started = performance.now();
      const fresh = new PeerProcess(peer.name, peer.launch(settings.threads));
      try {
        await fresh.ask(request);
        await fresh.ask({ do: 'steps', count: 1 });
        return performance.now() - started;
      } finally {
        await fresh.stop();
      }
    },
    images: null,
    batchSize: request.batchSize,
    repetitions: repetitionsOf(peer.reduced, settings),
    evidence: async () => [],
  };
}

function repetitionsOf(reduced: Peer['reduced'], { repetitions }: BenchSettings): number {
  return Math.min(repetitions, reduced?.repetitions ?? repetitions);
}
