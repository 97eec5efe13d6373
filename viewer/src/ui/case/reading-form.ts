import type { CellName, FindingIn, Visibility } from '../../api/client'
import { canBeSaved, cellKey, lackOf, markOf, nextOpenCell, openCells, STEPS } from '../../reading/cells'
import { toTenths } from '../../reading/verdict'
import { cellOf, findingOf, goOn, lesionOf, mayRead, seriesAt, sequencesOf, type Workspace } from '../../workspace/state'
import { watch } from '../../workspace/store'
import type { Text } from '../../text/en'
import { said } from '../../text/language'
import type { Context } from '../context'
import { fill, h, type Child } from '../dom'
import { mark } from '../mark'
import { mmText } from '../numbers'
import { placeOf } from './places'

export interface FormActions {
  giveVerdict(visibility: Visibility): void
  measure(): void
  sign(): void
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
/** A comment is sent when the hand has rested. */
const TYPING_MS = 700

/** The reading form: one lesion on one sequence. Fields redraw only when another cell or verdict is shown. */
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
    fill(table, tableOf(state, texts, actions))
  }
  const drawFields = (): void => fill(fields, ...fieldsOf(context, actions))
  watch(store, ({ lesionId, lesions, sequence, findings, readState, save, refused, hanging }) => [lesionId, lesions, sequence, findings, readState, save, refused, hanging], draw)
  watch(store, fieldsKey, drawFields)
  language.subscribe(() => {
    draw()
    drawFields()
  })
  return form
}

/** The button for the one thing to do next. */
export function nextStep(context: Context, actions: FormActions): HTMLElement {
  const { store, language } = context
  const box = h('div', { class: 'next' })
  const draw = (): void => fill(box, ...nextParts(context, store.get(), context.texts(), actions))
  watch(store, ({ lesionId, lesions, sequence, findings, readState }) => [lesionId, lesions, sequence, findings, readState], draw)
  language.subscribe(draw)
  return box
}

function headOf(state: Workspace, texts: Text): Child[] {
  const lesion = lesionOf(state)
  if (!lesion) return [h('h2', {}, texts.form.noLesion)]
  const size = lesion.baseline_diameter_mm
  const series = state.hanging
    .map((_key, pane) => seriesAt(state, pane))
    .find((one) => one?.sequence === state.sequence && one.timepoint === state.case.timepoint.code)
  const about = [
    `${texts.form.segment} ${lesion.segment}`,
    size ? texts.form.baselineSize(mmText(Number(size))) : '',
    series ? texts.form.position(placeOf(lesion, series, texts)) : '',
  ]
  return [
    h('h2', {}, texts.form.title(lesion.label, texts.steps[state.sequence])),
    h('p', { class: 'muted' }, about.filter(Boolean).join(' · ')),
  ]
}

function verdictButtons(state: Workspace, texts: Text, actions: FormActions): Child[] {
  if (!lesionOf(state) || state.readState === 'none') return []
  const now = findingOf(state)?.visibility
  return VERDICTS.map(([letter, visibility]) =>
    h(
      'button',
      { type: 'button', 'aria-pressed': String(now === visibility), disabled: !mayRead(state), on: { click: () => actions.giveVerdict(visibility) } },
      h('kbd', {}, letter),
      mark(visibility),
      h('span', {}, texts.verdicts[visibility]),
    ),
  )
}

/** Fields keep the focus while their own value changes. */
function fieldsKey(state: Workspace): readonly unknown[] {
  const finding = findingOf(state)
  return [
    state.lesionId,
    state.sequence,
    state.readState,
    finding?.visibility,
    finding?.confidence,
    finding?.not_evaluable_reason,
    Number(finding?.diameter_mm ?? 0),
    finding?.measurement_mm,
    state.tool === 'length',
  ]
}

function fieldsOf(context: Context, actions: FormActions): Child[] {
  const state = context.store.get()
  const finding = findingOf(state)
  if (!finding || state.readState === 'none') return []
  const texts = context.texts()
  const { visibility } = finding
  return [
    visibility === 'visible' && diameterField(context, state, finding, texts, actions),
    visibility === 'not-evaluable' && reasonField(context, finding, texts),
    confidenceField(context, state, finding, texts),
    commentField(context, state, finding, texts),
  ]
}

const field = (label: string, control: HTMLElement, id: string | null, help?: string): HTMLElement =>
  h('div', { class: 'field' }, id ? h('label', { for: id }, label) : h('span', { class: 'label', title: help ?? null }, label), control)

