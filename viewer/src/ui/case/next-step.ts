import { nextOpenCell, openCells } from '../../reading/cells'
import { isLadder, openStepOf, stepAfter } from '../../reading/steps'
import { cellOf, goOn, lockableStep, maySign, mayRead, selectStep, stepOf, type Workspace } from '../../workspace/state'
import { watch } from '../../workspace/store'
import type { Text } from '../../text/en'
import type { Context } from '../context'
import { fill, h, type Child } from '../dom'
import type { FormActions } from './reading-form'

/** The button for the one thing to do next. */
export function nextStep(context: Context, actions: FormActions): HTMLElement {
  const { store, language } = context
  const box = h('div', { class: 'next' })
  const draw = (): void => fill(box, ...nextParts(context, store.get(), context.texts(), actions))
  watch(store, ({ lesionId, lesions, judged, findings, readState, steps, locking, refused, case: theCase }) => [lesionId, lesions, judged, findings, readState, steps, locking, refused, theCase], draw)
  language.subscribe(draw)
  return box
}

function nextParts({ store }: Context, state: Workspace, texts: Text, actions: FormActions): Child[] {
  if (!mayRead(state)) return afterwards(state, texts, actions)
  if (maySign(state)) return [button(texts.form.sign, '⇧Enter', actions.sign)]
  const step = openStepOf(state.steps)
  const lockable = lockableStep(state)
  if (lockable && lockable.judges === state.judged) return lockParts(state, texts, actions)
  if (step && stepOf(state)?.state === 'locked') {
    return [button(texts.form.toOpenStep(texts.steps[step.judges]), null, () => store.update((now) => selectStep(now, step.judges)))]
  }
  return state.locking ? [] : readingParts({ store }, state, texts, actions)
}

function readingParts({ store }: Pick<Context, 'store'>, state: Workspace, texts: Text, actions: FormActions): Child[] {
  const cell = cellOf(state)
  if (!cell) return []
  const open = openCells(state.findings, state.lesions, state.steps)
  const next = nextOpenCell(state.findings, state.lesions, state.steps, cell)
  const here = open.filter(({ judged }) => judged === state.judged).length
  const label = next && next.judged !== state.judged ? texts.form.nextStep(texts.steps[next.judged]) : texts.form.nextLesion
  return [
    h('p', { class: 'muted' }, texts.form.left(here, texts.steps[state.judged])),
    next && button(label, 'J', () => store.update(goOn)),
    !isLadder(state.steps) && h('button', { type: 'button', class: 'quiet', on: { click: actions.sign } }, texts.form.sign),
  ]
}

function lockParts(state: Workspace, texts: Text, actions: FormActions): Child[] {
  const step = stepOf(state)
  if (!step) return []
  const after = stepAfter(state.steps, step)
  const name = texts.steps[step.judges]
  const label = after ? texts.form.lockAndGoOn(name, texts.steps[after.judges]) : texts.form.lock(name)
  return [h('p', { class: 'muted' }, `${texts.form.left(0, name)} ${texts.form.lockHint}`), button(label, '⇧L', actions.lock)]
}

function afterwards(state: Workspace, texts: Text, actions: FormActions): Child[] {
  const { next_case: next } = state.case
  return [
    state.edition > 1 && h('p', { class: 'muted' }, texts.form.version(state.edition)),
    state.mayReopen && h('button', { type: 'button', class: state.readState === 'stale' ? 'primary' : '', on: { click: actions.reopen } }, texts.form.reopen),
    next && h('a', { class: 'button primary', href: next }, texts.form.nextCase, h('kbd', {}, '⇧J')),
  ]
}

const button = (label: string, key: string | null, act: () => void): HTMLElement =>
  h('button', { type: 'button', class: 'primary', on: { click: act } }, label, key && h('kbd', {}, key))
