/** What the watched process of run.test.ts does. */
import { serve } from '../../soak/watched.ts';

const tasks: Readonly<Record<string, () => unknown>> = {
  nothing: () => 'done',
  'use 300 MB': () => {
    Buffer.alloc(300 * 2 ** 20, 1);
    return 'done';
  },
  crash: () => process.abort(),
  hang: () => new Promise(() => undefined),
};

serve(async (task) => tasks[String(task)]?.());
