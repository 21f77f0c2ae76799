/** Where no font is installed, as in many containers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workFolder } from './folders.ts';
import { expectRefusal, start } from './program.ts';

const work = workFolder();
const configuration = join(work, 'no-fonts.conf');
writeFileSync(configuration, '<?xml version="1.0"?>\n<fontconfig></fontconfig>\n');

describe('train --tensorboard', () => {
  const args = ['train', 'm1', '--tensorboard', '--limit-train', '0'];

  it('says before it trains that there will be no pictures, with the package to install', async () => {
    const { stderr } = await start(args, work, [], { FONTCONFIG_FILE: configuration }).ended;
    expect(stderr).toMatch(
      /TensorBoard will have no pictures .* no font to draw with.*apt-get install fonts-dejavu-core/,
    );
  });

  it('says nothing of fonts where there is one, or where no pictures are asked for', async () => {
    expect((await start(args, work).ended).stderr).not.toContain('font');
    const plain = args.filter((arg) => arg !== '--tensorboard');
    expect((await start(plain, work, [], { FONTCONFIG_FILE: configuration }).ended).stderr).not.toContain('font');
  });
});

describe.each([
  ['report', ['report', 'absent']],
  ['activations', ['activations', 'absent']],
])('%s', (_, args) => {
  it('says so before any work, with the package to install', async () => {
    const outcome = await start(args, work, [], { FONTCONFIG_FILE: configuration }).ended;
    expectRefusal(outcome, 1, 'no font to draw with', 'apt-get install fonts-dejavu-core', 'apk add font-dejavu');
  });

  it('goes on where there is one', async () => {
    const { code, stderr } = await start(args, work).ended;
    expect(code).not.toBe(0);
    expect(stderr).not.toContain('font');
    expect(stderr).toContain('absent');
  });
});
