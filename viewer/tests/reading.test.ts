import { describe, expect, it } from 'vitest'
import { cellKey, cellName, lackOf, nextOpenCell, openCells, STEPS, type Findings } from '../src/reading/cells'
import { withMeasurement, withVerdict, type Judged } from '../src/reading/verdict'
import { freeLabel } from '../src/ui/case/lesion-dialog'
import { parseDiameter } from '../src/ui/case/reading-form'
import { aFinding, aLesion } from './builders'

const LESIONS = [aLesion(), aLesion({ id: 'two', label: 'L2' })]
const ON: Judged = { seriesUid: '1.2', sopUid: '1.2.3', frame: 1, window: { center: 60, width: 350.04 }, position: [1, 2, 3] }

const read = (...cells: [string, 'ct' | 'dwi' | 't1t2' | 'eob'][]): Findings =>
  new Map(cells.map(([lesionId, sequence]) => [cellKey({ lesionId, sequence }), aFinding()]))

describe('cells of a read', () => {
  it('keep their names through their keys', () => {
    expect(cellName(cellKey({ lesionId: 'a/b', sequence: 't1t2' }))).toEqual({ lesionId: 'a/b', sequence: 't1t2' })
  })

  it('lack a diameter when visible and a reason when not evaluable', () => {
    expect(lackOf(undefined)).toBe('verdict')
    expect(lackOf(aFinding({ diameter_mm: null }))).toBe('diameter')
    expect(lackOf(aFinding({ visibility: 'not-evaluable' }))).toBe('reason')
    expect(lackOf(aFinding({ visibility: 'not-visible', diameter_mm: null }))).toBeNull()
  })

  it('stop signing until every lesion has every sequence', () => {
    expect(openCells(new Map(), LESIONS)).toHaveLength(LESIONS.length * STEPS.length)
    const all = LESIONS.flatMap(({ id }) => STEPS.map((step) => [id, step] as [string, typeof step]))
    expect(openCells(read(...all), LESIONS)).toEqual([])
  })

  it('come next within the step first, then in the following steps', () => {
    expect(nextOpenCell(read(['one', 'ct']), LESIONS, { lesionId: 'one', sequence: 'ct' })).toEqual({ lesionId: 'two', sequence: 'ct' })
    expect(nextOpenCell(read(['two', 'ct']), LESIONS, { lesionId: 'two', sequence: 'ct' })).toEqual({ lesionId: 'one', sequence: 'ct' })
    const step = read(['one', 'ct'], ['two', 'ct'])
    expect(nextOpenCell(step, LESIONS, { lesionId: 'two', sequence: 'ct' })).toEqual({ lesionId: 'one', sequence: 'dwi' })
  })

  it('come never again when all are read', () => {
    const all = LESIONS.flatMap(({ id }) => STEPS.map((step) => [id, step] as [string, typeof step]))
    expect(nextOpenCell(read(...all), LESIONS, { lesionId: 'one', sequence: 'ct' })).toBeNull()
  })
})

describe('a verdict', () => {
  it('remembers the image and window it was given on', () => {
    expect(withVerdict(undefined, 'not-visible', ON)).toMatchObject({
      visibility: 'not-visible',
      series_uid: '1.2',
      sop_instance_uid: '1.2.3',
      position_mm: [1, 2, 3],
      window_width: 350,
    })
  })

  it('drops the diameter when the lesion is said to be gone', () => {
    const gone = withVerdict(aFinding({ measurement_mm: [[0, 0, 0], [8, 0, 0]] }), 'not-visible', ON)
    expect(gone.diameter_mm).toBeUndefined()
    expect(gone.measurement_mm).toBeUndefined()
  })

  it('keeps comment and confidence when it changes', () => {
    expect(withVerdict(aFinding({ comment: 'rim', confidence: 4 }), 'not-evaluable', ON)).toMatchObject({ comment: 'rim', confidence: 4 })
  })

  it('becomes visible by measuring, with the length to a tenth and the middle as position', () => {
    const measured = withMeasurement(undefined, { ends: [[0, 0, 0], [3, 4, 0]], on: ON })
    expect(measured).toMatchObject({ visibility: 'visible', diameter_mm: '5.0', position_mm: [1.5, 2, 0], measurement_mm: [[0, 0, 0], [3, 4, 0]] })
  })
})

describe('a typed diameter', () => {
  it.each([
    ['8,64', '8.6'],
    [' 12 ', '12.0'],
    ['０.5', '0.5'],
    ['0', null],
    ['501', null],
    ['big', null],
    ['', null],
  ])('%j is %j', (typed, mm) => {
    expect(parseDiameter(typed)).toBe(mm)
  })
})

it('a new lesion gets the number after the highest', () => {
  expect(freeLabel(['L1', 'L7', 'L3'])).toBe('L8')
  expect(freeLabel([])).toBe('L1')
})
