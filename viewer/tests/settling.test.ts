import { describe, expect, it, vi } from 'vitest'
import { Problem, type Adjudication, type ChoiceIn, type DisputedLesion, type Finding, type NewLesion } from '../src/api/client'
import { cellKey } from '../src/reading/cells'
import { hangBoth, idOf, lesionsToSettle, readOnSide, sequenceToShow, undecided } from '../src/reading/settling'
import { adjudicationPath, routeOf } from '../src/route'
import { askedBy } from '../src/ui/adjudication/keys'
import { Settling } from '../src/ui/adjudication/settling'
import { aCase, aFinding, aLesion, aSeries } from './builders'

const aDispute = (over: Partial<DisputedLesion> = {}): DisputedLesion => ({
  label: 'L2', why: 'status-differs', lesion_id: 'two', left: 'yes', right: 'no', only_in: null, new_label: null, locations: [], chosen: null, ...over,
})

const aNew = (over: Partial<NewLesion> = {}): NewLesion => ({
  label: 'N2', segment: 'V', diameter_mm: '6.0', sequence: 'eob', series_uid: '1.9', sop_instance_uid: '1.9.1', frame: 1, position_mm: [1, 2, 3], ...over,
})

const finding = (lesionId: string, over: Partial<Finding>): Finding => ({ visibility: 'visible', diameter_mm: '8.0', lesion_id: lesionId, sequence: 'ct', ...over }) as Finding

const anAdjudication = (over: Partial<Adjudication> = {}): Adjudication => ({
  id: 'a', case_id: 'c', case_code: 'R-1', timepoint: 'pre-op', timepoint_label: { en: 'Pre-op', ja: '術前' }, state: 'open', version: 1, decided_at: null, may_give_third: false,
  disputed: [aDispute()], left: { findings: [], new_lesions: [] }, right: { findings: [], new_lesions: [] }, ...over,
})

const NEW = aDispute({ label: 'N1', why: 'only-in-one-read', lesion_id: null, left: null, right: null, only_in: 'left', new_label: 'N2' })

describe('what is settled', () => {
  const lesions = [aLesion(), aLesion({ id: 'two', label: 'L2' })]

  it('comes disputed first, new lesions among them, then what both agree on', () => {
    const adjudication = anAdjudication({ disputed: [aDispute(), NEW], left: { findings: [], new_lesions: [aNew()] } })
    const found = lesionsToSettle(adjudication, { lesions })
    expect(found.map(({ label }) => label)).toEqual(['L2', 'N1', 'L1'])
    expect(found[1]).toMatchObject({ id: 'new:N1', segment: 'V', baseline_diameter_mm: '6.0' })
  })

  it('draws a disputed new lesion as a finding of the one read that has it, and others as they are', () => {
    const adjudication = anAdjudication({ disputed: [NEW], left: { findings: [], new_lesions: [aNew(), aNew({ label: 'N1' })] } })
    const left = readOnSide(adjudication, 'left')
    expect(left.findings.get(cellKey({ lesionId: idOf(NEW), judged: 'eob' }))).toMatchObject({ visibility: 'visible', diameter_mm: '6.0', series_uid: '1.9' })
    expect([...left.newLesions.keys()]).toEqual(['N1'])
    expect(readOnSide(adjudication, 'right').findings.size).toBe(0)
  })

  it('opens on the first sequence that the reads differ on', () => {
    const said = (eob: Finding['visibility']): Adjudication => anAdjudication({ left: { findings: [finding('two', { sequence: 'ct' }), finding('two', { sequence: 'eob', visibility: eob })], new_lesions: [] } })
    const [one, other] = [readOnSide(said('visible'), 'left').findings, readOnSide(said('not-visible'), 'left').findings]
    expect(sequenceToShow(one, other, 'two')).toBe('eob')
    expect(sequenceToShow(one, one, 'two')).toBe('ct')
  })

  it('hangs the series each read judged above, and the visit before below', () => {
    const series = [aSeries({ key: 'a', series_uid: '1' }), aSeries({ key: 'b', series_uid: '2', role: 'ct-arterial' }), aSeries({ key: 'then', series_uid: '3', timepoint: 'baseline' })]
    const theCase = aCase({ series, timepoints: [{ code: 'baseline', label: { en: 'B', ja: 'B' }, day: 0 }, { code: 'pre-op', label: { en: 'P', ja: 'P' }, day: 90 }], timepoint: { code: 'pre-op', label: { en: 'P', ja: 'P' }, day: 90 } })
    const cell = { lesionId: 'two', judged: 'ct' } as const
    const at = (uid: string): ReturnType<typeof readOnSide>['findings'] => new Map([[cellKey(cell), aFinding({ series_uid: uid })]])
    expect(hangBoth(theCase, at('1'), at('2'), cell).slice(0, 3)).toEqual(['a', 'b', 'then'])
    expect(hangBoth(theCase, new Map(), new Map(), cell)).toEqual(['a', 'a', 'then', 'b'])
  })

  it('names what is open', () => {
    expect(undecided(anAdjudication({ disputed: [aDispute(), { ...NEW, chosen: { choice: 'left', third: null, comment: null } }] }))).toEqual(['L2'])
  })
})

