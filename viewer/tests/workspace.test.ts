import { describe, expect, it } from 'vitest'
import { Problem, type CellName, type FindingIn } from '../src/api/client'
import { cellKey } from '../src/reading/cells'
import type { Entry } from '../src/reading/entries'
import { BINDINGS, commandFor, isTyping, type Stroke } from '../src/workspace/keymap'
import {
  addLesion, findingOf, goOn, hangSeries, leave, lockableStep, maximise, maySign, mayWrite, openWorkspace, putEntry, rowsOf, selectLesion, selectStep, stepFocus, stepLesion, toggleComparison, toggleMpr, withCase, withRefusal, type Workspace,
} from '../src/workspace/state'
import { createStore, watch } from '../src/workspace/store'
import { unsavedOf } from '../src/workspace/unsaved'
import { aCase, aFinding, aLesion, aRead, aSavedFinding, aSeries, centralSteps } from './builders'

const stroke = (key: string, over: Partial<Stroke> = {}): Stroke => ({ key, code: '', shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...over })

describe('keys', () => {
  it('take digits for lesions and shifted digits for panes, on every keyboard layout', () => {
    expect(commandFor(stroke('3', { code: 'Digit3' }))).toEqual({ do: 'lesion', index: 2 })
    expect(commandFor(stroke('#', { code: 'Digit3', shiftKey: true }))).toEqual({ do: 'maximise', pane: 2 })
  })

  it('mean the same with caps lock on', () => {
    expect(commandFor(stroke('V'))).toEqual({ do: 'verdict', visibility: 'visible' })
  })

  it('leave the browser its own', () => {
    expect(commandFor(stroke('l', { ctrlKey: true }))).toBeNull()
    expect(commandFor(stroke('Tab'))).toBeNull()
  })

  it('are each used once', () => {
    const keys = BINDINGS.flatMap((binding) => binding.keys)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('are off while typing, on over buttons', () => {
    expect(isTyping({ tagName: 'TEXTAREA' })).toBe(true)
    expect(isTyping({ tagName: 'INPUT', type: 'text' })).toBe(true)
    expect(isTyping({ tagName: 'SELECT' })).toBe(true)
    expect(isTyping({ tagName: 'BUTTON' })).toBe(false)
  })
})

const putFinding = (state: Workspace, cell: CellName, body: FindingIn | null): Workspace => putEntry(state, { kind: 'finding', cell, body })

describe('the workspace', () => {
  const open = openWorkspace(aCase())

  it('opens at the first lesion and the first step that has images, on its pane', () => {
    expect([open.lesionId, open.judged, open.focused]).toEqual(['one', 'ct', 0])
  })

  it('does not move where there is no such lesion', () => {
    expect(selectLesion(open, 8)).toBe(open)
  })

  it('goes around the lesions', () => {
    expect(stepLesion(open, -1).lesionId).toBe('two')
  })

  it('focuses the images of the chosen step and brings the usual hanging back', () => {
    const t2 = selectStep(open, 't1t2')
    expect([t2.hanging[t2.focused], t2.judged]).toEqual(['t2', 't1t2'])
    expect(selectStep(t2, 'ct').hanging).toEqual(open.hanging)
    expect(selectStep(open, 'dwi').focused).toBe(2)
  })

  it('hangs the baseline beside and takes it away again', () => {
    const compared = toggleComparison(open)
    expect([compared.layout, compared.hanging[1]]).toEqual(['compare', 'ct-before'])
    expect(toggleComparison(compared).hanging).toEqual(open.hanging)
  })

  it('leaves one thing at a time', () => {
    const deep = { ...maximise(toggleComparison(open), 1), tool: 'length' as const }
    const steps = [leave(deep), leave(leave(deep)), leave(leave(leave(deep)))]
    expect(steps.map(({ tool, maximised, layout }) => [tool, maximised, layout])).toEqual([
      ['window', true, 'compare'],
      ['window', false, 'compare'],
      ['window', false, 'hung'],
    ])
  })

  it('comes back from three planes to where it was', () => {
    expect(toggleMpr(toggleMpr(toggleComparison(open))).layout).toBe('compare')
    expect(toggleMpr(toggleMpr(open)).layout).toBe('hung')
  })

  it('goes on to the next lesion, then to the next step', () => {
    const read = putFinding(open, { lesionId: 'one', judged: 'ct' }, aFinding())
    expect(goOn(read).lesionId).toBe('two')
    const done = putFinding(goOn(read), { lesionId: 'two', judged: 'ct' }, aFinding())
    expect([goOn(done).lesionId, goOn(done).judged]).toEqual(['one', 'dwi'])
  })

  it('puts and clears findings without touching others', () => {
    const cell = { lesionId: 'one', judged: 'ct' } as const
    const put = putFinding(open, cell, aFinding())
    expect(findingOf(put)).toEqual(aFinding())
    expect(putFinding(put, cell, null).findings.has(cellKey(cell))).toBe(false)
    expect(open.findings.size).toBe(0)
  })

  it('goes to a lesion that was just placed', () => {
    expect(addLesion(open, aLesion({ id: 'three' })).lesionId).toBe('three')
  })

  it('changes one pane only when another series is chosen for it', () => {
    expect(hangSeries(open, 1, 't2').hanging).toEqual(['ct', 't2', 'dwi', 'adc'])
  })
})

describe('the store', () => {
  it('tells watchers only what they watch, and nothing after they end', () => {
    const store = createStore({ a: 1, b: 1 })
    const seen: number[] = []
    const end = watch(store, ({ a }) => [a], () => seen.push(store.get().a))
    store.update((state) => ({ ...state, b: 2 }))
    store.update((state) => ({ ...state, a: 2 }))
    end()
    store.update((state) => ({ ...state, a: 3 }))
    expect(seen).toEqual([1, 2])
  })

  it('does not call a listener that another one ended in the same turn', () => {
    const store = createStore(0)
    const called: string[] = []
    let end = (): void => undefined
    store.subscribe(() => end())
    end = store.subscribe(() => called.push('late'))
    store.update((n) => n + 1)
    expect(called).toEqual([])
  })
})

describe('a central read', () => {
  const ct = [aSeries()]
  const start = openWorkspace(aCase({ series: ct, read: aRead({ steps: centralSteps(0) }) }))
  const cell = (lesionId: string, judged: CellName['judged'] = 'ct'): CellName => ({ lesionId, judged })
  const read = putFinding(putFinding(start, cell('one'), aFinding()), cell('two'), aFinding())
  const lock: Entry = { kind: 'lock', step: 'ct', body: 'locked' }

  it('lets a step be locked once every lesion has a verdict in it', () => {
    expect(lockableStep(start)).toBeNull()
    expect(lockableStep(read)?.code).toBe('ct')
  })

  it('does not lock what the server has refused', () => {
    const entry: Entry = { kind: 'finding', cell: cell('two'), body: aFinding() }
    expect(lockableStep(withRefusal(read, entry, new Problem(422, 'invalid', 'no', null)))).toBeNull()
  })

  it('writes nothing into a step that is locked, being locked, or closed', () => {
    expect([mayWrite(read, 'ct'), mayWrite(read, 'dwi')]).toEqual([true, false])
    expect(mayWrite(putEntry(read, lock), 'ct')).toBe(false)
    expect(mayWrite(withRefusal(putEntry(read, lock), lock, new Problem(409, 'reading-step', 'no', null)), 'ct')).toBe(true)
  })

  it('says so instead of going to a step that is closed', () => {
    const stayed = selectStep(start, 'dwi')
    expect([stayed.judged, stayed.notice]).toEqual(['ct', 'step-closed'])
  })

  it('goes to the step that opened, with its images, and keeps what was entered', () => {
    const grown = aCase({ series: [...ct, aSeries({ key: 'dwi', role: 'dwi', sequence: 'dwi', modality: 'MR' })], read: aRead({ steps: centralSteps(1) }) })
    const next = withCase(putEntry(selectLesion(read, 1), lock), grown)
    expect([next.judged, next.lesionId, next.hanging[next.focused], next.locking]).toEqual(['dwi', 'one', 'dwi', null])
    expect(next.findings.size).toBe(2)
    expect([mayWrite(next, 'ct'), mayWrite(next, 'dwi')]).toEqual([false, true])
  })

  it('gives the whole stage to the panes that have images, and the focus to them only', () => {
    const two = openWorkspace(aCase({ series: [...ct, aSeries({ key: 'ct-arterial', role: 'ct-arterial' })], read: aRead({ steps: centralSteps(0) }) }))
    expect([rowsOf(two), rowsOf(openWorkspace(aCase()))]).toEqual([1, 2])
    expect([stepFocus(two, 1).focused, stepFocus(stepFocus(two, 1), 1).focused, stepFocus(two, -1).focused]).toEqual([1, 0, 1])
  })

  it('is signed at its last step, when everything is complete', () => {
    const all = (['ct', 'dwi', 't1t2', 'eob', 'combined'] as const).flatMap((judged) => ['one', 'two'].map((lesionId) => aSavedFinding(lesionId, judged)))
    const last = aRead({ steps: centralSteps(4), findings: all })
    expect(maySign(openWorkspace(aCase({ read: last })))).toBe(true)
    expect(maySign(openWorkspace(aCase({ read: { ...last, steps: centralSteps(3) } })))).toBe(false)
    expect(maySign(openWorkspace(aCase({ read: { ...last, findings: all.slice(1) } })))).toBe(false)
  })

  it('cannot be changed once images came after its signature', () => {
    expect(mayWrite(openWorkspace(aCase({ read: aRead({ state: 'stale', steps: centralSteps(5) }) })), 'combined')).toBe(false)
  })
})

describe('what was not saved', () => {
  const kept = new Map<string, string>()
  const device = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) } as unknown as Storage
  const pending: Entry[] = [
    { kind: 'finding', cell: { lesionId: 'one', judged: 'ct' }, body: aFinding() },
    { kind: 'lock', step: 'ct', body: 'locked' },
  ]

  it('comes back after a reload in its order, and is gone once it is saved', () => {
    unsavedOf(device, 'reader', 'case').keep(pending)
    expect(unsavedOf(device, 'reader', 'case').take()).toEqual(pending)
    expect(unsavedOf(device, 'somebody-else', 'case').take()).toEqual([])
    unsavedOf(device, 'reader', 'case').keep([])
    expect(kept.size).toBe(0)
  })

  it('is left alone where the device holds something else under its name', () => {
    for (const text of ['not json', '{}', '[null, {"kind": "other"}, 1]']) {
      kept.set('casebook.unsaved/reader/case', text)
      expect(unsavedOf(device, 'reader', 'case').take()).toEqual([])
    }
  })
})
