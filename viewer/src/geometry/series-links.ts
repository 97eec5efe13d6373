import { mat4 } from 'gl-matrix'
import { linkBetween, matrixOf, NOT_LINKED, rowsOf, type KnownLink, type Link } from './links'

/** A series, or the part of it with one role, as far as its place is concerned; the case's series are such. */
export interface PlacedSeries {
  readonly key: string
  readonly series_uid: string
  readonly role: string
  readonly frame_of_reference_uid: string | null
  /** How breathing moved it, against the series that stands for its frame of reference; null where nobody measured it. */
  readonly breathing: { readonly shift_mm: readonly number[]; readonly quality_mm: number } | null
}

/** What the reader's landmarks say: p_to = matrix . p_from, row-major, mm; no residual with a single pair. */
export interface KnownCorrection {
  readonly from_series_uid: string
  readonly to_series_uid: string
  readonly matrix: readonly number[]
  readonly residual_mm: number | null
}

/** All that is known of a case; later corrections count before earlier ones. The server judges by the same rule. */
export interface KnownLinks {
  readonly links: readonly KnownLink[]
  readonly series: readonly PlacedSeries[]
  readonly corrections: readonly KnownCorrection[]
}

interface Step {
  readonly basis: 'breathing' | 'landmarks' | 'same-frame'
  readonly matrix: mat4
  readonly mm: number | null
}

const DIFFUSION: readonly string[] = ['dwi', 'adc']
const BY_READER: Pick<Link, 'by' | 'isOwn'> = { by: null, isOwn: true }

/** How points of one series are carried to another, by what, and how wrong that may be. Never a silent identity. */
export function seriesLink(known: KnownLinks, a: PlacedSeries | null, b: PlacedSeries | null): Link {
  if (!a || !b) return NOT_LINKED
  if (a.key === b.key) return { ...NOT_LINKED, basis: 'same-series', matrix: mat4.create(), qualityMm: 0, isBreathingKnown: true }
  const direct = directLink(known.corrections, a, b)
  if (direct) return direct
  const [from, to] = [a.frame_of_reference_uid, b.frame_of_reference_uid]
  if (!from || !to) return NOT_LINKED
  if (from === to && isOneBreath(a, b)) return breathingLink(mat4.create(), 0)
  const [start, end] = [placeOf(known, a), placeOf(known, b)]
  return from === to ? within(start, end) : across(start, linkBetween(frameLinks(known), from, to), end)
}

function directLink(corrections: readonly KnownCorrection[], a: PlacedSeries, b: PlacedSeries): Link | null {
  for (const correction of corrections.toReversed()) {
    const matrix = matrixOf(correction)
    const [from, to] = [correction.from_series_uid, correction.to_series_uid]
    const is = (x: PlacedSeries, y: PlacedSeries): boolean => from === x.series_uid && to === y.series_uid
    if (!matrix || !(is(a, b) || is(b, a))) continue
    return { basis: 'landmarks', matrix: is(a, b) ? matrix : inverse(matrix), qualityMm: correction.residual_mm, isBreathingKnown: true, breathingMm: null, ...BY_READER }
  }
  return null
}

/** From the series that stands for the frame of reference to this one. */
function placeOf(known: KnownLinks, series: PlacedSeries, seen: readonly string[] = []): Step {
  for (const correction of known.corrections.toReversed()) {
    const [from, to] = endsOf(known, correction)
    const matrix = matrixOf(correction)
    if (!from || !to || !matrix || seen.includes(from.series_uid)) continue
    const isWithin = from.frame_of_reference_uid === series.frame_of_reference_uid && !isOneBreath(from, series)
    if (!isWithin || !isOneBreath(to, series)) continue
    const before = placeOf(known, from, [...seen, series.series_uid])
    return { basis: 'landmarks', matrix: product(before.matrix, matrix), mm: errorOf(before.mm, correction.residual_mm) }
  }
  if (!series.breathing) return { basis: 'same-frame', matrix: mat4.create(), mm: null }
  const [x = 0, y = 0, z = 0] = series.breathing.shift_mm
  return { basis: 'breathing', matrix: mat4.fromTranslation(mat4.create(), [x, y, z]), mm: series.breathing.quality_mm }
}

