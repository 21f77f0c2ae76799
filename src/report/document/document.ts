import type { ClaimCheck } from '../../evaluation/comparison/claim.ts';
import type { Statement } from '../../evaluation/comparison/conclusions.ts';
import type { Table } from '../../evaluation/comparison/tables.ts';
import type { TopLevelSpec } from '../../rendering/charts/render.ts';
import type { Mistake } from '../mistakes.ts';
import type { Medium, Wording } from './wording.ts';

/**
 * What is to be read, before anybody decides how it looks: plain data, made once and printed as Markdown, as a page or on a
 * terminal. Sentences, captions and numbers stand here; a printer adds markup and nothing to read but its own signs.
 */
export interface Document {
  readonly title: Wording | null;
  /** The runs that the document is about, in the order of their colours. */
  readonly runs: readonly string[];
  /** What stands before the first section. */
  readonly summary: readonly Block[];
  readonly sections: readonly Section[];
}

/** A part with a heading; left out by a printer where nothing of it is to be seen in its medium. */
export interface Section {
  /** Unlike any other's: what a page's address ends in. */
  readonly id: string;
  readonly title: Wording | null;
  readonly blocks: readonly Block[];
}

export type Block =
  | Paragraph
  | Heading
  | List
  | TableBlock
  | Figure
  | Code
  | Warning
  | Findings
  | ClaimList
  | Fold
  | Inputs
  | Cards
  | PerRun
  | SideBySide
  | Only;

export type BlockKind = Block['kind'];

export interface Paragraph {
  readonly kind: 'paragraph';
  readonly text: Wording;
  /** An introduction is set larger on a page. */
  readonly lead?: boolean;
}

/** Below a section's own. */
export interface Heading {
  readonly kind: 'heading';
  readonly text: string;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly ListItem[];
  /** Items that stand for themselves, a line each, without a sign in front. */
  readonly bare?: boolean;
}

export interface ListItem {
  /** Stands out, before a colon. */
  readonly lead?: string;
  readonly text: string;
}

export interface TableBlock {
  readonly kind: 'table';
  readonly table: Table;
  /** What it is, for those who cannot see it. */
  readonly label: string;
  readonly caption?: Caption;
  /** Columns of text, from the left; the others hold numbers and stand to the right. Default 1. */
  readonly textColumns?: number;
  /** Rows that end the table: averages. Default 0. */
  readonly footRows?: number;
}

export interface Caption {
  /** `Table 1`, `Fig. 2`. */
  readonly number: string;
  /** Without a full stop where it is the same in all media. */
  readonly text: Wording;
}

/** Something to look at, with its caption below. Its number counts also where there is nothing to see. */
export interface Figure {
  readonly kind: 'figure';
  readonly caption: Caption;
  /** What a page shows; null where it cannot. */
  readonly content: FigureContent | null;
  /** The same as picture files, for media that show no more. */
  readonly files: readonly PictureFile[];
  /** The numbers of what is seen, inside the figure. */
  readonly table?: TableBlock;
}

export interface PictureFile {
  /** Relative to the document, with `/`. */
  readonly path: string;
  /** What distinguishes this file; without, it has the figure's caption. */
  readonly text?: string;
}

/** What a page shows of a figure, and how the reader acts on it. */
export type FigureContent = Chart | ChartChoice | Samples | Confusions | Gallery | Sheets | Strips | PictureContent;

/** A chart that follows the theme, tells its numbers under the pointer and takes the room there is. */
export interface Chart {
  readonly kind: 'chart';
  /** Its name on the page: `run0-curves`. */
  readonly id: string;
  readonly spec: TopLevelSpec;
  readonly form: ChartForm;
  /** What is seen, for those who cannot see it. */
  readonly alternative: string;
  /** Number of the run whose colour comes first. Default 0. */
  readonly run?: number;
}

/** What a chart is, as far as its width and its buttons are concerned; only curves can be zoomed. */
export type ChartForm = 'curves' | 'matrix' | 'classes' | 'bars' | 'calibration' | 'plane';

/** Charts of which the reader chooses one. */
export interface ChartChoice {
  readonly kind: 'choice';
  /** The switch's name on the page: `run0-matrix`. */
  readonly name: string;
  readonly legend: string;
  readonly options: readonly { readonly value: string; readonly label: string; readonly chart: Chart }[];
}

/** An image of the data set. */
export interface Picture {
  /** Its position in the data set file. */
  readonly index: number;
  /** What it is, for those who cannot see it. */
  readonly alternative: string;
}

/** Images of each class in a row. */
export interface Samples {
  readonly kind: 'samples';
  readonly rows: readonly { readonly name: string; readonly pictures: readonly Picture[] }[];
}

