/** A rectangle of pixels: first column and row, and how many. */
export interface PixelBox {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Tissue is brighter than this share of the way from the darkest to the bright end (air, noise and table stay below). */
const TISSUE_SHARE = 0.22
/** A row or column belongs to the body when this share of it is tissue; a CT table is thinner. */
const BODY_SHARE = 0.12

/** The part of an image that the body fills; the whole image where nothing stands out. */
export function bodyBox(pixels: ArrayLike<number>, rows: number, columns: number): PixelBox {
  const [dark, bright] = [percentile(pixels, 0.02), percentile(pixels, 0.98)]
  const threshold = dark + (bright - dark) * TISSUE_SHARE
  const [inRow, inColumn] = [new Uint32Array(rows), new Uint32Array(columns)]
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      if ((pixels[at] ?? 0) <= threshold) continue
      inRow[row] = (inRow[row] ?? 0) + 1
      inColumn[column] = (inColumn[column] ?? 0) + 1
    }
  }
  const [top, bottom] = extent(inRow, columns * BODY_SHARE)
  const [left, right] = extent(inColumn, rows * BODY_SHARE)
  if (bottom <= top || right <= left) return { left: 0, top: 0, width: columns, height: rows }
  return { left, top, width: right - left + 1, height: bottom - top + 1 }
}

/** The value below which the given share of the pixels lies, from a sample of at most 20 000. */
export function percentile(pixels: ArrayLike<number>, share: number): number {
  const step = Math.max(1, Math.floor(pixels.length / 20_000))
  const sample: number[] = []
  for (let at = 0; at < pixels.length; at += step) sample.push(pixels[at] ?? 0)
  sample.sort((a, b) => a - b)
  return sample[Math.min(sample.length - 1, Math.floor(share * sample.length))] ?? 0
}

function extent(counts: Uint32Array, enough: number): [number, number] {
  const first = counts.findIndex((count) => count > enough)
  const last = counts.findLastIndex((count) => count > enough)
  return [first, last]
}
