import { describe, expect, it } from 'vitest'
import { cellKey, cellName, lackOf, nextOpenCell, openCells, type Findings } from '../src/reading/cells'
import { isLadder, judgedOn, openStepOf, SEQUENCES, stepToLock } from '../src/reading/steps'
import { withMark, withMeasurement, withVerdict, type SeenOn } from '../src/reading/verdict'
import { freeLabel } from '../src/ui/case/lesion-dialog'
import { parseDiameter } from '../src/ui/case/fields'
import { aFinding, aLesion, centralSteps, SITE_STEPS } from './builders'

const LESIONS = [aLesion(), aLesion({ id: 'two', label: 'L2' })]
const ON: SeenOn = { seriesUid: '1.2', sopUid: '1.2.3', frame: 1, window: { center: 60, width: 350.04 }, position: [1, 2, 3] }

const read = (...cells: [string, 'ct' | 'dwi' | 't1t2' | 'eob'][]): Findings =>
  new Map(cells.map(([lesionId, judged]) => [cellKey({ lesionId, judged }), aFinding()]))

describe('cells of a read', () => {
  it('keep their names through their keys', () => {
    expect(cellName(cellKey({ lesionId: 'a/b', judged: 't1t2' }))).toEqual({ lesionId: 'a/b', judged: 't1t2' })
  })

  it('lack a diameter when visible and a reason when not evaluable', () => {
    expect(lackOf(undefined, 'ct')).toBe('verdict')
    expect(lackOf(aFinding({ diameter_mm: null }), 'ct')).toBe('diameter')
    expect(lackOf(aFinding({ visibility: 'not-evaluable' }), 'ct')).toBe('reason')
    expect(lackOf(aFinding({ visibility: 'not-visible', diameter_mm: null }), 'ct')).toBeNull()
  })

  it('need no diameter on all sequences together, which have their own', () => {
    expect(lackOf(aFinding({ diameter_mm: null }), 'combined')).toBeNull()
    expect(lackOf(aFinding({ visibility: 'not-evaluable' }), 'combined')).toBe('reason')
  })

  it('come next only in steps that are open', () => {
    const steps = centralSteps(1)
    expect(nextOpenCell(read(['one', 'dwi']), LESIONS, steps, { lesionId: 'one', judged: 'dwi' })).toEqual({ lesionId: 'two', judged: 'dwi' })
    expect(nextOpenCell(read(['one', 'dwi'], ['two', 'dwi']), LESIONS, steps, { lesionId: 'two', judged: 'dwi' })).toBeNull()
  })

  it('stop signing until every lesion has every sequence', () => {
    expect(openCells(new Map(), LESIONS, SITE_STEPS)).toHaveLength(LESIONS.length * SITE_STEPS.length)
    const all = LESIONS.flatMap(({ id }) => SEQUENCES.map((step) => [id, step] as [string, typeof step]))
    expect(openCells(read(...all), LESIONS, SITE_STEPS)).toEqual([])
  })

  it('come next within the step first, then in the following steps', () => {
    expect(nextOpenCell(read(['one', 'ct']), LESIONS, SITE_STEPS, { lesionId: 'one', judged: 'ct' })).toEqual({ lesionId: 'two', judged: 'ct' })
    expect(nextOpenCell(read(['two', 'ct']), LESIONS, SITE_STEPS, { lesionId: 'two', judged: 'ct' })).toEqual({ lesionId: 'one', judged: 'ct' })
    const step = read(['one', 'ct'], ['two', 'ct'])
    expect(nextOpenCell(step, LESIONS, SITE_STEPS, { lesionId: 'two', judged: 'ct' })).toEqual({ lesionId: 'one', judged: 'dwi' })
  })

  it('come never again when all are read', () => {
    const all = LESIONS.flatMap(({ id }) => SEQUENCES.map((step) => [id, step] as [string, typeof step]))
    expect(nextOpenCell(read(...all), LESIONS, SITE_STEPS, { lesionId: 'one', judged: 'ct' })).toBeNull()
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

describe('where the reader looked and found nothing', () => {
  const moved: SeenOn = { ...ON, position: [9, 8, 7] }

  it('is the expected position until the reader sets another', () => {
    const gone = withVerdict(undefined, 'not-visible', ON)
    expect(gone).toMatchObject({ position_mm: [1, 2, 3], position_by: 'expected' })
    expect(withMark(gone, moved)).toMatchObject({ visibility: 'not-visible', position_mm: [9, 8, 7], position_by: 'reader' })
  })

  it('stays where the reader set it when the same verdict is given again', () => {
    expect(withVerdict(withMark(undefined, moved), 'not-visible', ON).position_mm).toEqual([9, 8, 7])
  })

  it('is unknown, and by nobody, where nothing says where the lesion is', () => {
    expect(withVerdict(undefined, 'not-visible', { ...ON, position: null })).toMatchObject({ position_mm: null, position_by: null })
  })
})

describe('steps', () => {
  it('are a ladder once one of them is not open', () => {
    expect(isLadder(SITE_STEPS)).toBe(false)
    expect(isLadder(centralSteps(0))).toBe(true)
  })

  it('are locked one after the other, but the last by the signature', () => {
    expect([0, 1, 4, 5].map((n) => [openStepOf(centralSteps(n))?.code ?? null, stepToLock(centralSteps(n))?.code ?? null])).toEqual([
      ['ct', 'ct'],
      ['dwi', 'dwi'],
      ['combined', null],
      [null, null],
    ])
  })

  it('tell what a hand on an image speaks of', () => {
    expect(judgedOn(centralSteps(4), 'combined', 'ct')).toBe('combined')
    expect(judgedOn(centralSteps(1), 'dwi', 'ct')).toBe('ct')
    expect(judgedOn(SITE_STEPS, 'ct', null)).toBeNull()
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
