import { describe, expect, it } from 'vitest'
import type { Plane } from '../src/geometry/plane'
import { distance, type Vec3 } from '../src/geometry/vector'
import { areaOf, ellipseBetween, outlineOf, statisticsIn, type Grid } from '../src/reading/region'
import { handAfter, handCommand, lengthAround, onPlane, type Hand } from '../src/workspace/hand'
import type { Stroke } from '../src/workspace/keymap'

const PLANE: Plane = { origin: [0, 0, 5], row: [1, 0, 0], column: [0, 1, 0] }
const stroke = (key: string, shiftKey = false): Stroke => ({ key, code: '', shiftKey, ctrlKey: false, metaKey: false, altKey: false })

/** The drawing after these keys; keys with ⇧ are shifted. */
function after(hand: Hand, ...keys: string[]): Hand {
  return keys.reduce((now, key) => {
    const command = handCommand(stroke(key.replace('⇧', ''), key.startsWith('⇧')), now)
    if (!command) throw new Error(`${key} means nothing here`)
    return handAfter(now, command, PLANE)
  }, hand)
}

describe('drawing by keyboard', () => {
  const length = lengthAround(0, [10, 20, 5], 8, PLANE)

  it('begins a length through the lesion and moves the end in hand', () => {
    expect(length).toMatchObject({ ends: [[6, 20, 5], [14, 20, 5]] })
    expect(after(length, 'ArrowRight', '⇧ArrowDown')).toMatchObject({ ends: [[6, 20, 5], [14.5, 25, 5]] })
  })

  it('swaps ends with Tab', () => {
    expect(after(length, 'Tab', 'ArrowLeft', 'ArrowUp')).toMatchObject({ ends: [[5.5, 19.5, 5], [14, 20, 5]] })
  })

  it('leaves Tab to the page, and size keys to the picture, where there is nothing to swap or size', () => {
    const point: Hand = { shape: 'point', pane: 0, at: [0, 0, 5] }
    expect([handCommand(stroke('Tab'), point), handCommand(stroke('+'), point), handCommand(stroke('PageDown'), length)]).toEqual([null, null, null])
  })

  it('leaves shifted keys other than arrows to the workspace, signing among them', () => {
    expect([handCommand(stroke('Enter', true), length), handCommand(stroke('Tab', true), length)]).toEqual([null, null])
  })

  it('leaves the browser its own', () => {
    expect(handCommand({ ...stroke('ArrowUp'), ctrlKey: true }, length)).toBeNull()
  })

  it('makes a region larger, wider, and never too small to hold a pixel', () => {
    const region: Hand = { shape: 'ellipse', pane: 0, centre: [0, 0, 5], halfMm: [4, 4] }
    expect(after(region, '+', ']')).toMatchObject({ halfMm: [5, 4.5] })
    expect(after(region, ...Array<string>(30).fill('-'))).toMatchObject({ halfMm: [1, 1] })
  })

  it('follows to another slice', () => {
    expect(onPlane(length, { ...PLANE, origin: [0, 0, 9] })).toMatchObject({ ends: [[6, 20, 9], [14, 20, 9]] })
  })

  it('moves along the rows and columns of an oblique slice', () => {
    const tilted: Plane = { origin: [0, 0, 0], row: [0, 1, 0], column: [0, 0, -1] }
    const moved = handAfter({ shape: 'point', pane: 0, at: [0, 0, 0] }, { do: 'move', along: 2, down: 3 }, tilted)
    expect(moved).toMatchObject({ at: [0, 2, -3] })
  })
})

describe('a region on an ADC map', () => {
  const grid: Grid = { plane: { ...PLANE, origin: [0, 0, 0] }, spacing: [2, 1], rows: 10, columns: 20 }
  /** Each pixel holds its column. */
  const columns = Float32Array.from({ length: 200 }, (_, at) => at % 20)

  it('holds the pixels whose middle lies inside, whatever the spacing', () => {
    const box: Vec3[] = [[2.5, 3, 0], [5.5, 3, 0], [5.5, 7, 0], [2.5, 7, 0]]
    expect(statisticsIn(columns, box, grid)).toEqual({ mean: 4, sd: expect.closeTo(Math.sqrt(4 / 5), 10), nPixels: 6, areaMm2: 12 })
  })

  it('has no deviation with one pixel, and is nothing with none', () => {
    const around = (x: number, y: number, mm: number): Vec3[] => [[x - mm, y - mm, 0], [x + mm, y - mm, 0], [x + mm, y + mm, 0], [x - mm, y + mm, 0]]
    expect(statisticsIn(columns, around(7, 4, 0.4), grid)).toMatchObject({ mean: 7, sd: 0, nPixels: 1 })
    expect(statisticsIn(columns, around(7.5, 5, 0.4), grid)).toBeNull()
    expect(statisticsIn(columns, around(-30, 5, 3), grid)).toBeNull()
  })

  it('is an ellipse that fills the rectangle between two corners', () => {
    const ellipse = ellipseBetween([10, 10, 5], [2, 4, 5], PLANE)
    expect(ellipse).toEqual({ centre: [6, 7, 5], halfMm: [4, 3] })
    const outline = outlineOf(ellipse, PLANE)
    expect(Math.max(...outline.map((point) => distance(point, [6, 7, 5])))).toBeCloseTo(4)
    expect(areaOf(outline) / (Math.PI * 4 * 3)).toBeCloseTo(0.997, 3)
  })
})