/** Ways of being wrong in rows, with examples. */
export interface Confusions {
  readonly kind: 'confusions';
  readonly rows: readonly {
    readonly truth: string;
    readonly predicted: string;
    /** How often: `12 images, 1.2 %`. */
    readonly note: string;
    readonly pictures: readonly Picture[];
  }[];
}

/** Wrong answers, each with its image. */
export interface Gallery {
  readonly kind: 'gallery';
  readonly mistakes: readonly Mistake[];
}

/** Sheets of activation maps, to be enlarged; `Inputs` of the same name chooses the image. */
export interface Sheets {
  readonly kind: 'sheets';
  readonly name: string;
  readonly sheets: readonly {
    readonly position: number;
    readonly alternative: string;
    readonly png: Buffer;
    /** The same on dark paper. */
    readonly dark?: Buffer;
  }[];
}

/** Images in rows, each with a few words below it. */
export interface Strips {
  readonly kind: 'strips';
  readonly rows: readonly {
    readonly title: string;
    readonly note: string;
    readonly pictures: readonly (Picture & { readonly caption: string })[];
  }[];
}

/** A picture as it is: drawn before, on light paper. */
export interface PictureContent {
  readonly kind: 'picture';
  readonly png: Buffer;
  /** What is seen, for those who cannot see it. */
  readonly alternative: string;
}

/** The choice of the input image of `Sheets`. */
export interface Inputs {
  readonly kind: 'inputs';
  readonly name: string;
  readonly legend: string;
  /** Each with the position of its sheets. */
  readonly pictures: readonly (Picture & { readonly position: number })[];
}

/** Lines to be copied as they are. */
export interface Code {
  readonly kind: 'code';
  readonly language: string;
  readonly lines: readonly string[];
}

/** What a reader must not overlook. */
export interface Warning {
  readonly kind: 'warning';
  /** Stands out, before the text. */
  readonly lead?: string;
  readonly text: string;
}

/** Statements with what was found of each. */
export interface Findings {
  readonly kind: 'findings';
  readonly statements: readonly Statement[];
}

/** Claims, each with the figures that support or contradict it. */
export interface ClaimList {
  readonly kind: 'claims';
  readonly checks: readonly ClaimCheck[];
}

/** What a reader of a page may open, and plain text leaves out. */
export interface Fold {
  readonly kind: 'fold';
  readonly summary: string;
  readonly blocks: readonly Block[];
}

/** Each run in a few numbers. */
export interface Cards {
  readonly kind: 'cards';
  readonly cards: readonly {
    /** The run's number: its colour. */
    readonly run: number;
    readonly title: string;
    readonly subtitle: string;
    readonly value: string;
    readonly unit: string;
    readonly facts: readonly (readonly [name: string, value: string])[];
  }[];
}

/** The same of each run: a page shows the run that its reader has chosen, other media one after the other. */
export interface PerRun {
  readonly kind: 'per-run';
  /** In the order of the document's runs. */
  readonly runs: readonly (readonly Block[])[];
}

/** Beside each other where there is room. */
export interface SideBySide {
  readonly kind: 'side-by-side';
  readonly blocks: readonly Block[];
}

/** What only one medium shows, or shows at this place. */
export interface Only {
  readonly kind: 'only';
  readonly medium: Medium;
  readonly blocks: readonly Block[];
}

/** A paragraph. */
export function paragraph(text: Wording): Paragraph {
  return { kind: 'paragraph', text };
}

/** A heading below a section's own. */
export function heading(text: string): Heading {
  return { kind: 'heading', text };
}

/** A list of sentences. */
export function list(items: readonly string[]): List {
  return { kind: 'list', items: items.map((text) => ({ text })) };
}

/** A table. */
export function table(content: Table, options: Omit<TableBlock, 'kind' | 'table'>): TableBlock {
  return { kind: 'table', table: content, ...options };
}

/** Statements with what was found of each. */
export function findings(statements: readonly Statement[]): Findings {
  return { kind: 'findings', statements };
}

/** What only one medium shows here. */
export function only(medium: Medium, ...blocks: readonly Block[]): Only {
  return { kind: 'only', medium, blocks };
}

/** Picture files of a figure: those that there are. */
export function filesOf(
  ...files: readonly (string | undefined | { path: string | undefined; text: string })[]
): readonly PictureFile[] {
  return files.flatMap((file): readonly PictureFile[] => {
    if (file === undefined) return [];
    if (typeof file === 'string') return [{ path: file }];
    return file.path === undefined ? [] : [{ path: file.path, text: file.text }];
  });
}
