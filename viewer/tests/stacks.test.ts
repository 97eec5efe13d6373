import { describe, expect, it } from 'vitest'
import { centreOf, firstShown, isVolume, nearestSlice, stacksOf } from '../src/series/stacks'
import { aFrame, slicesAt } from './builders'

const SINE = Math.sin(Math.PI / 15)
const COSINE = Math.cos(Math.PI / 15)

describe('stacks of a series', () => {
  it('are sorted along the normal, whatever the order of the instances', () => {
    const [stack] = stacksOf(slicesAt([10, 0, 5]))
    expect(stack?.frames.map(({ position }) => position?.[2])).toEqual([0, 5, 10])
    expect(stack?.spacingMm).toBe(5)
  })

  it('are split by b-value without losing an image', () => {
    const frames = [50, 0, 800, 400].flatMap((bValue) => slicesAt([0, 6, 12], { bValue }))
    const stacks = stacksOf(frames)
    expect(stacks.map(({ bValue }) => bValue)).toEqual([0, 50, 400, 800])
    expect(stacks.flatMap((stack) => stack.frames)).toHaveLength(frames.length)
    expect(firstShown(stacks)).toBe(3)
  })

  it('keep repeated images of one position as stacks of their own', () => {
    const stacks = stacksOf([...slicesAt([0, 6], { bValue: 400 }), ...slicesAt([0, 6], { bValue: 400 })])
    expect(stacks.map(({ repetition, frames }) => [repetition, frames.length])).toEqual([[0, 2], [1, 2]])
  })

  it('keep images that have no b-value beside those that have one', () => {
    const stacks = stacksOf([...slicesAt([0, 6], { bValue: null }), ...slicesAt([0, 6], { bValue: 800 })])
    expect(stacks.map(({ bValue }) => bValue)).toEqual([null, 800])
  })

  it('count the slices that are missing between neighbours', () => {
    expect(stacksOf(slicesAt([0, 5, 10, 25, 30]))[0]?.nMissing).toBe(2)
    expect(stacksOf(slicesAt([0, 5, 10, 16, 21]))[0]?.nMissing).toBe(0)
  })

  it('keep images without a position, in their order, after the placed ones', () => {
    const unplaced = ['a', 'b'].map((sopUid) => aFrame({ position: null, sopUid }))
    const [stack] = stacksOf([...unplaced, ...slicesAt([0, 5])])
    expect(stack?.frames.map(({ sopUid }) => sopUid)).toEqual(['0', '1', 'a', 'b'])
  })
})

describe('the slice nearest to a point', () => {
  it('is found by the distance from the plane, not by height, where slices are oblique', () => {
    const frames = [0, 1, 2, 3].map((n) =>
      aFrame({ position: [0, -SINE * 6 * -n, COSINE * 6 * n], column: [0, COSINE, -SINE], sopUid: String(n) }),
    )
    const [stack] = stacksOf(frames)
    const point: [number, number, number] = [0, 0, 12]
    const nearest = stack && nearestSlice(stack, point)
    expect(nearest?.index).toBe(2)
    expect(nearest?.distanceMm).toBeCloseTo(12 - 12 * COSINE, 1)
  })

  it('is none where no slice has a position', () => {
    const [stack] = stacksOf([aFrame({ position: null })])
    expect(stack && nearestSlice(stack, [0, 0, 0])).toBeNull()
  })
})

describe('a stack as a volume', () => {
  it('needs even spacing, one size and no gaps', () => {
    const one = stacksOf(slicesAt([0, 5, 10, 15]))[0]
    const gap = stacksOf(slicesAt([0, 5, 10, 20, 25]))[0]
    const uneven = stacksOf(slicesAt([0, 5, 10, 16]))[0]
    expect([one, gap, uneven].map((stack) => stack && isVolume(stack))).toEqual([true, false, false])
  })

  it('is none without pixel spacing', () => {
    const [stack] = stacksOf(slicesAt([0, 5, 10], { spacing: null }))
    expect(stack && isVolume(stack)).toBe(false)
  })
})

it('the centre of an image lies half way between its first and last pixel', () => {
  expect(centreOf(aFrame({ position: [-100, -50, 7] }))).toEqual([-1, 49, 7])
})
