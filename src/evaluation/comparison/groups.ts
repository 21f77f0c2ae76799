import type { EvaluatedRun } from './evaluated-run.ts';

/** Runs that answered to the same images of the same data set: only these can be held against each other. */
export type RunGroup = readonly [EvaluatedRun, ...(readonly EvaluatedRun[])];

/** Divides runs into such groups: the largest first, else in the order of their first runs. */
export function groupRuns(runs: readonly EvaluatedRun[]): readonly RunGroup[] {
  const groups = new Map<string, [EvaluatedRun, ...EvaluatedRun[]]>();
  for (const run of runs) {
    const key = subjectOf(run);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [run]);
    else group.push(run);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

/** Equal for runs whose answers are about the same. */
function subjectOf({ config, metrics, predictions }: EvaluatedRun): string {
  const { classNames, indices, labels } = predictions;
  const images = [indices, labels].map((numbers) => Array.from(numbers).join(','));
  return JSON.stringify([config.data.name, config.data.fingerprint, metrics.split, classNames, images]);
}

/** In what a group's subject differs from another's, in words: why they are not compared. */
export function apartBecause([one]: RunGroup, [other]: RunGroup): string {
  const { data } = one.config;
  const reference = other.config.data;
  const reasons = [
    ...(data.name !== reference.name || data.title !== reference.title
      ? [`they are of other data, ${data.title} (${data.name}) and not ${reference.title} (${reference.name})`]
      : data.fingerprint === reference.fingerprint
        ? []
        : [`their ${data.title} has other contents (another fingerprint)`]),
    ...(one.metrics.split === other.metrics.split
      ? []
      : [`they answered to the ${one.metrics.split} images, not to the ${other.metrics.split} images`]),
    ...(one.predictions.classNames.join('\n') === other.predictions.classNames.join('\n')
      ? []
      : [`they know other classes (${one.predictions.classNames.join(', ')})`]),
    ...(one.metrics.count === other.metrics.count
      ? []
      : [
          `they answered to ${one.metrics.count.toLocaleString('en')} images, not to ${other.metrics.count.toLocaleString('en')}`,
        ]),
  ];
  return (reasons.length > 0 ? reasons : ['they answered to other images of the same split']).join('; ');
}
