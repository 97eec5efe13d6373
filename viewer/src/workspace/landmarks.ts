import type { Correction, CorrectionIn, SeriesPair } from '../api/client'
import { fitted, type Pair } from '../geometry/landmarks'
import type { Vec3 } from '../geometry/vector'
import type { Entry } from '../reading/entries'

/** Pairs of landmarks that are being set: two series by UID, the pairs, and a point that waits for its other one. */
export interface Landmarks {
  readonly from: string | null
  readonly to: string | null
  readonly pairs: readonly Pair[]
  readonly open: { readonly series: string; readonly at: Vec3 } | null
  /** The read holds a correction of the two series already. */
  readonly isKept: boolean
}

export const NO_LANDMARKS: Landmarks = { from: null, to: null, pairs: [], open: null, isKept: false }

/** The pairs of a correction that is kept, to go on with. */
export const goOnWith = ({ from_series_uid: from, to_series_uid: to, pairs }: Correction): Landmarks => ({
  from,
  to,
  pairs: pairs.map(({ from_mm, to_mm }) => [point(from_mm), point(to_mm)]),
  open: null,
  isKept: true,
})

/** A point on a series: the first of a pair, its other one, or the first one moved; null for a third series. */
export function withPoint(landmarks: Landmarks, series: string, at: Vec3): Landmarks | null {
  const { from, to, open } = landmarks
  const first = from ?? series
  const second = to ?? (series === first ? null : series)
  if (series !== first && series !== second) return null
  const named = { ...landmarks, from: first, to: second }
  if (!open || open.series === series) return { ...named, open: { series, at } }
  const pair: Pair = series === first ? [at, open.at] : [open.at, at]
  return { ...named, pairs: [...landmarks.pairs, pair], open: null }
}

/** Without the point set last, or the last pair. */
export function withoutLast(landmarks: Landmarks): Landmarks {
  const rest = landmarks.open ? { ...landmarks, open: null } : { ...landmarks, pairs: landmarks.pairs.slice(0, -1) }
  return rest.isKept || rest.pairs.length > 0 ? rest : { ...NO_LANDMARKS }
}

/** The other series of the pair, where it is known. */
export const partnerOf = ({ from, to }: Landmarks, series: string): string | null => (series === from ? to : from)

/** What Enter keeps: the pairs, or that there are none any more; null where there is nothing to keep. */
export function entryOf({ from, to, pairs, isKept }: Landmarks): Entry | null {
  if (!from || !to || (pairs.length === 0 && !isKept)) return null
  const body: CorrectionIn = { pairs: pairs.map(([a, b]) => ({ from_mm: [...a], to_mm: [...b] })) }
  return { kind: 'correction', between: { from, to }, body: pairs.length > 0 ? body : null }
}

/** The corrections after an entry; the newest comes last. */
export function corrected(known: readonly Correction[], { between, body }: { between: SeriesPair; body: CorrectionIn | null }, timepoint: string): readonly Correction[] {
  const others = known.filter((one) => one.timepoint !== timepoint || one.from_series_uid !== between.from || one.to_series_uid !== between.to)
  if (!body) return others
  const { matrix, residualMm } = fitted(body.pairs.map(({ from_mm, to_mm }) => [point(from_mm), point(to_mm)]))
  return [...others, { timepoint, from_series_uid: between.from, to_series_uid: between.to, pairs: body.pairs, matrix: [...matrix], residual_mm: residualMm }]
}

const point = ([x, y, z]: readonly number[]): Vec3 => [x ?? 0, y ?? 0, z ?? 0]
