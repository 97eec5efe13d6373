/** A rectangle of pixels: first column and row, and how many. */
export interface PixelBox {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Air, foam and most of a CT table are darker (HU); fat is brighter. */
const CT_TISSUE_HU = -250
/** In MR, tissue is brighter than this share of the way from the darkest to the bright end; air and noise stay below. */
const MR_TISSUE_SHARE = 0.1
/** A row or column belongs to the body when more than this share of it is tissue. */
const BODY_SHARE = 0.12

/** The value above which a pixel is tissue. */
export function tissueThreshold(pixels: ArrayLike<number>, modality: string): number {
  if (modality === 'CT') return CT_TISSUE_HU
  const [dark, bright] = [percentile(pixels, 0.02), percentile(pixels, 0.98)]
  return dark + (bright - dark) * MR_TISSUE_SHARE
}

/** The part of an image that the body fills; the whole image where nothing stands out. */
export function bodyBox(pixels: ArrayLike<number>, rows: number, columns: number, threshold: number): PixelBox {
  const [inRow, inColumn] = [new Uint32Array(rows), new Uint32Array(columns)]
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      if ((pixels[at] ?? 0) <= threshold) continue
      inRow[row] = (inRow[row] ?? 0) + 1
      inColumn[column] = (inColumn[column] ?? 0) + 1
    }
  }
  const down = longestRun(inRow, columns * BODY_SHARE)
  const along = longestRun(inColumn, rows * BODY_SHARE)
  if (down.length === 0 || along.length === 0) return { left: 0, top: 0, width: columns, height: rows }
  return { left: along.start, top: down.start, width: along.length, height: down.length }
}

/** The value below which the given share of the pixels lies, from a sample of at most 20 000. */
export function percentile(pixels: ArrayLike<number>, share: number): number {
  const step = Math.max(1, Math.floor(pixels.length / 20_000))
  const sample: number[] = []
  for (let at = 0; at < pixels.length; at += step) sample.push(pixels[at] ?? 0)
  sample.sort((a, b) => a - b)
  return sample[Math.min(sample.length - 1, Math.floor(share * sample.length))] ?? 0
}

/** The longest stretch in which every count is above the limit: the body, not the table below it. */
function longestRun(counts: Uint32Array, limit: number): { start: number; length: number } {
  let [start, longest] = [0, { start: 0, length: 0 }]
  for (let at = 0; at <= counts.length; at++) {
    if ((counts[at] ?? -1) > limit) continue
    if (at - start > longest.length) longest = { start, length: at - start }
    start = at + 1
  }
  return longest
}
