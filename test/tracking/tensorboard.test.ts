import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createCanvas } from 'canvas';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { writeJsonLines } from '../../src/files/jsonl.ts';
import { together } from '../../src/tracking/observers.ts';
import { TensorBoard } from '../../src/tracking/tensorboard.ts';
import type { EpochRecord } from '../../src/training/history.ts';
import { RunFolder } from '../../src/training/run-folder.ts';
import { silent } from '../data/support.ts';
import { scratchFolder } from '../files/scratch.ts';
import { eventFiles, readEvents, scalarsIn } from './event-reader.ts';

function record(epoch: number): EpochRecord {
  return {
    epoch,
    train: { loss: 1 / epoch, accuracy: 1 - 0.5 / epoch },
    validation: { loss: 2 / epoch, accuracy: 0.75 },
    lr: epoch === 1 ? 0 : 0.001,
    seconds: 1,
    images_per_second: 1000,
  };
}

function expectedScalars(...epochs: readonly number[]) {
  return epochs.flatMap((epoch) => {
    const { train, validation, lr } = record(epoch);
    return [
      [`loss/train@${epoch}`, Math.fround(train.loss)],
      [`loss/validation@${epoch}`, Math.fround(validation.loss)],
      [`accuracy/train@${epoch}`, Math.fround(train.accuracy)],
      [`accuracy/validation@${epoch}`, Math.fround(validation.accuracy)],
      [`learning_rate@${epoch}`, Math.fround(lr)],
    ];
  });
}