const endsOf = ({ series }: KnownLinks, correction: KnownCorrection): (PlacedSeries | undefined)[] =>
  [correction.from_series_uid, correction.to_series_uid].map((uid) => series.find(({ series_uid }) => series_uid === uid))

/** One series, or diffusion and its coefficient of one acquisition: they were taken in the same breaths. */
function isOneBreath(a: PlacedSeries, b: PlacedSeries): boolean {
  if (a.series_uid === b.series_uid) return a.role === b.role
  const diffusion = DIFFUSION.includes(a.role) && DIFFUSION.includes(b.role) && a.frame_of_reference_uid === b.frame_of_reference_uid
  return diffusion && String(a.breathing?.shift_mm) === String(b.breathing?.shift_mm)
}

/** Links between frames of reference; where the reader's landmarks say how two frames lie, they stand for the link. */
function frameLinks(known: KnownLinks): readonly KnownLink[] {
  const corrected = known.corrections.flatMap((correction) => frameLinkOf(known, correction) ?? [])
  const latest = new Map(corrected.map((link) => [[link.from_frame_uid, link.to_frame_uid].sort().join(' '), link]))
  const others = known.links.filter(({ from_frame_uid: a, to_frame_uid: b }) => !latest.has([a, b].sort().join(' ')))
  return [...latest.values(), ...others]
}

function frameLinkOf(known: KnownLinks, correction: KnownCorrection): KnownLink | null {
  const [from, to] = endsOf(known, correction)
  const matrix = matrixOf(correction)
  const [a, b] = [from?.frame_of_reference_uid, to?.frame_of_reference_uid]
  if (!from || !to || !a || !b || a === b || !matrix) return null
  const standing = product(placeOf(known, from).matrix, product(matrix, inverse(placeOf(known, to).matrix)))
  return { from_frame_uid: a, to_frame_uid: b, basis: 'registered-by-landmarks', matrix: rowsOf(standing), quality_mm: correction.residual_mm, by: null, isOwn: true }
}

function within(start: Step, end: Step): Link {
  const matrix = product(inverse(start.matrix), end.matrix)
  const isKnown = start.basis !== 'same-frame' && end.basis !== 'same-frame'
  const mm = isKnown ? errorOf(start.mm, end.mm) : null
  if (start.basis === 'landmarks' || end.basis === 'landmarks') {
    return { basis: 'landmarks', matrix, qualityMm: mm, isBreathingKnown: isKnown, breathingMm: null, ...BY_READER }
  }
  return isKnown ? breathingLink(matrix, mm) : { ...NOT_LINKED, basis: 'same-frame', matrix }
}

function across(start: Step, between: Link, end: Step): Link {
  if (!between.matrix) return NOT_LINKED
  const isBreathingKnown = start.basis !== 'same-frame' && end.basis !== 'same-frame'
  const matrix = product(product(inverse(start.matrix), between.matrix), end.matrix)
  return { ...between, matrix, qualityMm: errorOf(start.mm, between.qualityMm, end.mm), isBreathingKnown }
}

const breathingLink = (matrix: mat4, mm: number | null): Link => ({
  ...NOT_LINKED,
  basis: 'breathing',
  matrix,
  qualityMm: mm,
  isBreathingKnown: true,
  breathingMm: Math.hypot(matrix[12], matrix[13], matrix[14]),
})

/** Errors add as independent; null where none is known. */
function errorOf(...parts: readonly (number | null)[]): number | null {
  const known = parts.filter((mm) => mm !== null)
  return known.length > 0 ? Math.hypot(...known) : null
}

/** The first one, then the second. */
const product = (first: mat4, second: mat4): mat4 => mat4.multiply(mat4.create(), second, first)
const inverse = (matrix: mat4): mat4 => mat4.invert(mat4.create(), matrix) ?? mat4.create()
