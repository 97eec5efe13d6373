import type { CaseLesion } from '../../api/client'
import { lackOf, cellKey, markOf, type MarkKind } from '../../reading/cells'
import { mayRead, selectLesion, type Workspace } from '../../workspace/state'
import { watch } from '../../workspace/store'
import type { Text } from '../../text/en'
import { said, type Language } from '../../text/language'
import type { Context } from '../context'
import { fill, h } from '../dom'
import { mark } from '../mark'
import { mmText } from '../numbers'
import { newLesions, type NewLesionActions } from './new-lesions'

const KINDS: readonly MarkKind[] = ['visible', 'not-visible', 'not-evaluable', 'open']

/** All lesions with their four marks; a click or a digit goes to one. */
export function lesionList(context: Context, actions: NewLesionActions): HTMLElement {
  const { store, language } = context
  const list = h('nav', { class: 'lesions' })
  const draw = (): void => {
    const texts = context.texts()
    const state = store.get()
    list.setAttribute('aria-label', texts.lesions.title)
    fill(
      list,
      h('h2', {}, texts.lesions.title),
      state.lesions.length > 0
        ? h('ol', {}, ...state.lesions.map((lesion, n) => h('li', {}, row(context, state, lesion, n, texts))))
        : h('p', { class: 'muted' }, texts.lesions.none),
      state.case.may_edit_lesions && addButton(actions, state, texts),
      ...newLesions(context, state, texts, actions),
      key(texts),
    )
  }
  watch(store, ({ lesionId, lesions, judged, steps, locking, findings, newLesions: seen, tool, readState, case: theCase }) => [lesionId, lesions, judged, steps, locking, findings, seen, tool, readState, theCase], draw)
  language.subscribe(draw)
  return list
}

function row({ store, language }: Context, state: Workspace, lesion: CaseLesion, n: number, texts: Text): HTMLElement {
  const chosen = lesion.id === state.lesionId
  const marks = state.steps.map(({ judges }) => {
    const kind = markOf(state.findings, { lesionId: lesion.id, judged: judges })
    return mark(kind, `${texts.steps[judges]}: ${texts.marks[kind]}`)
  })
  const size = lesion.baseline_diameter_mm
  return h(
    'button',
    { type: 'button', class: 'lesion', 'aria-pressed': String(chosen), on: { click: () => store.update((now) => selectLesion(now, n)) } },
    h('kbd', {}, n < 9 ? n + 1 : ''),
    h('span', { class: 'name' }, `${lesion.label} · ${lesion.segment}`),
    h('span', { class: 'size' }, size ? `${mmText(Number(size))} mm` : texts.none),
    h('span', { class: 'marks' }, ...(state.readState === 'none' ? [] : marks)),
    h('span', { class: 'note' }, noteOf(state, lesion, chosen, texts, language.get())),
  )
}

/** A reason of the study's charter, in the reader's language. */
function reasonText(state: Workspace, code: string, language: Language): string {
  const known = state.case.not_evaluable_reasons.find((choice) => choice.code === code)
  return known ? said(known.label, language) : code
}

/** The one thing worth saying about a lesion: why it cannot be judged, what it lacks, or that it is in work. */
function noteOf(state: Workspace, lesion: CaseLesion, chosen: boolean, texts: Text, language: Language): string {
  if (!mayRead(state)) return ''
  for (const { judges: judged } of state.steps) {
    const finding = state.findings.get(cellKey({ lesionId: lesion.id, judged }))
    const lack = finding && lackOf(finding, judged)
    if (lack) return `${texts.steps[judged]}: ${texts.form.lacks[lack]}`
    const reason = finding?.visibility === 'not-evaluable' ? finding.not_evaluable_reason : null
    if (reason) return `${texts.steps[judged]}: ${reasonText(state, reason, language)}`
  }
  return chosen ? texts.lesions.inWork : ''
}

function addButton({ add }: NewLesionActions, state: Workspace, texts: Text): HTMLElement {
  const placing = state.tool === 'place'
  return h(
    'div',
    { class: 'add' },
    h('button', { type: 'button', 'aria-pressed': String(placing), on: { click: add } }, `＋ ${texts.lesions.add}`, h('kbd', {}, 'B')),
    placing && h('p', { class: 'hint' }, texts.lesions.addHint),
  )
}

const key = (texts: Text): HTMLElement =>
  h('section', { class: 'key' }, h('h2', {}, texts.lesions.key), h('ul', {}, ...KINDS.map((kind) => h('li', {}, mark(kind), texts.marks[kind]))))
