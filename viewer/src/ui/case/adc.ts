import type { AdcRegion, Case, CaseSeries } from '../../api/client'
import { carry } from '../../geometry/links'
import { seriesLink } from '../../geometry/series-links'
import { projectOnPlane } from '../../geometry/plane'
import type { Vec3 } from '../../geometry/vector'
import { valuesOf, type Shelf } from '../../images'
import type { Frame } from '../../series/frames'
import { nearestSlice, planeOf } from '../../series/stacks'
import { statisticsIn } from '../../reading/region'

/** The ADC map of the visit that is read. */
export const adcSeriesOf = ({ series, timepoint }: Case): CaseSeries | null =>
  series.find((one) => one.role === 'adc' && one.timepoint === timepoint.code) ?? null

/** An outline where it lies on the nearest slice of another series; null where nothing says how the two lie to each other. */
export function copied(theCase: Case, outline: readonly Vec3[], from: CaseSeries, to: Shelf): { index: number; outline: Vec3[] } | null {
  const link = seriesLink({ links: theCase.links, series: theCase.series, corrections: theCase.read?.corrections ?? [] }, from, to.series)
  const carried = outline.map((point) => carry(link, point)).filter((point) => point !== null)
  const [first] = carried
  const slice = first && nearestSlice(to.stack, first)
  const frame = slice && to.stack.frames[slice.index]
  const plane = frame && planeOf(frame)
  return plane ? { index: slice.index, outline: carried.map((point) => projectOnPlane(point, plane)) } : null
}

/** What an ADC map says inside an outline on one of its frames; null where the outline holds no pixel. */
export async function measured({ series, stack }: Shelf, index: number, outline: readonly Vec3[], from: CaseSeries | null): Promise<AdcRegion | null> {
  const frame = stack.frames[index]
  const plane = frame && planeOf(frame)
  if (!frame?.spacing || !plane) return null
  const values = await valuesOf(frame.imageId)
  const found = statisticsIn(values, outline, { plane, spacing: frame.spacing, rows: frame.rows, columns: frame.columns })
  return found && { ...nameOf(series, frame), outline_mm: outline.map((point) => [...point]), mean: tenths(found.mean), sd: tenths(found.sd), area_mm2: tenths(found.areaMm2), n_pixels: found.nPixels, copied_from_series_uid: from?.series_uid ?? null }
}

const nameOf = (series: CaseSeries, { sopUid, number }: Frame): Pick<AdcRegion, 'series_uid' | 'sop_instance_uid' | 'frame'> => ({
  series_uid: series.series_uid,
  sop_instance_uid: sopUid,
  frame: number,
})

const tenths = (value: number): number => Math.round(value * 10) / 10
