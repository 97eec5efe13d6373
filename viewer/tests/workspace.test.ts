import { describe, expect, it } from 'vitest'
import { cellKey } from '../src/reading/cells'
import { BINDINGS, commandFor, isTyping, type Stroke } from '../src/workspace/keymap'
import {
  addLesion, findingOf, goOn, hangSeries, leave, maximise, openWorkspace, putFinding, selectLesion, selectStep, stepLesion, toggleComparison, toggleMpr,
} from '../src/workspace/state'
import { createStore, watch } from '../src/workspace/store'
import { unsavedOf } from '../src/workspace/unsaved'
import { aCase, aFinding, aLesion } from './builders'

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

describe('the workspace', () => {
  const open = openWorkspace(aCase())

  it('opens at the first lesion and the first step that has images, on its pane', () => {
    expect([open.lesionId, open.sequence, open.focused]).toEqual(['one', 'ct', 0])
  })

  it('does not move where there is no such lesion', () => {
    expect(selectLesion(open, 8)).toBe(open)
  })

  it('goes around the lesions', () => {
    expect(stepLesion(open, -1).lesionId).toBe('two')
  })

  it('focuses the images of the chosen step and brings the usual hanging back', () => {
    const t2 = selectStep(open, 't1t2')
    expect([t2.hanging[t2.focused], t2.sequence]).toEqual(['t2', 't1t2'])
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
    const read = putFinding(open, { lesionId: 'one', sequence: 'ct' }, aFinding())
    expect(goOn(read).lesionId).toBe('two')
    const done = putFinding(goOn(read), { lesionId: 'two', sequence: 'ct' }, aFinding())
    expect([goOn(done).lesionId, goOn(done).sequence]).toEqual(['one', 'dwi'])
  })

  it('puts and clears findings without touching others', () => {
    const cell = { lesionId: 'one', sequence: 'ct' } as const
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

it('unsaved findings come back after a reload, and only once they are saved they are gone', () => {
  const kept = new Map<string, string>()
  const device = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) } as unknown as Storage
  const pending = new Map([[cellKey({ lesionId: 'one', sequence: 'ct' }), aFinding()]])
  unsavedOf(device, 'reader', 'case').keep(pending)
  expect(unsavedOf(device, 'reader', 'case').take()).toEqual(pending)
  expect(unsavedOf(device, 'somebody-else', 'case').take().size).toBe(0)
  unsavedOf(device, 'reader', 'case').keep(new Map())
  expect(kept.size).toBe(0)
})
