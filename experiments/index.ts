export { fashionMnistReport } from './fashion-mnist-report/index.ts';
