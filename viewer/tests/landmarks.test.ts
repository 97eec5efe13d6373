import { describe, expect, it } from 'vitest'
import { fitted, type Pair } from '../src/geometry/landmarks'
import { carry, matrixOf, NOT_LINKED } from '../src/geometry/links'
import type { Vec3 } from '../src/geometry/vector'
import { corrected, entryOf, goOnWith, NO_LANDMARKS, partnerOf, withoutLast, withPoint } from '../src/workspace/landmarks'

const CORNERS: readonly Vec3[] = [[0, 0, 0], [60, 0, 10], [0, 80, -20], [30, 20, 70]]
const [c, s] = [Math.cos(0.1), Math.sin(0.1)]
/** Turned by 0.1 about z and moved. */
const moved = ([x, y, z]: Vec3): Vec3 => [c * x - s * y + 5, s * x + c * y - 7, z + 300]
const carriedBy = (pairs: readonly Pair[], point: Vec3): Vec3 => carry({ ...NOT_LINKED, matrix: matrixOf(fitted(pairs)) }, point) ?? [NaN, NaN, NaN]

describe('the fit of landmarks', () => {
  it('moves by one pair and says nothing of its error', () => {
    expect(carriedBy([[[1, 2, 3], [2, 4, -3]]], [11, 12, 13])).toEqual([12, 14, 7])
    expect(fitted([[[1, 2, 3], [2, 4, -3]]]).residualMm).toBeNull()
  })

  it('moves by the mean of two pairs', () => {
    const pairs: Pair[] = [[[0, 0, 0], [0, 0, 4]], [[50, 0, 0], [50, 0, 8]]]
    expect(carriedBy(pairs, [7, 7, 7])).toEqual([7, 7, 13])
    expect(fitted(pairs).residualMm).toBeCloseTo(2)
  })

  it('finds turn and shift from three pairs', () => {
    for (const n of [3, 4]) {
      const pairs = CORNERS.slice(0, n).map((corner): Pair => [corner, moved(corner)])
      expect(fitted(pairs).residualMm).toBeLessThan(1e-9)
      carriedBy(pairs, [10, -20, 30]).forEach((mm, axis) => expect(mm).toBeCloseTo(moved([10, -20, 30])[axis] ?? NaN))
    }
  })

  it('turns nothing by points on a line', () => {
    const line: Pair[] = [0, 20, 40].map((x): Pair => [[x, 0, 0], [x + 1, 2, 3]])
    expect(fitted(line).matrix).toEqual([1, 0, 0, 1, 0, 1, 0, 2, 0, 0, 1, 3, 0, 0, 0, 1])
  })
})

describe('setting landmarks', () => {
  const first = withPoint(NO_LANDMARKS, 'a', [1, 1, 1])
  const pair = first && withPoint(first, 'b', [2, 2, 2])

  it('pairs a point on each of two series, whichever comes first', () => {
    expect(pair).toMatchObject({ from: 'a', to: 'b', pairs: [[[1, 1, 1], [2, 2, 2]]], open: null })
    const next = pair && withPoint(pair, 'b', [4, 4, 4])
    expect(next && withPoint(next, 'a', [3, 3, 3])?.pairs[1]).toEqual([[3, 3, 3], [4, 4, 4]])
    expect(pair && partnerOf(pair, 'b')).toBe('a')
  })

  it('moves the open point, and refuses a third series', () => {
    expect(first && withPoint(first, 'a', [9, 9, 9])?.open?.at).toEqual([9, 9, 9])
    expect(pair && withPoint(pair, 'c', [1, 1, 1])).toBeNull()
  })

  it('takes back the last, and begins anew with nothing left', () => {
    expect(first && withoutLast(first)).toEqual(NO_LANDMARKS)
    expect(pair && withoutLast(pair)).toEqual(NO_LANDMARKS)
    expect(entryOf(NO_LANDMARKS)).toBeNull()
  })

  it('goes on with what is kept, and taking back all of it takes the correction back', () => {
    const [kept] = corrected([], { between: { from: 'a', to: 'b' }, body: { pairs: [{ from_mm: [1, 1, 1], to_mm: [2, 2, 2] }] } }, 'baseline')
    const none = kept && withoutLast(goOnWith(kept))
    expect(none && entryOf(none)).toEqual({ kind: 'correction', between: { from: 'a', to: 'b' }, body: null })
    expect(kept && corrected([kept], { between: { from: 'a', to: 'b' }, body: null }, 'baseline')).toEqual([])
    expect(kept && corrected([kept], { between: { from: 'a', to: 'b' }, body: null }, 'preoperative')).toEqual([kept])
  })
})
