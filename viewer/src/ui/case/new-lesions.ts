import type { NewLesionIn } from '../../api/client'
import { mayRead, mayWrite, type Workspace } from '../../workspace/state'
import { judgedOn } from '../../reading/steps'
import type { Text } from '../../text/en'
import type { Context } from '../context'
import { h, type Child } from '../dom'
import { mmText } from '../numbers'

export interface NewLesionActions {
  /** Begins a lesion: on the baseline list where the reader may edit it, within the own read elsewhere. */
  add(): void
  show(lesion: NewLesionIn): void
}

/** Lesions that the baseline list does not have and this reader saw. */
export function newLesions(context: Context, state: Workspace, texts: Text, actions: NewLesionActions): Child[] {
  if (state.readState === 'none' || (state.case.may_edit_lesions && state.newLesions.size === 0)) return []
  const lines = [...state.newLesions].map(([label, lesion]) => line(context, state, label, lesion, texts, actions))
  return [
    h('h2', { class: 'fresh' }, texts.lesions.fresh),
    lines.length > 0 ? h('ul', { class: 'fresh' }, ...lines) : h('p', { class: 'muted' }, texts.lesions.freshNone),
    mayRead(state) && !state.case.may_edit_lesions && measureButton(state, texts, actions),
  ]
}

function line({ put }: Context, state: Workspace, label: string, lesion: NewLesionIn, texts: Text, actions: NewLesionActions): HTMLElement {
  const judged = judgedOn(state.steps, state.judged, lesion.sequence)
  const remove = (): void => put({ kind: 'new-lesion', label, body: null })
  return h(
    'li',
    {},
    h('button', { type: 'button', class: 'seen', 'aria-label': texts.lesions.show(label), on: { click: () => actions.show(lesion) } }, h('span', {}, `${label} · ${lesion.segment}`), h('span', { class: 'size' }, `${mmText(Number(lesion.diameter_mm))} mm`), h('span', { class: 'muted' }, texts.steps[lesion.sequence])),
    judged && mayWrite(state, judged) && h('button', { type: 'button', class: 'quiet', 'aria-label': texts.lesions.remove(label), title: texts.lesions.remove(label), on: { click: remove } }, '✕'),
  )
}

function measureButton(state: Workspace, texts: Text, { add }: NewLesionActions): HTMLElement {
  const measuring = state.tool === 'new-lesion'
  return h(
    'div',
    { class: 'add' },
    h('button', { type: 'button', 'aria-pressed': String(measuring), on: { click: add } }, `＋ ${texts.lesions.add}`, h('kbd', {}, 'B')),
    measuring && h('p', { class: 'hint' }, texts.form.measuring),
  )
}