function diameterField(context: Context, state: Workspace, finding: FindingIn, texts: Text, actions: FormActions): HTMLElement {
  const slice = finding.measurement_mm ? actions.sliceOf(finding) : null
  const origin = finding.measurement_mm ? (slice === null ? '' : texts.form.onSlice(slice)) : finding.diameter_mm ? texts.form.typed : ''
  const input = h('input', {
    id: 'diameter',
    inputmode: 'decimal',
    autocomplete: 'off',
    value: finding.diameter_mm ? mmText(Number(finding.diameter_mm)) : '',
    disabled: !mayRead(state),
    'aria-describedby': 'diameter-help',
  })
  const problem = h('p', { class: 'problem', id: 'diameter-help' })
  input.addEventListener('change', () => {
    const mm = parseDiameter(input.value)
    const bad = input.value.trim() !== '' && mm === null
    input.setAttribute('aria-invalid', String(bad))
    fill(problem, bad && texts.form.badDiameter)
    if (!bad) change(context, { diameter_mm: mm, measurement_mm: null })
  })
  const measure = h('button', { type: 'button', disabled: !mayRead(state), 'aria-pressed': String(state.tool === 'length'), on: { click: actions.measure } }, texts.form.measure, h('kbd', {}, 'L'))
  const hint = state.tool === 'length' ? h('p', { class: 'hint' }, texts.form.measuring) : null
  const box = h('div', { class: 'diameter' }, h('span', { class: 'unit' }, input, ' mm'), measure, h('span', { class: 'muted origin' }, origin), hint, problem)
  return field(texts.form.diameter, box, 'diameter')
}

function reasonField(context: Context, finding: FindingIn, texts: Text): HTMLElement {
  const chosen = finding.not_evaluable_reason ?? ''
  const language = context.language.get()
  const options = context.store
    .get()
    .case.not_evaluable_reasons.map(({ code, label }) => h('option', { value: code, selected: code === chosen }, said(label, language)))
  const select = h('select', { id: 'reason', disabled: !mayRead(context.store.get()) }, h('option', { value: '', selected: chosen === '' }, texts.form.reasonChoose), ...options)
  select.addEventListener('change', () => {
    change(context, { not_evaluable_reason: select.value || null })
    select.blur()
  })
  return field(texts.form.reason, select, 'reason')
}

function confidenceField(context: Context, state: Workspace, finding: FindingIn, texts: Text): HTMLElement {
  const buttons = [1, 2, 3, 4, 5].map((n) =>
    h(
      'button',
      {
        type: 'button',
        'aria-pressed': String(finding.confidence === n),
        disabled: !mayRead(state),
        on: { click: () => change(context, { confidence: finding.confidence === n ? null : n }) },
      },
      n,
    ),
  )
  const group = h('div', { class: 'confidence', role: 'group', 'aria-label': `${texts.form.confidence}: ${texts.form.confidenceHelp}`, title: texts.form.confidenceHelp }, ...buttons)
  return field(texts.form.confidence, group, null, texts.form.confidenceHelp)
}

function commentField(context: Context, state: Workspace, finding: FindingIn, texts: Text): HTMLElement {
  const area = h('textarea', { id: 'comment', rows: 2, maxlength: 2000, disabled: !mayRead(state) })
  area.value = finding.comment ?? ''
  const cell = cellOf(state)
  let resting = 0
  const send = (): void => {
    clearTimeout(resting)
    if (cell) change(context, { comment: area.value.trim() || null }, cell)
  }
  area.addEventListener('input', () => {
    clearTimeout(resting)
    resting = window.setTimeout(send, TYPING_MS)
  })
  area.addEventListener('change', send)
  return field(texts.form.comment, area, 'comment')
}

/** Changes fields of a finding that has a verdict; nothing is sent when nothing changed. */
function change({ store, put }: Context, fields: Partial<FindingIn>, cell: CellName | null = cellOf(store.get())): void {
  const before = cell && store.get().findings.get(cellKey(cell))
  if (!cell || !before) return
  const same = Object.entries(fields).every(([name, value]) => (before[name as keyof FindingIn] ?? null) === value)
  if (!same) put(cell, { ...before, ...fields })
}

/** A diameter as typed, with a comma or a point; null where it is none. */
export function parseDiameter(text: string): string | null {
  const mm = Number(text.trim().replace(',', '.').normalize('NFKC'))
  return text.trim() !== '' && Number.isFinite(mm) && mm >= 0.1 && mm <= 500 ? toTenths(mm) : null
}

