import type { CellName, FindingIn, Visibility } from '../../api/client'
import { findingOf, lesionOf, mayWrite, seriesAt, stepOf, type Workspace } from '../../workspace/state'
import { watch } from '../../workspace/store'
import type { Text } from '../../text/en'
import type { Context } from '../context'
import { fill, h, type Child } from '../dom'
import { mark } from '../mark'
import { mmText } from '../numbers'
import { cellTable } from './cell-table'
import { fieldsKey, fieldsOf } from './fields'
import { notesOf } from './notes'
import { placeOf } from './places'

export interface FormActions {
  giveVerdict(visibility: Visibility): void
  measure(): void
  mark(): void
  region(): void
  takeOffer(): void
  leave(): void
  lock(): void
  sign(): void
  reopen(): void
  resolve(choice: 'mine' | 'theirs'): void
  /** 1-based slice of the finding's image on its series; null where it is not loaded. */
  sliceOf(finding: FindingIn): number | null
  goTo(cell: CellName): void
}

const VERDICTS: readonly (readonly [string, Visibility])[] = [
  ['V', 'visible'],
  ['A', 'not-visible'],
  ['N', 'not-evaluable'],
]

/** The reading form: one lesion in one step. Fields redraw only when another cell or value is shown. */
export function readingForm(context: Context, actions: FormActions): HTMLElement {
  const { store, language } = context
  const form = h('section', { class: 'form' })
  const head = h('div', { class: 'head' })
  const verdicts = h('div', { class: 'verdicts', role: 'group' })
  const fields = h('div', { class: 'fields' })
  const notes = h('div', { class: 'notes', role: 'status' })
  const table = h('div', { class: 'table' })
  form.append(head, verdicts, fields, notes, table)

  const draw = (): void => {
    const texts = context.texts()
    const state = store.get()
    fill(head, ...headOf(state, texts))
    verdicts.setAttribute('aria-label', texts.form.verdict)
    fill(verdicts, ...verdictButtons(state, texts, actions))
    fill(notes, ...notesOf(state, texts, actions))
    fill(table, cellTable(state, texts, actions.goTo))
  }
  const drawFields = (): void => keepingFocus(() => fill(fields, ...fieldsOf(context, actions)))
  watch(store, ({ lesionId, lesions, judged, steps, locking, findings, readState, save, refused, hanging, notice, offer }) => [lesionId, lesions, judged, steps, locking, findings, readState, save, refused, hanging, notice, offer], draw)
  watch(store, fieldsKey, drawFields)
  language.subscribe(() => {
    draw()
    drawFields()
  })
  return form
}

/** Draws anew and gives the focus back to the field that had it. */
function keepingFocus(redraw: () => void): void {
  const { id } = document.activeElement ?? {}
  redraw()
  if (id) document.getElementById(id)?.focus({ preventScroll: true })
}

function headOf(state: Workspace, texts: Text): Child[] {
  const lesion = lesionOf(state)
  if (!lesion) return [h('h2', {}, texts.form.noLesion)]
  const size = lesion.baseline_diameter_mm
  const step = stepOf(state)
  const series = state.hanging
    .map((_key, pane) => seriesAt(state, pane))
    .find((one) => one?.sequence && step?.sequences.includes(one.sequence) && one.timepoint === state.case.timepoint.code)
  const about = [
    `${texts.form.segment} ${lesion.segment}`,
    size ? texts.form.baselineSize(mmText(Number(size))) : '',
    series ? texts.form.position(placeOf(lesion, series, texts)) : '',
  ]
  return [
    h('h2', {}, state.judged === 'combined' ? texts.form.together(lesion.label) : texts.form.title(lesion.label, texts.steps[state.judged])),
    h('p', { class: 'muted' }, about.filter(Boolean).join(' · ')),
  ]
}

function verdictButtons(state: Workspace, texts: Text, actions: FormActions): Child[] {
  if (!lesionOf(state) || state.readState === 'none') return []
  const now = findingOf(state)?.visibility
  return VERDICTS.map(([letter, visibility]) =>
    h(
      'button',
      { type: 'button', 'aria-pressed': String(now === visibility), disabled: !mayWrite(state), on: { click: () => actions.giveVerdict(visibility) } },
      h('kbd', {}, letter),
      mark(visibility),
      h('span', {}, texts.verdicts[visibility]),
    ),
  )
}
