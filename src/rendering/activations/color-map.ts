import { AtelierError } from '../../errors.ts';
import type { Theme } from '../theme.ts';

/**
 * The 256 colours of viridis, rrggbb one after the other. By S. van der Walt and N. Smith (matplotlib 2.0, 2015; dedicated
 * to the public domain, CC0): perceptually uniform, readable in grey and with every kind of colour vision.
 */
const table =
  '44015444035645045745065945075a46095c460a5d460c5f470d60470f62471063471264471366481467481668481769' +
  '48196b481a6c481b6d481d6e481e6f481f70482071482272482373482474482675482776482877482978472a79472b7a' +
  '472d7b472e7c472f7d47307e46327e46337f463480453581453781453882443983443b83433c84433d84433e85423f85' +
  '4240864242864143874144874145874046884048883f49883f4a893e4b893e4c893d4d8a3d4e8a3c4f8a3c508b3b518b' +
  '3b528b3a538b3a548c39558c39568c39578c38588c385a8c375b8c375c8d365d8d365e8d355f8d35608d34618d34628d' +
  '33638d33648e32658e32668e31678e31688e31698e306a8e306b8e2f6c8e2f6d8e2e6e8e2e6f8e2d708e2d708e2c718e' +
  '2c728e2c738e2b748e2b758e2b768e2a778e2a788e2a798e297a8e297b8e297c8e287d8e287e8e287f8e27808e27818e' +
  '26828e26838e25848e25858e24868e24868e23878e23888e23898e238a8e228b8e228c8e228d8d228e8d218f8d21908d' +
  '21918d21928d20938c20948c20958c20968c1f968b1f978b1f988b1f998b1f9a8a1f9b8a1f9c8a1f9d891f9e891f9f89' +
  '1fa0881fa08820a18720a28720a38621a48621a58521a68522a78422a88423a98324aa8325ab8226ac8227ad8128ae80' +
  '29af802ab07f2bb07f2cb17e2db27d2fb37d30b47c31b57b32b57a34b67a35b77937b87838b9773aba763cbb753dbc74' +
  '3fbd7341be7242bf7144bf7046c06f48c16e4ac16d4cc26c4ec36b50c46a52c46954c56856c66758c7655ac7645cc863' +
  '5fc96261ca6063cb5f65cc5e67cc5c6acd5b6ccd596ece5871cf5773cf5575d05478d0527ad1517cd24f7fd24e81d34c' +
  '84d44b86d54989d5488bd6468ed74590d74393d84295d84098d93e9bd93d9dda3ba0da39a2db38a5db36a8db34aadc32' +
  'addc31b0dd2fb3dd2db5de2bb8de2abbdf28bddf26c0e025c2e023c5e022c8e121cae11fcde11ecfe21cd2e21bd5e21b' +
  'd7e31bdae31bdde31be0e41ae2e41ae5e41ae8e51aeae51bede51cefe61df1e61ff4e620f6e621f8e722fbe724fde725';

const viridis = Buffer.from(table, 'hex');
const colors = viridis.length / 3;

export type Rgb = readonly [red: number, green: number, blue: number];

/**
 * The colour of a value in the map.
 *
 * @param share 0 (lowest) to 1 (highest)
 * @returns three whole numbers 0 to 255
 * @throws AtelierError where the share lies outside
 */
export function mapColor(share: number): Rgb {
  if (!(share >= 0 && share <= 1)) throw new AtelierError(`internal: no colour for ${share}, expected 0 to 1`);
  const at = 3 * Math.round(share * (colors - 1));
  return [viridis[at] ?? 0, viridis[at + 1] ?? 0, viridis[at + 2] ?? 0];
}

/**
 * A sheet is an indexed picture of 256 colours: the steps from its paper to its ink, greys for the input image, and the map.
 * Few levels of each look continuous, and one byte per pixel is what makes a sheet fast to draw and to compress. A theme
 * changes paper and ink only: the same indices are a light sheet and a dark one.
 */
const inkLevels = 32;
const greyLevels = 96;
export const mapLevels = 128;

/** The index of black; of the map's lowest colour. The map's highest is the last index, 255. */
const greyStart = inkLevels;
export const mapStart = inkLevels + greyLevels;
/** The index of nothing drawn. */
export const paper = 0;

/** Red, green and blue of the map's colours: uint8 [mapLevels * 3]. */
export const mapPalette: Uint8Array = Uint8Array.from(
  Array.from({ length: mapLevels }, (_, level) => mapColor(level / (mapLevels - 1))).flat(),
);

/** Red, green and blue of each index in a theme: uint8 [256 * 3]. */
export function sheetPalette(theme: Theme): Uint8Array {
  const [from, to] = [theme.paper, theme.ink].map((color) => [...Buffer.from(color.slice(1), 'hex')]);
  const steps = (count: number, color: (share: number) => readonly number[]) =>
    Array.from({ length: count }, (_, level) => color(level / (count - 1)).map(Math.round)).flat();
  return Uint8Array.from([
    ...steps(inkLevels, (share) =>
      (from ?? []).map((value, channel) => value + share * ((to?.[channel] ?? 0) - value)),
    ),
    ...steps(greyLevels, (share) => [255 * share, 255 * share, 255 * share]),
    ...mapPalette,
  ]);
}

/** The index of a grey 0 to 255 of an image. */
export function greyIndex(grey: number): number {
  return greyStart + Math.round((grey * (greyLevels - 1)) / 255);
}

/** The index of a pixel that is covered with ink to a share of 0 to 1. */
export function inkIndex(share: number): number {
  return Math.round(share * (inkLevels - 1));
}
