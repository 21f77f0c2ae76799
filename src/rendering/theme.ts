/** From the colour of nothing to the colour of everything; interpolated in RGB. */
export type Ramp = readonly [from: string, to: string];

/** Everything that pictures and pages share in looks. Colours are #rrggbb. */
export interface Theme {
  readonly name: 'light' | 'dark';
  /** CSS font families, best first. */
  readonly font: string;
  /** Pixels. */
  readonly sizes: { readonly title: number; readonly text: number; readonly small: number };
  readonly paper: string;
  readonly ink: string;
  /** Of less important text. */
  readonly muted: string;
  /** Of axes and borders. */
  readonly line: string;
  /** Of grid lines. */
  readonly grid: string;
  /** Of models and data series, in this order. */
  readonly categories: readonly string[];
  /** For what is right and for what is wrong: readable on paper, and distinguishable from each other. */
  readonly right: string;
  readonly wrong: string;
  /** Backgrounds of numbers: how right, how wrong. */
  readonly rightRamp: Ramp;
  readonly wrongRamp: Ramp;
  /** Of numbers on a ramp, below and from `rampTurn` on. */
  readonly onWeak: string;
  readonly onStrong: string;
}

/** Where on a ramp, from 0 to 1, the colour of the numbers on it changes. */
export const rampTurn = 0.7;

/**
 * DejaVu Sans, regular and bold, comes with every Debian that has fontconfig (fontconfig-config depends on
 * fonts-dejavu-core), so also where node-canvas runs. Verdana is its sister on other systems: the same widths.
 */
const font = 'DejaVu Sans, Verdana, sans-serif';
const sizes = { title: 15, text: 12, small: 11 } as const;

/**
 * The palette is M. Okabe's and K. Ito's (Color Universal Design, 2002): distinguishable with every kind of colour
 * vision. Its yellow is too pale on white and comes last; its black is left to text.
 */
export const lightTheme: Theme = {
  name: 'light',
  font,
  sizes,
  paper: '#ffffff',
  ink: '#1f2328',
  muted: '#59636e',
  line: '#8c959f',
  grid: '#e6e9ec',
  categories: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#f0e442'],
  right: '#006699',
  wrong: '#b84f00',
  rightRamp: ['#f2f7fb', '#004a75'],
  wrongRamp: ['#ffffff', '#843500'],
  onWeak: '#000000',
  onStrong: '#ffffff',
};

/** The same for dark pages: the lighter colours of the palette first. */
export const darkTheme: Theme = {
  name: 'dark',
  font,
  sizes,
  paper: '#14181d',
  ink: '#e8ebee',
  muted: '#a3acb6',
  line: '#6b7580',
  grid: '#2a3037',
  categories: ['#56b4e9', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#f0e442', '#0072b2'],
  right: '#6fc1ee',
  wrong: '#f2a23a',
  rightRamp: ['#1b2530', '#5ca8d3'],
  wrongRamp: ['#14181d', '#d9912e'],
  onWeak: '#ffffff',
  onStrong: '#000000',
};
