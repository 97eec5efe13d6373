import { describe, expect, it } from 'vitest'
import { framesOf } from '../src/series/frames'
import { anInstance } from './builders'

const item = (groups: Record<string, unknown>): { vr: string; Value: unknown[] } => ({ vr: 'SQ', Value: [groups] })

describe('frames of DICOM JSON', () => {
  it('hold place, size and spacing, with decimal strings read as numbers', () => {
    const [frame] = framesOf([anInstance()], 'https://here/series/1')
    expect(frame).toMatchObject({ position: [-100, -100, 12.5], rows: 64, columns: 96, spacing: [1.5, 1.25], bValue: null, number: 1 })
    expect(frame?.imageId).toBe('wadors:https://here/series/1/instances/1.2.3.1/frames/1')
  })

  it('have no spacing rather than a made-up one', () => {
    const [frame] = framesOf([anInstance({ '00280030': {} })], '')
    expect(frame?.spacing).toBeNull()
  })

  it('tell b 0 from no b-value', () => {
    const [zero] = framesOf([anInstance({ '00189087': { vr: 'FD', Value: [0] } })], '')
    expect(zero?.bValue).toBe(0)
  })

  it('take the 0.001 of some scanners for b 0', () => {
    const [zero] = framesOf([anInstance({ '00189087': { vr: 'FD', Value: [0.001] } })], '')
    expect(zero?.bValue).toBe(0)
  })

  it('come one by one out of an enhanced object, per-frame groups over shared ones', () => {
    const { '00200032': _position, '00280030': _spacing, ...base } = anInstance()
    const perFrame = [0, 800].map((b, n) => ({
      '00209113': item({ '00200032': { vr: 'DS', Value: [0, 0, n * 6] } }),
      '00189117': item({ '00189087': { vr: 'FD', Value: [b] } }),
    }))
    const frames = framesOf(
      [{ ...base, '00280008': { vr: 'IS', Value: [2] }, '52009229': item({ '00289110': item({ '00280030': { vr: 'DS', Value: [2, 2] } }) }) as never, '52009230': { vr: 'SQ', Value: perFrame } }],
      '',
    )
    expect(frames.map(({ number, bValue, position, spacing }) => ({ number, bValue, z: position?.[2], spacing }))).toEqual([
      { number: 1, bValue: 0, z: 0, spacing: [2, 2] },
      { number: 2, bValue: 800, z: 6, spacing: [2, 2] },
    ])
    expect(frames[1]?.dataset['52009230']).toBeUndefined()
  })

  it('leave out instances that are no images', () => {
    const { '00280010': _rows, ...report } = anInstance()
    expect(framesOf([report], '')).toEqual([])
  })
})
