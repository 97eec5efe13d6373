import type { Window } from '../series/windows'

/** A frame's values as grey pixels in a window, black below and white above it; `inverted` the other way round. */
export function greyPixels(values: ArrayLike<number>, window: Window, inverted: boolean): Uint8ClampedArray<ArrayBuffer> {
  const painted = new Uint8ClampedArray(values.length * 4)
  const black = window.center - window.width / 2
  const perValue = 255 / window.width
  for (let n = 0, at = 0; n < values.length; n++, at += 4) {
    const grey = ((values[n] ?? 0) - black) * perValue
    const shown = inverted ? 255 - grey : grey
    painted[at] = painted[at + 1] = painted[at + 2] = shown
    painted[at + 3] = 255
  }
  return painted
}
