import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Cine, type Reel } from '../src/ui/panes/cine'
import { tilesFrom } from '../src/ui/panes/tiles'
import { greyPixels } from '../src/images/painting'
import { commandFor } from '../src/workspace/keymap'
import { leave, openWorkspace, stepTiles } from '../src/workspace/state'
import { aCase } from './builders'

const stroke = (key: string, over = {}): Parameters<typeof commandFor>[0] => ({ key, code: key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...over })

describe('the cine', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function aReel(length: number, showMs = 0): { readonly reel: () => Reel; readonly shown: number[] } {
    const shown = [0]
    const show = async (index: number): Promise<boolean> => {
      if (showMs > 0) await new Promise((done) => setTimeout(done, showMs))
      shown.push(index)
      return true
    }
    return { shown, reel: () => ({ index: shown.at(-1) ?? 0, length, show }) }
  }

  it('goes through the slices and back again', async () => {
    const { reel, shown } = aReel(4)
    const cine = new Cine(reel, () => undefined)
    cine.toggle()
    await vi.advanceTimersByTimeAsync(7 * (1000 / cine.running.speed))
    expect(shown.slice(0, 8)).toEqual([0, 1, 2, 3, 2, 1, 0, 1])
  })

  it('never runs ahead of slices that take long to show', async () => {
    const { reel, shown } = aReel(50, 400)
    const cine = new Cine(reel, () => undefined)
    cine.toggle()
    await vi.advanceTimersByTimeAsync(4000)
    expect(shown.length).toBeLessThanOrEqual(11)
    expect(cine.running.measured).toBeLessThan(cine.running.speed)
  })

  it('stays where it is paused', async () => {
    const { reel, shown } = aReel(9)
    const cine = new Cine(reel, () => undefined)
    cine.toggle()
    await vi.advanceTimersByTimeAsync(300)
    cine.toggle()
    const at = shown.length
    await vi.advanceTimersByTimeAsync(3000)
    expect([shown.length, cine.running.playing]).toEqual([at, false])
  })

  it('does not begin with a single slice', () => {
    const cine = new Cine(aReel(1).reel, () => undefined)
    cine.toggle()
    expect(cine.running.playing).toBe(false)
  })

  it('has a slowest and a fastest speed', () => {
    const cine = new Cine(aReel(9).reel, () => undefined)
    for (let n = 0; n < 20; n++) cine.faster(1)
    const fastest = cine.running.speed
    for (let n = 0; n < 20; n++) cine.faster(-1)
    expect([cine.running.speed, fastest]).toEqual([3, 24])
  })
})

describe('tiles', () => {
  it('turn over as pages, and the last page is full', () => {
    expect([0, 8, 9, 17, 18, 19].map((index) => tilesFrom(index, 9, 20))).toEqual([0, 0, 9, 9, 11, 11])
    expect(tilesFrom(3, 9, 5)).toBe(0)
  })

  it('come few and large, then many, then go; Escape leaves them at once', () => {
    const few = stepTiles(openWorkspace(aCase()))
    const many = stepTiles(few)
    expect([few, many, stepTiles(many), leave(few)].map(({ layout, tilesAcross }) => [layout, tilesAcross].join())).toEqual(['tiles,3', 'tiles,4', 'hung,4', 'hung,3'])
  })

  it('are painted in the window of the pane, inverted where it is', () => {
    const grey = (inverted: boolean): number[] => [...greyPixels([-1000, 140, 240, 3000], { center: 40, width: 400 }, inverted)].filter((_, n) => n % 4 === 0)
    expect(grey(false)).toEqual([0, 191, 255, 255])
    expect(grey(true)).toEqual([255, 64, 0, 0])
  })
})

it('playing, magnifying, tiles and slabs have keys', () => {
  const asked = [stroke(' '), stroke('z'), stroke('T', { shiftKey: true }), stroke('M', { shiftKey: true }), stroke('ArrowUp', { shiftKey: true })].map((one) => commandFor(one)?.do)
  expect(asked).toEqual(['play', 'magnify', 'tiles', 'slab', 'faster'])
})
