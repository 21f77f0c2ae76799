import { catalogue } from '../../../graphs/models/catalogue.ts';
import type { Model } from '../../../graphs/models/model.ts';
import { type ModelSummary, summarize } from '../../../graphs/models/summary.ts';
import { requireModel } from '../../../src/context.ts';
import {
  type ClaimCheck,
  type ClaimPart,
  type Finding,
  untold,
  type Verdict,
} from '../../../src/evaluation/comparison/claim.ts';
import { type EvaluatedRun, rateChanges } from '../../../src/evaluation/comparison/evaluated-run.ts';
import { hyperParameters } from '../../../src/evaluation/comparison/hyper-parameters.ts';
import { isReal, type PairComparison } from '../../../src/evaluation/comparison/pair.ts';
import { seedSpreads, spreadText } from '../../../src/evaluation/comparison/seed-spread.ts';
import { counted, listed, points, score } from '../../../src/evaluation/comparison/words.ts';
import { published, pytorchReference } from '../published.ts';

/** The two things that "0.01 points" may mean, as shares. */
const readings = [
  { statement: 'accuracy varies by about one percentage point (0.01, as the report writes accuracies)', value: 0.01 },
  { statement: 'accuracy varies by about 0.01 percentage points (one image in 10,000)', value: 0.0001 },
];

/** Claim 5: how much chance there is from run to run. Takes several runs of one model that differ in their seeds only. */
export function claimSeeds(runs: readonly EvaluatedRun[]): ClaimCheck {
  const spreads = seedSpreads(runs);
  const text =
    spreads.length === 0
      ? 'no two of these runs differ in nothing but their seeds'
      : spreads.map(spreadText).join('; ');
  const parts = readings.map(({ statement, value }): ClaimPart => {
    const findings = spreads.map(({ interval }): Finding => {
      // "About" is taken as within a factor of two.
      if (interval.low > 2 * value || interval.high < value / 2) return 'not supported';
      return interval.low >= value / 2 && interval.high <= 2 * value ? 'supported' : untold;
    });
    return {
      statement,
      published: { agrees: null, text: 'it shows one run of each model' },
      runs: { finding: unanimous(findings), text },
    };
  });
  // The claim is one of the readings, not both.
  const found = parts.map(({ runs: { finding } }) => finding);
  const verdict = found.includes('supported') ? 'supported' : unanimous(found);
  return {
    number: 5,
    claim: 'Results vary by about 0.01 points from run to run without a fixed seed.',
    verdict,
    parts,
    note: `In PyTorch, networks trained alike but for their seeds differ by about ${(100 * pytorchReference.seedVariation).toFixed(1)} percentage points, which is neither reading.`,
  };
}

function unanimous(findings: readonly Finding[]): Finding {
  const [first = untold] = findings;
  return findings.every((finding) => finding === first) ? first : untold;
}

/**
 * "Around epoch 8": the first epoch at the lower rate is one of these. The rate is cut after an epoch's validation, so
 * where the report counts the epoch before the cut, the next one is the first at the lower rate.
 */
const aroundEight = { from: 7, to: 10 };

/** Claim 6: when Model 2's learning rate is first halved, from the `lr` column of history.jsonl. */
export function claimPlateau(runs: readonly EvaluatedRun[]): ClaimCheck {
  const findings = runs
    .filter(({ config }) => config.model === 'm2')
    .map((run): { finding: Finding; text: string } => firstHalving(run));
  const distinct = new Set(findings.map(({ finding }) => finding));
  const finding = unanimous(findings.map((one) => one.finding));
  const verdict: Verdict = distinct.has('supported') && distinct.size > 1 ? 'partly supported' : finding;
  const { from, to } = aroundEight;
  return {
    number: 6,
    claim: 'ReduceLROnPlateau first halves the rate around epoch 8.',
    verdict,
    parts: [
      {
        statement: `the first epoch at half the rate is one of ${from} to ${to}`,
        published: { agrees: null, text: 'it prints no learning rates' },
        runs: { finding, text: findings.map(({ text }) => text).join('; ') },
      },
    ],
    note: 'When a plateau is met depends on the seed: a run is one observation. In PyTorch (seed 42) the rate was never reduced within 12 epochs.',
  };
}

