import { describe, expect, it } from 'vitest'
import { carry } from '../src/geometry/links'
import { seriesLink, type KnownCorrection, type KnownLinks, type PlacedSeries } from '../src/geometry/series-links'

const placed = (key: string, frame: string, over: Partial<PlacedSeries> = {}): PlacedSeries => ({ key, series_uid: key, role: key, frame_of_reference_uid: frame, breathing: null, ...over })
const breath = (z: number, quality_mm = 1): PlacedSeries['breathing'] => ({ shift_mm: [0, 0, z], quality_mm })
const up = (z: number): number[] => [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, z, 0, 0, 0, 1]
const correction = (from: string, to: string, z: number): KnownCorrection => ({ from_series_uid: from, to_series_uid: to, matrix: up(z), residual_mm: 1.5 })

const portal = placed('portal', 'ct', { breathing: breath(0, 0) })
const arterial = placed('arterial', 'ct', { breathing: breath(-5) })
const hepatic = placed('hepatic', 'mr', { breathing: breath(0, 0) })
const t2 = placed('t2', 'mr', { breathing: breath(3, 2) })
const dwi = placed('dwi', 'mr', { role: 'dwi' })
const adc = placed('adc', 'mr', { role: 'adc' })
const series = [portal, arterial, hepatic, t2, dwi, adc]
const toMr = { from_frame_uid: 'ct', to_frame_uid: 'mr', basis: 'registered-automatically', matrix: up(1000), quality_mm: 2, by: null }
const measured: KnownLinks = { links: [toMr], series, corrections: [] }
const corrected = (...corrections: KnownCorrection[]): KnownLinks => ({ ...measured, corrections })
const height = (known: KnownLinks, a: PlacedSeries, b: PlacedSeries): number | undefined => carry(seriesLink(known, a, b), [10, 20, 30])?.[2]

describe('the link between two series', () => {
  it('takes the measured breath off within a frame of reference and says how far it was', () => {
    expect(seriesLink(measured, hepatic, t2)).toMatchObject({ basis: 'breathing', breathingMm: 3, qualityMm: 2, isBreathingKnown: true })
    expect(height(measured, hepatic, t2)).toBe(33)
    expect(height(measured, t2, hepatic)).toBe(27)
  })

  it('says that nobody measured a breath instead of taking it for none', () => {
    expect(seriesLink(measured, hepatic, dwi)).toMatchObject({ basis: 'same-frame', qualityMm: null, isBreathingKnown: false })
  })

  it('takes breathing off on both sides of a link between frames, and adds the errors', () => {
    expect(height(measured, arterial, t2)).toBe(30 + 5 + 1000 + 3)
    expect(seriesLink(measured, arterial, t2)).toMatchObject({ basis: 'registered', qualityMm: 3, isBreathingKnown: true })
    expect(seriesLink(measured, arterial, dwi)).toMatchObject({ basis: 'registered', isBreathingKnown: false })
  })

  it('is not there where nothing links the frames', () => {
    expect(seriesLink({ ...measured, links: [] }, portal, t2).matrix).toBeNull()
    expect(seriesLink(measured, portal, placed('x', 'elsewhere')).basis).toBe('none')
    expect(seriesLink(measured, portal, null).basis).toBe('none')
  })

  it('takes diffusion and its coefficient for one breath, corrected or not', () => {
    for (const known of [measured, corrected(correction('hepatic', 'dwi', -8))]) {
      expect(seriesLink(known, dwi, adc)).toMatchObject({ basis: 'breathing', breathingMm: 0 })
    }
    expect(height(corrected(correction('hepatic', 'dwi', -8)), hepatic, adc)).toBe(22)
  })

  it('places a corrected series for all others of its frame and of other frames', () => {
    const known = corrected(correction('hepatic', 'dwi', -8))
    expect(seriesLink(known, hepatic, dwi)).toMatchObject({ basis: 'landmarks', qualityMm: 1.5, isOwn: true })
    expect(height(known, dwi, hepatic)).toBe(38)
    expect(height(known, t2, dwi)).toBe(30 - 3 - 8)
    expect(height(known, portal, dwi)).toBe(1022)
    expect(seriesLink(known, portal, dwi).isBreathingKnown).toBe(true)
  })

  it('lets landmarks between frames stand for the link of all their series', () => {
    const known = corrected(correction('arterial', 't2', 900))
    expect(height(known, arterial, t2)).toBe(930)
    expect(height(known, portal, hepatic)).toBe(30 - 5 + 900 - 3)
    expect(seriesLink(known, hepatic, portal)).toMatchObject({ basis: 'landmarks', isOwn: true })
  })

  it('lets the later of two corrections count, and ends where they go in a circle', () => {
    expect(height(corrected(correction('hepatic', 'dwi', 1), correction('hepatic', 'dwi', 2)), hepatic, dwi)).toBe(32)
    expect(seriesLink(corrected(correction('hepatic', 'dwi', 1), correction('dwi', 'hepatic', 1)), t2, dwi).basis).toBe('landmarks')
  })
})
