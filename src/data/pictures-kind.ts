/** The kinds of picture files that are read. */
export const readableKinds = ['PNG', 'JPEG', 'WebP', 'AVIF', 'GIF', 'TIFF', 'SVG'] as const;

export type ReadableKind = (typeof readableKinds)[number];

/** What a file is by its first bytes. */
export type FileKind =
  | { readonly read: true; readonly name: ReadableKind }
  /** Known, and not read: its name with its article, and what to do instead. */
  | { readonly read: false; readonly name: string; readonly advice: string };

/** Text that stands at a place of a file, byte by byte. */
interface Signature {
  readonly at?: number;
  readonly text: string;
}

const readable: readonly (readonly [ReadableKind, ...(readonly Signature[])])[] = [
  ['PNG', { text: '\x89PNG\r\n\x1a\n' }],
  ['JPEG', { text: '\xff\xd8\xff' }],
  ['WebP', { text: 'RIFF' }, { at: 8, text: 'WEBP' }],
  ['GIF', { text: 'GIF8' }],
  ['TIFF', { text: 'II*\0' }],
  ['TIFF', { text: 'MM\0*' }],
  ['TIFF', { text: 'II+\0' }],
  ['TIFF', { text: 'MM\0+' }],
];

const saveAsPng = 'Save it as PNG.';
const develop = 'Have the camera or its program save it as JPEG.';
const raw = "a camera's raw file";

/** In the order in which they are tried, and before those that are read: raw files begin as TIFF does. */
const others: readonly (readonly [name: string, advice: string, ...(readonly Signature[])])[] = [
  [raw, develop, { text: 'II*\0' }, { at: 8, text: 'CR' }],
  [raw, develop, { at: 4, text: 'ftypcrx ' }],
  [raw, develop, { text: 'FUJIFILMCCD-RAW' }],
  [raw, develop, { text: 'IIU\0' }],
  [raw, develop, { text: 'IIRO' }],
  ['a JPEG XL', 'Save it as JPEG or PNG.', { text: '\xff\x0a' }],
  ['a JPEG XL', 'Save it as JPEG or PNG.', { at: 4, text: 'JXL ' }],
  ['a JPEG 2000', saveAsPng, { at: 4, text: 'jP  ' }],
  ['a JPEG 2000', saveAsPng, { text: '\xff\x4f\xff\x51' }],
  ['a BMP', saveAsPng, { text: 'BM' }, { at: 6, text: '\0\0\0\0' }],
  ['an icon (ICO)', saveAsPng, { text: '\0\0\x01\0' }],
  ['a Photoshop file (PSD)', 'Save it as PNG or TIFF.', { text: '8BPS' }],
  ['an OpenEXR', saveAsPng, { text: '\x76\x2f\x31\x01' }],
  ['a DICOM file', saveAsPng, { at: 128, text: 'DICM' }],
  ['a PDF', 'Save the page or the picture in it as PNG.', { text: '%PDF-' }],
  ['a PostScript file', saveAsPng, { text: '%!PS' }],
  ['a video', 'Save one of its frames as PNG.', { at: 4, text: 'ftyp' }],
  ['a ZIP archive', 'Unpack it.', { text: 'PK\x03\x04' }],
];

/** Brands of the container that AVIF and HEIC share (ISO/IEC 23008-12, annex B). */
const heicBrands = ['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'hevm', 'hevs', 'mif1', 'msf1'];
const avifBrands = ['avif', 'avis'];

const heic: FileKind = {
  read: false,
  name: 'a HEIC',
  advice:
    "Save it as JPEG, as phones do when they share a picture, or convert it: 'heif-convert PICTURE.heic PICTURE.jpg'. " +
    'An iPhone takes JPEGs with Settings > Camera > Formats > Most Compatible.',
};

/** How far the beginning of a text is looked through. */
const textStart = 1024;

/** What kind of file begins with these bytes; undefined where none is known that does. */
export function fileKind(bytes: Uint8Array): FileKind | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, textStart)).toString('latin1');
  const fits = (signatures: readonly Signature[]) => signatures.every(({ at = 0, text }) => start.startsWith(text, at));
  const brands = brandsOf(start);
  if (brands.some((brand) => avifBrands.includes(brand))) return { read: true, name: 'AVIF' };
  if (brands.some((brand) => heicBrands.includes(brand))) return heic;
  for (const [name, advice, ...signatures] of others) if (fits(signatures)) return { read: false, name, advice };
  for (const [name, ...signatures] of readable) if (fits(signatures)) return { read: true, name };
  return textKind(start.toLowerCase());
}

/** The brands of an ISO base media file: its major one, and those after its minor version. */
function brandsOf(start: string): readonly string[] {
  if (!start.startsWith('ftyp', 4)) return [];
  const size = Math.min(Buffer.from(start.slice(0, 4), 'latin1').readUInt32BE(), start.length);
  const brands = [start.slice(8, 12)];
  for (let at = 16; at + 4 <= size; at += 4) brands.push(start.slice(at, at + 4));
  return brands;
}

function textKind(start: string): FileKind | undefined {
  const text = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (!text.startsWith('<')) return undefined;
  if (/^<(!doctype html|html)/.test(text))
    return { read: false, name: 'a web page (HTML)', advice: 'Fetch the picture itself.' };
  if (/<([\w-]+:)?svg[\s>]/.test(text)) return { read: true, name: 'SVG' };
  return undefined;
}
