import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SeriesRole } from '../src/api/client'
import { WindowMemory, type WindowKeeper } from '../src/series/window-memory'
import { asShares, fromShares, presetNamed, presetsFor, presetWindow, windowOfImage, type Window } from '../src/series/windows'
import { aSeries } from './builders'

const ramp = Array.from({ length: 1000 }, (_, n) => n)
const [CT, HB] = [aSeries(), aSeries({ role: 'eob-hepatobiliary', modality: 'MR' })]
const WHOLE: Window = { center: 500, width: 1000 }

describe('presets', () => {
  it('of CT are absolute and known by name, whatever the image', () => {
    const presets = presetsFor('ct-portal-venous', 'CT')
    expect(presets.map((preset) => presetNamed(presetWindow(preset, WHOLE), presets, WHOLE))).toEqual(['liver', 'abdomen', 'lung', 'bone'])
    expect(presetNamed({ center: 0, width: 1 }, presets, WHOLE)).toBeNull()
  })

  it('of MR are shares of the image, each known by its name, so that the next one can be chosen', () => {
    for (const role of ['t2', 'dwi', 'eob-hepatobiliary', 't1-in-phase'] as const) {
      const presets = presetsFor(role, 'MR')
      expect(presets.map((preset) => presetNamed(presetWindow(preset, WHOLE), presets, WHOLE))).toEqual(presets.map(({ name }) => name))
    }
  })

  it('look for lesions where they are: dark in bright liver after EOB, bright in dark liver at high b', () => {
    const narrow = (role: SeriesRole): Window => presetWindow(presetsFor(role, 'MR').find(({ name }) => name === 'narrow')!, WHOLE)
    expect(narrow('eob-hepatobiliary').center).toBeGreaterThan(WHOLE.center)
    expect(narrow('dwi').center).toBeLessThan(WHOLE.center)
  })

  it('of T2 leave fluid out unless asked for it', () => {
    const whole = windowOfImage(ramp, 't2')
    expect(whole).toEqual({ center: 894, width: 1748 })
    const fluid = presetsFor('t2', 'MR').find(({ name }) => name === 'fluid')!
    expect(presetWindow(fluid, whole).width).toBeCloseTo(whole.width * 1.8)
  })
})

it('a window as shares of an image is the same window on that image, and fits another one', () => {
  const window = { center: 300, width: 250 }
  expect(fromShares(asShares(window, WHOLE), WHOLE)).toEqual(window)
  expect(fromShares(asShares(window, WHOLE), { center: 5000, width: 10_000 })).toEqual({ center: 3000, width: 2500 })
})

describe('the windows of a reader', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const aKeeper = (): WindowKeeper & { readonly kept: [SeriesRole, Window | null][] } => {
    const kept: [SeriesRole, Window | null][] = []
    return { kept, keep: async (role, window) => kept.push([role, window]), forget: async (role) => kept.push([role, null]) }
  }

  it('are kept with the account once the hand rests: CT in HU, MR as shares of the image', () => {
    const keeper = aKeeper()
    const memory = new WindowMemory([], keeper)
    memory.remember(CT, null, { center: 70, width: 150 }, WHOLE)
    memory.remember(CT, null, { center: 80, width: 160 }, WHOLE)
    memory.remember(HB, null, { center: 600, width: 500 }, WHOLE)
    expect(keeper.kept).toEqual([])
    vi.advanceTimersByTime(1000)
    expect(keeper.kept).toEqual([['ct-portal-venous', { center: 80, width: 160 }], ['eob-hepatobiliary', { center: 0.6, width: 0.5 }]])
  })

  it('are shown in the next case, on an image of another brightness too', () => {
    const memory = new WindowMemory([{ role: 'ct-portal-venous', center: 80, width: 160 }, { role: 'eob-hepatobiliary', center: 0.6, width: 0.5 }], aKeeper())
    expect(memory.recall(CT, null, WHOLE)).toEqual({ center: 80, width: 160 })
    expect(memory.recall(HB, null, { center: 1000, width: 2000 })).toEqual({ center: 1200, width: 1000 })
    expect(memory.recall(aSeries({ role: 't2' }), null, WHOLE)).toBeNull()
  })

  it('stay exactly as they are within a case, for each b-value', () => {
    const memory = new WindowMemory([], aKeeper())
    const dwi = aSeries({ role: 'dwi', modality: 'MR' })
    memory.remember(dwi, 0, { center: 900, width: 1500 }, WHOLE)
    memory.remember(dwi, 800, { center: 50, width: 90 }, { center: 60, width: 120 })
    expect(memory.recall(dwi, 0, WHOLE)).toEqual({ center: 900, width: 1500 })
  })

  it('are forgotten where the reader goes back, before they were sent too', () => {
    const keeper = aKeeper()
    const memory = new WindowMemory([], keeper)
    memory.remember(CT, null, { center: 80, width: 160 }, WHOLE)
    memory.forget(CT, null)
    vi.advanceTimersByTime(1000)
    expect(memory.recall(CT, null, WHOLE)).toBeNull()
    expect(keeper.kept).toEqual([['ct-portal-venous', null]])
  })

  it('are sent at once when the page ends', () => {
    const keeper = aKeeper()
    const memory = new WindowMemory([], keeper)
    memory.remember(CT, null, { center: 80, width: 160 }, WHOLE)
    memory.end()
    vi.advanceTimersByTime(1000)
    expect(keeper.kept).toEqual([['ct-portal-venous', { center: 80, width: 160 }]])
  })

  it('that cannot be kept change nothing', () => {
    const memory = new WindowMemory([], { keep: () => Promise.reject(new Error('no answer')), forget: () => Promise.reject(new Error('no answer')) })
    memory.remember(CT, null, { center: 80, width: 160 }, WHOLE)
    memory.end()
    expect(memory.recall(CT, null, WHOLE)).toEqual({ center: 80, width: 160 })
  })
})
