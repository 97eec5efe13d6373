import type { AdcRegion, FindingIn, Visibility } from '../api/client'
import { distance, middle, type Vec3 } from '../geometry/vector'

/** The image something was said on. */
export interface SeenOn {
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
  readonly on: SeenOn
}

/**
 * The finding with this verdict; what another verdict needs only is dropped. The position is where the lesion is
 * expected, until the reader says better.
 */
export function withVerdict(before: FindingIn | undefined, visibility: Visibility, on: SeenOn | null): FindingIn {
  const isVisible = visibility === 'visible'
  const kept = isVisible ? { diameter_mm: before?.diameter_mm ?? null, measurement_mm: before?.measurement_mm ?? null, signal: before?.signal ?? null } : {}
  const reason = visibility === 'not-evaluable' ? { not_evaluable_reason: before?.not_evaluable_reason ?? null } : { adc: before?.adc ?? null }
  const stays = kept.measurement_mm || !on || (before?.visibility === visibility && before.position_by === 'reader')
  const place = stays ? placeOf(before) : seenOn(on, 'expected')
  return { visibility, confidence: before?.confidence ?? null, comment: before?.comment ?? null, ...place, ...kept, ...reason }
}

/** The finding with the measured diameter; drawing one says that the lesion is visible. */
export function withMeasurement(before: FindingIn | undefined, { ends, on }: Measurement): FindingIn {
  return {
    ...withVerdict(before, 'visible', on),
    ...seenOn({ ...on, position: middle(...ends) }, 'reader'),
    diameter_mm: toTenths(distance(...ends)),
    measurement_mm: [[...ends[0]], [...ends[1]]],
  }
}

/** The finding with the place that the reader looked at and found nothing. */
export function withMark(before: FindingIn | undefined, on: SeenOn): FindingIn {
  return { ...withVerdict(before, 'not-visible', on), ...seenOn(on, 'reader') }
}

/** The finding with the apparent diffusion coefficient of a region, or without one. */
export const withRegion = (before: FindingIn, adc: AdcRegion | null): FindingIn => ({ ...before, adc })

/** Millimetres with one decimal, as the server stores them. */
export const toTenths = (mm: number): string => mm.toFixed(1)

/** A window as it is stored: to a tenth. */
export const storedWindow = (window: SeenOn['window']): { window_center: number | null; window_width: number | null } => ({
  window_center: window && Math.round(window.center * 10) / 10,
  window_width: window && Math.round(window.width * 10) / 10,
})

function seenOn({ seriesUid, sopUid, frame, window, position }: SeenOn, by: 'expected' | 'reader'): Partial<FindingIn> {
  return {
    series_uid: seriesUid,
    sop_instance_uid: sopUid,
    frame,
    position_mm: position && [...position],
    position_by: position && by,
    ...storedWindow(window),
  }
}

function placeOf(before: FindingIn | undefined): Partial<FindingIn> {
  if (!before) return {}
  const { series_uid, sop_instance_uid, frame, position_mm, position_by, window_center, window_width } = before
  return { series_uid, sop_instance_uid, frame, position_mm, position_by, window_center, window_width } as Partial<FindingIn>
}
