import { describe, expect, it } from 'vitest'
import { orientationLetters } from '../src/geometry/orientation'
import { angleBetween, distanceToPlane, projectOnPlane, type Plane } from '../src/geometry/plane'

const AXIAL: Plane = { origin: [0, 0, 10], row: [1, 0, 0], column: [0, 1, 0] }

describe('orientation letters', () => {
  it.each([
    [[1, 0, 0], 'L'],
    [[-1, 0, 0], 'R'],
    [[0, 1, 0], 'P'],
    [[0, 0, 1], 'H'],
    [[0, 0.8, -0.6], 'PF'],
    [[0.05, -1, 0.2], 'A'],
  ] as const)('of %j are %s', (direction, letters) => {
    expect(orientationLetters(direction)).toBe(letters)
  })
})

describe('a plane', () => {
  it('knows the signed distance of a point along its normal', () => {
    expect(distanceToPlane([3, 4, 12], AXIAL)).toBe(2)
    expect(distanceToPlane([3, 4, 7], AXIAL)).toBe(-3)
  })

  it('projects a point along its normal', () => {
    expect(projectOnPlane([3, 4, 12], AXIAL)).toEqual([3, 4, 10])
  })

  it('leans the same whichever way its normal points', () => {
    const leaning = [0, Math.sin(0.2), Math.cos(0.2)] as const
    const degrees = (0.2 * 180) / Math.PI
    expect(angleBetween([0, 0, 1], leaning)).toBeCloseTo(degrees, 6)
    expect(angleBetween([0, 0, -1], leaning)).toBeCloseTo(degrees, 6)
  })
})