describe('choices', () => {
  const saved = (choice: ChoiceIn, version: number): Adjudication => anAdjudication({ version, disputed: [aDispute({ chosen: { choice: choice.choice, third: null, comment: choice.comment ?? null } })] })
  const settled = (settling: Settling): Promise<void> => vi.waitFor(() => expect(settling.store.get().saving).not.toBe('saving'))

  it('show at once and carry the version from one to the next', async () => {
    const versions: number[] = []
    const client = { adjudication: vi.fn(), choose: vi.fn(async (_id: string, _label: string, body: ChoiceIn, version: number) => { versions.push(version); return saved(body, version + 1) }) }
    const settling = new Settling(client, anAdjudication())
    settling.choose('L2', { choice: 'left' })
    expect(settling.adjudication.disputed[0]?.chosen?.choice).toBe('left')
    settling.choose('L2', { choice: 'right' })
    await settled(settling)
    expect(settling.adjudication.disputed[0]?.chosen?.choice).toBe('right')
    expect(versions.at(-1)).toBe(versions.length)
  })

  it('are kept while the line is broken and sent by another attempt', async () => {
    const client = { adjudication: vi.fn(), choose: vi.fn().mockRejectedValueOnce(new Problem(0, 'no-answer', 'no answer', null)).mockResolvedValueOnce(saved({ choice: 'left' }, 2)) }
    const settling = new Settling(client, anAdjudication())
    settling.choose('L2', { choice: 'left' })
    await settled(settling)
    expect([settling.store.get().saving, settling.hasUnsaved]).toEqual(['waiting', true])
    settling.retry()
    await vi.waitFor(() => expect(settling.hasUnsaved).toBe(false))
    expect(settling.store.get()).toMatchObject({ saving: 'saved', problem: null })
  })

  it('that are refused go, and the page shows what the server has and why', async () => {
    const problem = new Problem(412, 'stale', 'changed in another window', null)
    const client = { adjudication: vi.fn().mockResolvedValue(saved({ choice: 'right' }, 7)), choose: vi.fn().mockRejectedValue(problem) }
    const settling = new Settling(client, anAdjudication())
    settling.choose('L2', { choice: 'left' })
    await settled(settling)
    expect(settling.store.get()).toMatchObject({ saving: 'saved', problem, adjudication: { version: 7 } })
    expect(settling.adjudication.disputed[0]?.chosen?.choice).toBe('right')
  })

  it('are not made once it is decided', () => {
    const client = { adjudication: vi.fn(), choose: vi.fn() }
    new Settling(client, anAdjudication({ state: 'decided' })).choose('L2', { choice: 'left' })
    expect(client.choose).not.toHaveBeenCalled()
  })
})

it('keys choose by digit and arrow, and leave what needs a read of one’s own alone', () => {
  const stroke = (key: string, shiftKey = false): ReturnType<typeof askedBy> => askedBy({ key, code: '', shiftKey, ctrlKey: false, metaKey: false, altKey: false })
  expect(stroke('1')).toEqual(stroke('ArrowLeft'))
  expect(stroke('2')).toEqual({ do: 'choose', choice: 'right' })
  expect(stroke('E')).toEqual({ do: 'sequence', judged: 'eob' })
  expect(stroke('w')).toEqual({ do: 'picture', command: { do: 'preset' } })
  expect([stroke('v'), stroke('l'), stroke('p')]).toEqual([null, null, null])
})

it('an adjudication has an address of its own', () => {
  expect(routeOf(adjudicationPath('0b1c'))).toEqual({ page: 'adjudication', id: '0b1c' })
})