function firstHalving({ label, config, history }: EvaluatedRun): { finding: Finding; text: string } {
  if (config.recipe.schedule.name !== 'plateau') {
    return { finding: untold, text: `${label} was trained on another schedule (${config.recipe.schedule.name})` };
  }
  const epochs = history.length;
  const cut = rateChanges(history).find(({ from, to }) => to < from);
  if (cut === undefined) {
    const text = `${label}: ${epochs === 0 ? 'no history' : `the rate stays at ${history[0]?.lr} in all ${counted(epochs, 'epoch')}`}`;
    return { finding: epochs < aroundEight.to ? untold : 'not supported', text };
  }
  const text = `${label}: epoch ${cut.epoch} is the first at a lower rate, ${cut.from} -> ${cut.to}`;
  const inTime = cut.epoch >= aroundEight.from && cut.epoch <= aroundEight.to;
  const halved = Math.abs(cut.to / cut.from - 0.5) < 1e-6;
  return { finding: inTime && halved ? 'supported' : 'not supported', text };
}

/** Claim 7: depth does not help. Two runs that differ in more than depth cannot tell, whatever they reach. */
export function claimDepth(first: EvaluatedRun, second: EvaluatedRun, { accuracy }: PairComparison): ClaimCheck {
  const [one, other] = [first, second].map(architecture);
  const [before, after] = [first, second].map(({ config }) => hyperParameters(config));
  const changed = (before ?? []).flatMap(({ name, value }, index) => {
    const now = after?.[index]?.value ?? '';
    return now === value || name === 'seed' ? [] : [`${name} (${value} -> ${now})`];
  });
  const sign = isReal(accuracy) ? 'beyond chance' : 'not beyond chance';
  return {
    number: 7,
    claim: 'Depth does not help on this data set because of its resolution.',
    verdict: untold,
    parts: [
      {
        statement: 'the deeper network is no better, and the resolution is the reason',
        published: {
          agrees: null,
          text: `the deeper network is behind (${score(published.models.m1.accuracy)} -> ${score(published.models.m2.accuracy)}), but normalization, optimizer, augmentation and schedule changed together with depth`,
        },
        runs: {
          finding: untold,
          text: [
            `accuracy ${score(accuracy.first)} -> ${score(accuracy.second)} (${points(accuracy.difference)} points, ${sign}) from ${one} to ${other}`,
            changed.length === 0
              ? 'trained alike, but the networks differ in more than depth'
              : `changed together with depth: ${changed.join(', ')}`,
            'no other resolution was tried',
          ].join('; '),
        },
      },
    ],
    note: `In PyTorch, Model 2 with the same augmentation on a one-cycle schedule reaches ${score(pytorchReference.oneCycleAccuracy)}, more than Model 1: that speaks for the schedule, rather than depth, having held it back.`,
  };
}

function builtOf({ model, data, recipe }: EvaluatedRun['config']): Model {
  return requireModel({ models: catalogue }, model).build(data.shape, data.classes.length, { dropout: recipe.dropout });
}

/** What a network is made of, in a few words. */
function architecture({ config }: EvaluatedRun): string {
  const { layers, parameters }: ModelSummary = summarize(builtOf(config));
  const kinds = layers.map(({ description }) => description.split('(')[0] ?? '');
  const count = (kind: string) => kinds.filter((one) => one === kind).length;
  const norms = count('BatchNorm2d');
  return `${counted(count('Conv2d'), 'convolution')} (${listed([
    norms === 0 ? 'no batch normalization' : 'batch normalization',
    counted(parameters, 'parameter'),
  ])})`;
}
