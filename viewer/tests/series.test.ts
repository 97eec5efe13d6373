import { describe, expect, it } from 'vitest'
import { bodyBox, percentile, tissueThreshold } from '../src/series/body'
import { choices, companions, earlierTimepoint, hangCase, hangComparison, hangStep, neighbour } from '../src/series/hanging'
import { interleave, outward } from '../src/series/order'
import { dragged, showsBrightEnd } from '../src/series/windows'
import { aCase, aSeries } from './builders'

describe('hanging', () => {
  it('gives each pane the first role that exists', () => {
    expect(hangCase(aCase())).toEqual(['ct', 'hb', 'dwi', 'adc'])
    const arterial = aCase({ series: [aSeries({ key: 'art', role: 'ct-arterial' })] })
    expect(hangCase(arterial)).toEqual(['art', null, null, null])
  })

  it('fills an empty pane with what is left of this visit, never with another visit', () => {
    const { series } = aCase()
    const without = aCase({ series: series.filter(({ key }) => key !== 'adc') })
    expect(hangCase(without)).toEqual(['ct', 'hb', 'dwi', 't2'])
    expect(hangCase(aCase({ series: series.filter(({ key }) => !['adc', 't2'].includes(key)) }))[3]).toBeNull()
  })

  it('brings the images of a step that is not hung', () => {
    expect(hangStep(['ct', 'hb', 'dwi', 'adc'], 't1t2', aCase())).toEqual(['t2', 'hb', 'dwi', 'adc'])
    expect(hangStep(['ct', 'hb', 'dwi', 'adc'], 'dwi', aCase())).toEqual(['ct', 'hb', 'dwi', 'adc'])
  })

  it('puts the earlier visit of the same role on the right', () => {
    expect(hangComparison(['ct', 'hb', 'dwi', 'adc'], 0, 'baseline', aCase().series)).toEqual(['ct', 'ct-before', 'hb', null])
  })

  it('knows the earlier visit, and none at the first', () => {
    expect(earlierTimepoint(aCase())).toBe('baseline')
    expect(earlierTimepoint(aCase({ timepoint: aCase().timepoints[0] as never }))).toBeNull()
  })

  it('offers diffusion once although its b-values came as several series', () => {
    const parts = ['a', 'b'].map((key) => aSeries({ key, role: 'dwi', sequence: 'dwi' }))
    expect(choices(parts).map(({ key }) => key)).toEqual(['a'])
    expect(companions(parts, parts[0] as never)).toHaveLength(2)
  })

  it('goes around the series of one step of one visit', () => {
    const { series } = aCase()
    expect(neighbour(series, 'dwi', 1)).toBe('adc')
    expect(neighbour(series, 'adc', 1)).toBe('dwi')
    expect(neighbour(series, 'ct', 1)).toBe('ct')
  })
})

describe('the order of streaming', () => {
  it('goes outward from the visible slice and leaves none out', () => {
    expect(outward(5, 1)).toEqual([1, 2, 0, 3, 4])
    expect(outward(3, 99)).toEqual([2, 1, 0])
    expect(outward(0, 0)).toEqual([])
  })

  it('takes turns between stacks', () => {
    expect(interleave([['a1', 'a2', 'a3'], ['b1'], []])).toEqual(['a1', 'b1', 'a2', 'a3'])
  })
})

describe('windows', () => {
  it('of MR headers are dropped where they turn much of the image white', () => {
    const pixels = Array.from({ length: 1000 }, (_, n) => n)
    expect(showsBrightEnd({ center: 500, width: 1000 }, pixels)).toBe(true)
    expect(showsBrightEnd({ center: 300, width: 600 }, pixels)).toBe(false)
  })

  it('widen to the right, brighten upward and never close', () => {
    expect(dragged({ center: 40, width: 400 }, 40, 0)).toEqual({ center: 40, width: 440 })
    expect(dragged({ center: 40, width: 400 }, 0, -20).center).toBe(20)
    expect(dragged({ center: 40, width: 400 }, -4000, 0).width).toBe(1)
  })
})

describe('the body in an image', () => {
  const [rows, columns] = [60, 80]
  /** Air, a body from (20, 10) to (59, 39), and a thin table below it. */
  const ct = Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns]
    if (row >= 10 && row < 40 && column >= 20 && column < 60) return 40
    return row === 50 ? 100 : -1000
  })

  it('is found without the table below it', () => {
    expect(bodyBox(ct, rows, columns, tissueThreshold(ct, 'CT'))).toEqual({ left: 20, top: 10, width: 40, height: 30 })
  })

  it('is the whole image where nothing stands out', () => {
    expect(bodyBox(new Array(100).fill(0), 10, 10, 0)).toEqual({ left: 0, top: 0, width: 10, height: 10 })
  })

  it('has percentiles from a sample', () => {
    expect(percentile(Array.from({ length: 100 }, (_, n) => n), 0.5)).toBe(50)
    expect(percentile([], 0.5)).toBe(0)
  })
})
