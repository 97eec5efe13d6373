/** What is sent, in which pieces, and when again after a broken line. Pure; sizes in bytes, times in ms. */

/** A chosen file under its path within what was chosen. */
export interface Chosen {
  readonly name: string
  readonly file: Blob
}

/** What the server knows of a file. */
export interface Announced {
  readonly name: string
  readonly n_bytes: number
}

const MIB = 1024 * 1024
export const FIRST_PIECE = MIB
const SMALLEST_PIECE = MIB / 4
const QUICK_MS = 1500
const SLOW_MS = 6000
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 30_000
const RATE_WINDOW_MS = 15_000

/** Files that operating systems leave in folders; they are no images, and nobody means to send them. */
const SYSTEM_FILES = new Set(['.ds_store', 'thumbs.db', 'desktop.ini'])

/** Whether a file was put there by an operating system. */
export function isSystemFile(name: string): boolean {
  const leaf = name.split('/').at(-1)?.toLowerCase() ?? ''
  return SYSTEM_FILES.has(leaf) || leaf.startsWith('._') || /(^|\/)__macosx\//i.test(name)
}

/** The chosen files once each, without those of the operating system; and how many those were. */
export function toSend(chosen: readonly Chosen[]): { readonly files: readonly Chosen[]; readonly nLeftOut: number } {
  const kept = new Map<string, Chosen>()
  for (const one of chosen) if (!isSystemFile(one.name)) kept.set(one.name, one)
  const nSystem = chosen.filter((one) => isSystemFile(one.name)).length
  return { files: [...kept.values()], nLeftOut: nSystem }
}

/** Whether an unfinished upload is of these files: each that it announces is chosen again, with the same size. */
export function isOf(announced: readonly Announced[], chosen: readonly Chosen[]): boolean {
  const sizes = new Map(chosen.map((one) => [one.name, one.file.size]))
  return announced.length > 0 && announced.every((file) => sizes.get(file.name) === file.n_bytes)
}

/** In parts of at most `most`. */
export function inBatches<Item>(items: readonly Item[], most: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, place) => items.slice(place * most, (place + 1) * most))
}

/** The size of the next piece: larger while the line is quick, smaller where a piece takes long. */
export function nextPiece(size: number, tookMs: number, largest: number): number {
  if (tookMs < QUICK_MS) return Math.min(size * 2, largest)
  return tookMs > SLOW_MS ? Math.max(size / 2, SMALLEST_PIECE) : size
}

/** How long to wait before the next attempt; each failure in a row doubles it. */
export const waitMs = (nFailures: number): number => Math.min(FIRST_WAIT_MS * 2 ** Math.max(nFailures - 1, 0), LONGEST_WAIT_MS)

/** Answers after which the same request may well succeed later: no answer, a server that is busy, full or starting. */
export const isTransient = (status: number): boolean => status === 0 || status === 408 || status === 429 || status >= 500

/** Bytes a second over the last moments. */
export class Rate {
  private readonly marks: { readonly atMs: number; readonly bytes: number }[] = []

  add(bytes: number, atMs: number): void {
    this.marks.push({ atMs, bytes })
    while (this.marks[0] && atMs - this.marks[0].atMs > RATE_WINDOW_MS) this.marks.shift()
  }

  /** 0 where nothing came lately. */
  perSecond(nowMs: number): number {
    const recent = this.marks.filter((mark) => nowMs - mark.atMs <= RATE_WINDOW_MS)
    const first = recent[0]
    if (!first || recent.length < 2) return 0
    const sum = recent.slice(1).reduce((all, mark) => all + mark.bytes, 0)
    return sum / Math.max((nowMs - first.atMs) / 1000, 0.001)
  }
}

/** SHA-256 as hexadecimal digits. */
export async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