function notesOf(state: Workspace, texts: Text, actions: FormActions): Child[] {
  const cell = cellOf(state)
  const refusal = cell && state.refused.get(cellKey(cell))
  return [
    state.readState === 'signed' && h('p', { class: 'note' }, texts.form.locked),
    state.readState === 'none' && h('p', { class: 'note' }, texts.form.readOnly),
    ...conflictOf(state, texts, actions),
    refusal && h('p', { class: 'problem' }, `${texts.form.refused} ${refusal.message}`),
    !sequencesOf(state.case).includes(state.sequence) && h('p', { class: 'note' }, texts.form.noImages(texts.steps[state.sequence])),
    ...lackNotes(state, texts),
  ]
}

function lackNotes(state: Workspace, texts: Text): Child[] {
  const finding = findingOf(state)
  if (!finding || !mayRead(state)) return []
  if (!canBeSaved(finding)) return [h('p', { class: 'problem' }, texts.form.needsReason)]
  return lackOf(finding) === 'diameter' ? [h('p', { class: 'note' }, texts.form.needsDiameter)] : []
}

function conflictOf({ save, lesions }: Workspace, texts: Text, actions: FormActions): Child[] {
  if (save.kind !== 'conflict') return []
  const { cell, theirs } = save
  const lesion = lesions.find(({ id }) => id === cell.lesionId)
  return [
    h(
      'div',
      { class: 'conflict', role: 'alert' },
      h('p', {}, `${lesion?.label ?? ''} · ${texts.steps[cell.sequence]}: ${texts.conflict.title}`),
      h('p', { class: 'muted' }, `${texts.conflict.theirs}: ${theirs ? texts.verdicts[theirs.visibility] : texts.conflict.cleared}`),
      h('div', { class: 'row' }, h('button', { type: 'button', on: { click: () => actions.resolve('mine') } }, texts.conflict.keepMine), h('button', { type: 'button', on: { click: () => actions.resolve('theirs') } }, texts.conflict.takeTheirs)),
    ),
  ]
}

function tableOf(state: Workspace, texts: Text, actions: FormActions): HTMLElement | null {
  const lesion = lesionOf(state)
  if (!lesion || state.readState === 'none') return null
  const line = (name: string, findings: Workspace['findings'], here: boolean): HTMLElement =>
    h('tr', {}, h('th', { scope: 'row' }, name), ...STEPS.map((sequence) => {
      const cell = { lesionId: lesion.id, sequence }
      const kind = markOf(findings, cell)
      const size = findings.get(cellKey(cell))?.diameter_mm
      const title = [texts.marks[kind], size && `${mmText(Number(size))} mm`].filter(Boolean).join(', ')
      const shown = mark(kind, `${texts.steps[sequence]}: ${title}`)
      return h('td', { class: here && sequence === state.sequence ? 'now' : '' }, here ? h('button', { type: 'button', on: { click: () => actions.goTo(cell) } }, shown) : shown, size ? h('span', { class: 'size' }, mmText(Number(size))) : null)
    }))
  return h(
    'table',
    { 'aria-label': texts.form.table },
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, lesion.label), ...STEPS.map((step) => h('th', { scope: 'col' }, texts.steps[step])))),
    h('tbody', {}, state.baseline.size > 0 ? line(texts.form.baseline, state.baseline, false) : null, line(texts.form.now, state.findings, true)),
  )
}

function nextParts({ store }: Context, state: Workspace, texts: Text, actions: FormActions): Child[] {
  const nextCase = state.case.next_case && h('a', { class: 'button', href: state.case.next_case }, texts.form.nextCase)
  if (state.readState === 'none' || state.readState === 'signed') return [nextCase]
  const open = openCells(state.findings, state.lesions)
  const cell = cellOf(state)
  if (open.length === 0 || !cell) {
    return state.lesions.length > 0 ? [h('button', { type: 'button', class: 'primary', on: { click: actions.sign } }, texts.form.sign)] : []
  }
  const next = nextOpenCell(state.findings, state.lesions, cell)
  const here = open.filter(({ sequence }) => sequence === state.sequence).length
  const label = next && next.sequence !== state.sequence ? texts.form.nextStep(texts.steps[next.sequence]) : texts.form.nextLesion
  return [
    h('p', { class: 'muted' }, texts.form.left(here, texts.steps[state.sequence])),
    next && h('button', { type: 'button', class: 'primary', on: { click: () => store.update(goOn) } }, label, h('kbd', {}, 'J')),
    h('button', { type: 'button', class: 'quiet', on: { click: actions.sign } }, texts.form.sign),
  ]
}