describe('TensorBoard', () => {
  it('writes an event for each epoch behind the version, zeros included', async () => {
    const folder = scratchFolder();
    const before = Date.now() / 1000;
    const board = await TensorBoard.open(new RunFolder(folder), silent);
    expect(eventFiles(folder)).toEqual([]);
    await board.epoch(record(1));
    await board.epoch(record(2));
    const [name = '', ...others] = eventFiles(folder);
    expect(others).toEqual([]);
    const [, seconds = '', host] = /^events\.out\.tfevents\.(\d{10})\.(.+)$/.exec(name) ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(Math.floor(before));
    expect(host).toBe(hostname());
    const [version, ...events] = readEvents(join(folder, name));
    expect(version).toMatchObject({ file_version: 'brain.Event:2', step: 0 });
    expect(events.map(({ step }) => step)).toEqual([1, 2]);
    const after = Date.now() / 1000;
    for (const { wall_time: time } of events) expect([before, time, after].toSorted((a, b) => a - b)[1]).toBe(time);
    expect(scalarsIn(folder)).toEqual(expectedScalars(1, 2));
  });

  it('holds pictures as they are, with their size', async () => {
    const folder = scratchFolder();
    const board = await TensorBoard.open(new RunFolder(folder), silent);
    const png = createCanvas(30, 20).toBuffer('image/png');
    await board.image(5, 'confusion_matrix/validation', png);
    const [, event] = readEvents(join(folder, eventFiles(folder)[0] ?? ''));
    expect(event?.step).toBe(5);
    expect(event?.summary?.value).toMatchObject([
      { tag: 'confusion_matrix/validation', image: { width: 30, height: 20, colorspace: 4 } },
    ]);
    expect(event?.summary?.value[0]?.image?.encoded_image_string.equals(png)).toBe(true);
    await expect(board.image(5, 'x', Buffer.from('text'))).rejects.toThrow("the picture 'x' is no PNG");
  });

  it.each([
    ['grey', 0, 1],
    ['colour', 2, 3],
    ['palette', 3, 3],
    ['grey and alpha', 4, 2],
  ])('tells the channels of a picture: %s', async (_, type, channels) => {
    const folder = scratchFolder();
    const board = await TensorBoard.open(new RunFolder(folder), silent);
    const png = createCanvas(3, 2).toBuffer('image/png');
    png.writeUInt8(type, 25);
    await board.image(1, 'x', png);
    const [, event] = readEvents(join(folder, eventFiles(folder)[0] ?? ''));
    expect(event?.summary?.value).toMatchObject([{ image: { width: 3, height: 2, colorspace: channels } }]);
  });

  it('begun after the clock went back: the new file still comes last', async () => {
    const folder = scratchFolder();
    const tomorrow = `events.out.tfevents.${Math.floor(Date.now() / 1000) + 86_400}.`;
    writeFileSync(join(folder, `${tomorrow}elsewhere`), '');
    const board = await TensorBoard.open(new RunFolder(folder), silent);
    await board.epoch(record(1));
    const [first = '', second = '', ...others] = eventFiles(folder);
    expect(others).toEqual([]);
    expect(first.startsWith(tomorrow)).toBe(true);
    expect(scalarsIn(folder)).toEqual(expectedScalars(1));
    const later = await TensorBoard.open(new RunFolder(folder), silent);
    await later.epoch(record(2));
    expect(eventFiles(folder).toSorted()).toEqual([first, second, ...eventFiles(folder).slice(2)]);
    expect(readEvents(join(folder, eventFiles(folder).toSorted().at(-1) ?? '')).map(({ step }) => step)).toEqual([
      0, 2,
    ]);
  });

  it('resumed: begins another file, and writes nothing twice', async () => {
    const folder = scratchFolder();
    const first = await TensorBoard.open(new RunFolder(folder), silent);
    const png = createCanvas(3, 3).toBuffer('image/png');
    await first.epoch(record(1));
    await first.epoch(record(2));
    await first.image(2, 'sheet', png);
    await writeJsonLines(join(folder, 'history.jsonl'), [record(1), record(2)]);
    const second = await TensorBoard.open(new RunFolder(folder), silent);
    expect([second.hasImage(2, 'sheet'), second.hasImage(3, 'sheet')]).toEqual([true, false]);
    await second.image(2, 'sheet', png);
    expect(eventFiles(folder)).toHaveLength(1);
    await second.epoch(record(3));
    expect(eventFiles(folder)).toHaveLength(2);
    expect(scalarsIn(folder)).toEqual(expectedScalars(1, 2, 3));
  });

  it('makes up for epochs that were not tracked, and for a record that was cut short', async () => {
    const folder = scratchFolder();
    const first = await TensorBoard.open(new RunFolder(folder), silent);
    await first.epoch(record(2));
    const path = join(folder, eventFiles(folder)[0] ?? '');
    const whole = readEvents(path).length;
    appendFileSync(path, Buffer.from([9, 0, 0, 0, 0, 0, 0]));
    await writeJsonLines(join(folder, 'history.jsonl'), [1, 2, 3].map(record));
    await TensorBoard.open(new RunFolder(folder), silent);
    const [torn, added] = eventFiles(folder);
    expect(() => readEvents(join(folder, torn ?? ''))).toThrow();
    expect(whole).toBe(2);
    rmSync(join(folder, torn ?? ''));
    expect(added).toBeDefined();
    expect(scalarsIn(folder)).toEqual(expectedScalars(1, 3));
  });

  it('warns where it cannot write, and lets the training go on', async () => {
    const folder = scratchFolder();
    const warnings: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
    const board = await TensorBoard.open(new RunFolder(folder), logger);
    rmSync(folder, { recursive: true });
    await board.epoch(record(1));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('TensorBoard: cannot write the event file in');
    mkdirSync(folder);
    await board.epoch(record(1));
    expect(scalarsIn(folder)).toEqual(expectedScalars(1));
  });

  it('says which folder it cannot read', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'file'), '');
    const opening = TensorBoard.open(new RunFolder(join(folder, 'file')), silent);
    await expect(opening).rejects.toThrow(/cannot read the event files in '.*file'/);
  });
});

describe('together', () => {
  it('tells each observer in turn and waits for it', async () => {
    const told: string[] = [];
    const slow = {
      epoch: async () => {
        await new Promise(setImmediate);
        told.push('slow');
      },
    };
    const quick = { epoch: () => void told.push('quick'), step: () => void told.push('step') };
    const all = together(slow, quick);
    await all.epoch?.(record(1), true);
    expect(told).toEqual(['slow', 'quick']);
  });
});
