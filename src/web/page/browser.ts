/** Something that the page needs and that old browsers lack. */
interface Need {
  readonly name: string;
  /**
   * Versions that first had it, on computers and on phones alike: MDN's browser-compat-data 8.1.9 (November 2026), entries
   * webassembly.api, webassembly.fixed-width-SIMD and api.DecompressionStream.
   */
  readonly since: { readonly chrome: string; readonly edge: string; readonly firefox: string; readonly safari: string };
  readonly met: () => boolean;
}

/** A module of one function without arguments that gives a vector: i8x16.splat of 0. Browsers without SIMD refuse it. */
const vectorModule = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
    [0x03, 0x02, 0x01, 0x00],
    [0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b],
  ].flat(),
);

const needs: readonly Need[] = [
  {
    name: 'WebAssembly',
    since: { chrome: '57', edge: '16', firefox: '52', safari: '11' },
    met: () => typeof WebAssembly === 'object',
  },
  {
    name: "WebAssembly's vector instructions (SIMD)",
    since: { chrome: '91', edge: '91', firefox: '89', safari: '16.4' },
    met: () => typeof WebAssembly === 'object' && WebAssembly.validate(vectorModule),
  },
  {
    name: 'DecompressionStream',
    since: { chrome: '80', edge: '80', firefox: '113', safari: '16.4' },
    met: () => typeof DecompressionStream === 'function',
  },
];

/** What this browser lacks and since when browsers have it, in sentences; undefined where it lacks nothing. */
export function lackOfBrowser(): string | undefined {
  const [first] = needs.filter(({ met }) => !met());
  if (first === undefined) return undefined;
  const { chrome, edge, firefox, safari } = first.since;
  return (
    `The model needs ${first.name}, which this browser lacks or has switched off. Chrome has it from version ${chrome} on, ` +
    `Edge from ${edge}, Firefox from ${firefox}, Safari from ${safari}. Open this page in a newer browser.`
  );
}
