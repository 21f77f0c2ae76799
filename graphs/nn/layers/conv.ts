import { GraphError } from '../../ir/types.ts';
import { fanInUniform, kaimingUniform, type ParameterInitializer } from '../initializers.ts';
import type { Module } from '../module.ts';
import type { ParameterSpec } from '../specs.ts';
import { checkCount, type Padding, padsOf, padsText, pairOf, type Size, sizeText } from './window.ts';

/** What a convolution can be told beside its channels and its kernel; PyTorch's defaults where nothing is said. */
export interface Conv2dOptions {
  /** Zeros added on each side, in pixels; 0 by default. */
  readonly padding?: Padding;
  /** Pixels from window to window; 1 by default. */
  readonly stride?: Size;
  /** Pixels from one element of the kernel to the next; 1 by default. */
  readonly dilation?: Size;
  /** Channels are divided into so many groups that do not see each other; as many as channels make it depthwise. */
  readonly groups?: number;
  /** Whether each output channel has an offset; true by default. */
  readonly bias?: boolean;
  /** How the weight begins; PyTorch's default is `kaimingUniform` of the inputs of an output. */
  readonly initialize?: ParameterInitializer;
}

/**
 * Cross-correlation: [N,in,H,W] -> [N,out,H',W'] with H' = floor((H + pads - dilation (k - 1) - 1) / stride) + 1. Weight
 * [out,in/groups,kh,kw].
 *
 * @throws GraphError for sizes that are no whole numbers, and channels that do not divide into the groups
 */
export function conv2d(
  name: string,
  inputs: number,
  outputs: number,
  kernel: Size,
  options: Conv2dOptions = {},
): Module {
  const { bias = true, groups = 1 } = options;
  const window = windowOf(name, kernel, options);
  checkChannels(name, inputs, outputs, groups);
  const [height, width] = window.kernel;
  const fanIn = (inputs / groups) * height * width;
  const weight: ParameterSpec = {
    name: `${name}.weight`,
    shape: [outputs, inputs / groups, height, width],
    initialize: options.initialize ?? kaimingUniform(fanIn),
  };
  const offset: ParameterSpec = { name: `${name}.bias`, shape: [outputs], initialize: fanInUniform(fanIn) };
  return {
    name,
    description: `Conv2d(${inputs}, ${outputs}, ${window.text}${bias ? '' : ', bias=false'})`,
    parameters: bias ? [weight, offset] : [weight],
    buffers: [],
    children: [],
    forward: (f, x) => f.b.op('Conv', [x, f.parameter(weight), bias ? f.parameter(offset) : null], window.attributes),
  };
}

/** What a transposed convolution can be told beside what a convolution can. */
export interface ConvTranspose2dOptions extends Conv2dOptions {
  /** Rows and columns added at the bottom and the right of the result, below the stride; 0 by default. */
  readonly outputPadding?: Size;
}

/**
 * Transposed convolution, the adjoint of `conv2d`: [N,in,H,W] -> [N,out,H',W'] with
 * H' = (H - 1) stride - pads + dilation (k - 1) + 1 + output padding. Weight [in,out/groups,kh,kw].
 *
 * @throws GraphError as `conv2d`
 */
export function convTranspose2d(
  name: string,
  inputs: number,
  outputs: number,
  kernel: Size,
  options: ConvTranspose2dOptions = {},
): Module {
  const { bias = true, groups = 1 } = options;
  const window = windowOf(name, kernel, options);
  const more = pairOf(options.outputPadding ?? 0, `${name}: output padding`, 0);
  checkChannels(name, inputs, outputs, groups);
  const [height, width] = window.kernel;
  // PyTorch counts the second axis of the weight, whatever it stands for.
  const fanIn = (outputs / groups) * height * width;
  const weight: ParameterSpec = {
    name: `${name}.weight`,
    shape: [inputs, outputs / groups, height, width],
    initialize: options.initialize ?? kaimingUniform(fanIn),
  };
  const offset: ParameterSpec = { name: `${name}.bias`, shape: [outputs], initialize: fanInUniform(fanIn) };
  const added = more[0] + more[1] > 0 ? `, output padding=${sizeText(more)}` : '';
  return {
    name,
    description: `ConvTranspose2d(${inputs}, ${outputs}, ${window.text}${added}${bias ? '' : ', bias=false'})`,
    parameters: bias ? [weight, offset] : [weight],
    buffers: [],
    children: [],
    forward: (f, x) =>
      f.b.op('ConvTranspose', [x, f.parameter(weight), bias ? f.parameter(offset) : null], {
        ...window.attributes,
        output_padding: more,
      }),
  };
}

/** The window of a convolution: ONNX's attributes, and how a description says it. */
function windowOf(name: string, size: Size, options: Conv2dOptions) {
  const kernel = pairOf(size, `${name}: kernel`);
  const strides = pairOf(options.stride ?? 1, `${name}: stride`);
  const dilations = pairOf(options.dilation ?? 1, `${name}: dilation`);
  const pads = padsOf(options.padding ?? 0, `${name}: padding`);
  const { groups: group = 1 } = options;
  const said = [
    `kernel=${sizeText(kernel)}`,
    ...(strides.every((step) => step === 1) ? [] : [`stride=${sizeText(strides)}`]),
    `padding=${padsText(pads)}`,
    ...(dilations.every((step) => step === 1) ? [] : [`dilation=${sizeText(dilations)}`]),
    ...(group === 1 ? [] : [`groups=${group}`]),
  ];
  return { kernel, text: said.join(', '), attributes: { kernel_shape: kernel, pads, strides, dilations, group } };
}

function checkChannels(name: string, inputs: number, outputs: number, groups: number): void {
  for (const [count, what] of [
    [inputs, 'input channels'],
    [outputs, 'output channels'],
    [groups, 'groups'],
  ] as const)
    checkCount(count, `${name}: ${what}`);
  if (inputs % groups !== 0 || outputs % groups !== 0)
    throw new GraphError(
      `${name}: ${inputs} input and ${outputs} output channels do not divide into ${groups} groups; choose a common divisor`,
    );
}
