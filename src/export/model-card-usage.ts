import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import { call, said, settingOf, wordedFor } from '../message.ts';
import { markdownTable } from '../text/table.ts';
import { pageFiles } from '../web/page-model.ts';
import type { CardContent } from './card-content.ts';
import { dimensionsOf } from './metadata.ts';
import type { Subject } from './subject.ts';

/** The section that shows how to run an export, as lines of Markdown. */
export function howToRun(subject: Subject, { format, form, artifact, wording }: CardContent): readonly string[] {
  switch (format) {
    case 'onnx':
    case 'onnx-fp16':
    case 'onnx-int8':
    case 'ort':
      return onnx(subject, artifact.main, form);
    case 'safetensors':
      return [
        ...code('python', [
          'from safetensors.torch import load_file',
          `model.load_state_dict(load_file("${artifact.main}"))`,
        ]),
        '',
        wordedFor(
          said`The module with these names is described by \`${call('summary', { model: subject.model.name })}\`; \`${settingOf('train', 'initFrom')}\` reads the file, too.`,
          wording,
        ),
        '',
        ...table(subject),
      ];
    case 'tfjs':
      return code('js', [
        "import * as tf from '@tensorflow/tfjs';",
        '',
        `const model = await tf.loadLayersModel('${artifact.main}'); // a URL`,
        `const image = tf.tensor4d(pixels, [1, ${dimensionsOf(subject.model.input, 'channels-last').join(', ')}]);`,
        `const ${form.output === 'both' ? '[logits, probabilities]' : form.output} = model.predict(image);`,
      ]);
    case 'web':
      return [
        'Serve this folder with any static server, from any path, and open it:',
        '',
        ...code('sh', ['python3 -m http.server 8000 # then http://localhost:8000']),
        '',
        'Opened as a file it only says so, because browsers let a file load nothing beside it. It asks for nothing but ' +
          `its own files. \`${pageFiles.model}\` runs elsewhere, too; \`${pageFiles.about}\` lists its layers.`,
      ];
  }
}

function onnx({ model }: Subject, file: string, form: ExportForm): readonly string[] {
  const output = form.output === 'probabilities' ? 'probabilities' : 'logits';
  const dtype = form.input === 'bytes' ? 'uint8' : 'float32';
  const dimensions = dimensionsOf(model.input);
  const node = [
    "import { InferenceSession, Tensor } from 'onnxruntime-node'; // or onnxruntime-web",
    '',
    `const session = await InferenceSession.create('${file}');`,
    `const images = new Tensor('${dtype}', pixels, [1, ${dimensions.join(', ')}]);`,
    `const { ${output} } = await session.run({ images });`,
  ];
  const python = [
    'import onnxruntime',
    '',
    `session = onnxruntime.InferenceSession("${file}")`,
    `${output}, = session.run(["${output}"], {"images": images})  # numpy ${dtype}[batch,${dimensions.join(',')}]`,
  ];
  return [...code('js', node), '', ...code('python', python)];
}

function table({ state }: Subject): readonly string[] {
  const rows = [...state].map(([name, { dtype, shape }]) => [`\`${name}\``, `${dtype}[${shape.join(',')}]`]);
  return markdownTable(['tensor', 'type'], rows, 2);
}

function code(language: string, lines: readonly string[]): readonly string[] {
  return [`\`\`\`${language}`, ...lines, '```'];
}
