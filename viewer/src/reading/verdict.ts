import type { FindingIn, Visibility } from '../api/client'
import { distance, type Vec3 } from '../geometry/vector'

/** The image a verdict was given on. */
export interface Judged {
  readonly seriesUid: string
  readonly sopUid: string
  readonly frame: number
  readonly window: { readonly center: number; readonly width: number } | null
  /** Where the lesion is or would be; null where nothing says so. */
  readonly position: Vec3 | null
}

/** A diameter drawn on an image: its two ends, LPS in mm. */
export interface Measurement {
  readonly ends: readonly [Vec3, Vec3]
  readonly on: Judged
}

/** The finding with this verdict; what another verdict needs only is dropped. */
export function withVerdict(before: FindingIn | undefined, visibility: Visibility, on: Judged | null): FindingIn {
  const kept = visibility === 'visible' ? { diameter_mm: before?.diameter_mm ?? null, measurement_mm: before?.measurement_mm ?? null } : {}
  const reason = visibility === 'not-evaluable' ? { not_evaluable_reason: before?.not_evaluable_reason ?? null } : {}
  const place = kept.measurement_mm || !on ? placeOf(before) : judgedOn(on)
  return { visibility, confidence: before?.confidence ?? null, comment: before?.comment ?? null, ...place, ...kept, ...reason }
}

/** The finding with the measured diameter; drawing one says that the lesion is visible. */
export function withMeasurement(before: FindingIn | undefined, { ends, on }: Measurement): FindingIn {
  const middle: Vec3 = [(ends[0][0] + ends[1][0]) / 2, (ends[0][1] + ends[1][1]) / 2, (ends[0][2] + ends[1][2]) / 2]
  return {
    ...withVerdict(before, 'visible', on),
    ...judgedOn({ ...on, position: middle }),
    diameter_mm: toTenths(distance(...ends)),
    measurement_mm: [[...ends[0]], [...ends[1]]],
  }
}

/** Millimetres with one decimal, as the server stores them. */
export const toTenths = (mm: number): string => mm.toFixed(1)

function judgedOn({ seriesUid, sopUid, frame, window, position }: Judged): Partial<FindingIn> {
  return {
    series_uid: seriesUid,
    sop_instance_uid: sopUid,
    frame,
    position_mm: position && [...position],
    window_center: window && Math.round(window.center * 10) / 10,
    window_width: window && Math.round(window.width * 10) / 10,
  }
}

function placeOf(before: FindingIn | undefined): Partial<FindingIn> {
  if (!before) return {}
  const { series_uid, sop_instance_uid, frame, position_mm, window_center, window_width } = before
  return { series_uid, sop_instance_uid, frame, position_mm, window_center, window_width } as Partial<FindingIn>
}
