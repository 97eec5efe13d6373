import { describe, expect, it } from 'vitest'
import { carry, carryDirection, linkBetween, type KnownLink } from '../src/geometry/links'

/** Rotation about z by a right angle, then a shift: row-major, as the API sends it. */
const QUARTER_TURN = [0, -1, 0, 10, 1, 0, 0, 20, 0, 0, 1, 30, 0, 0, 0, 1]

function aLink(over: Partial<KnownLink> = {}): KnownLink {
  return { from_frame_uid: 'ct', to_frame_uid: 'mr', basis: 'registered-automatically', matrix: QUARTER_TURN, quality_mm: 3, by: null, ...over }
}

describe('the link between two frames of reference', () => {
  it('maps a point by the row-major matrix of the API', () => {
    expect(carry(linkBetween([aLink()], 'ct', 'mr'), [1, 2, 3])).toEqual([8, 21, 33])
  })

  it('goes back by the inverse', () => {
    const back = carry(linkBetween([aLink()], 'mr', 'ct'), [8, 21, 33])
    expect(back?.map((mm) => Math.round(mm * 1e6) / 1e6)).toEqual([1, 2, 3])
  })

  it('is identity only within one frame of reference', () => {
    const same = linkBetween([aLink()], 'ct', 'ct')
    expect(same.basis).toBe('same-frame')
    expect(carry(same, [1, 2, 3])).toEqual([1, 2, 3])
  })

  it('never carries a point where nothing links the frames', () => {
    const none = linkBetween([aLink()], 'ct', 'elsewhere')
    expect(none.basis).toBe('none')
    expect(carry(none, [1, 2, 3])).toBeNull()
  })

  it('does not take two unknown frames for the same one', () => {
    expect(linkBetween([], null, null).basis).toBe('none')
  })

  it('chains links, adds their errors as independent and keeps the weakest basis', () => {
    const links = [aLink(), aLink({ from_frame_uid: 'baseline', to_frame_uid: 'ct', basis: 'registered-by-landmarks', quality_mm: 4, by: 'A. Reader' })]
    const link = linkBetween(links, 'baseline', 'mr')
    expect(link.basis).toBe('registered')
    expect(link.qualityMm).toBe(5)
    expect(carry(link, [0, 0, 0])).toEqual([-10, 30, 60])
  })

  it('takes the direct link before a chain', () => {
    const direct = aLink({ from_frame_uid: 'baseline', to_frame_uid: 'mr', quality_mm: 1 })
    const links = [aLink(), aLink({ from_frame_uid: 'baseline', to_frame_uid: 'ct' }), direct]
    expect(linkBetween(links, 'baseline', 'mr').qualityMm).toBe(1)
  })

  it('ignores a link whose basis is not known or whose matrix is unsound', () => {
    expect(linkBetween([aLink({ basis: 'not-known' })], 'ct', 'mr').basis).toBe('none')
    expect(linkBetween([aLink({ matrix: [1, 2, 3] })], 'ct', 'mr').basis).toBe('none')
    expect(linkBetween([aLink({ matrix: QUARTER_TURN.with(0, Number.NaN) })], 'ct', 'mr').basis).toBe('none')
  })

  it('turns directions without shifting them', () => {
    expect(carryDirection(linkBetween([aLink()], 'ct', 'mr'), [1, 0, 0])).toEqual([0, 1, 0])
  })
})
