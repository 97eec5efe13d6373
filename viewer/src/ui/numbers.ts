/** Numbers as people read them: a fixed number of decimals, a true minus sign. */
export function decimals(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits)
  return value < 0 && Number(text) !== 0 ? `−${text}` : text
}

/** Millimetres to a tenth. */
export const mmText = (mm: number): string => decimals(mm, 1)

/** A window value: whole numbers, and tenths for narrow float images. */
export const grey = (value: number, width: number): string => decimals(value, width < 10 ? 1 : 0)

/** Time of day as 14:03, in the reader's own zone. */
export function clock(instant: string): string {
  const at = new Date(instant)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(at.getHours())}:${two(at.getMinutes())}`
}
