import type { CellName, FindingIn } from '../../api/client'
import { cellKey } from '../../reading/cells'
import { toTenths } from '../../reading/verdict'
import { cellOf, findingOf, mayWrite, stepOf, type Workspace } from '../../workspace/state'
import type { Text } from '../../text/en'
import { said } from '../../text/language'
import type { Context } from '../context'
import { fill, h, type Child } from '../dom'
import { mmText } from '../numbers'
import { regionText } from '../panes/in-hand'
import type { FormActions } from './reading-form'

/** A comment is sent when the hand has rested. */
const TYPING_MS = 700

/** What fields show; they are drawn anew only when one of these is another one. */
export function fieldsKey(state: Workspace): readonly unknown[] {
  const finding = findingOf(state)
  return [
    state.lesionId,
    state.judged,
    mayWrite(state),
    state.readState,
    finding?.visibility,
    finding?.confidence,
    finding?.signal,
    finding?.not_evaluable_reason,
    finding?.position_by,
    finding?.adc,
    Number(finding?.diameter_mm ?? 0),
    finding?.measurement_mm,
    state.tool,
  ]
}

/** The fields that the verdict asks for. */
export function fieldsOf(context: Context, actions: FormActions): Child[] {
  const state = context.store.get()
  const finding = findingOf(state)
  if (!finding || state.readState === 'none') return []
  const texts = context.texts()
  const { visibility } = finding
  const hasAdc = visibility !== 'not-evaluable' && (stepOf(state)?.sequences.includes('dwi') ?? false)
  return [
    visibility === 'visible' && diameterField(context, state, finding, texts, actions),
    visibility === 'not-visible' && markField(state, finding, texts, actions),
    visibility === 'not-evaluable' && reasonField(context, finding, texts),
    visibility === 'visible' && signalField(context, state, finding, texts),
    hasAdc && adcField(context, state, finding, texts, actions),
    confidenceField(context, state, finding, texts),
    commentField(context, state, finding, texts),
  ]
}

const field = (label: string, control: HTMLElement, id: string | null, help?: string): HTMLElement =>
  h('div', { class: 'field' }, id ? h('label', { for: id }, label) : h('span', { class: 'label', title: help ?? null }, label), control)

function toolButton(state: Workspace, tool: Workspace['tool'], label: string, key: string, act: () => void): HTMLElement {
  return h('button', { type: 'button', disabled: !mayWrite(state), 'aria-pressed': String(state.tool === tool), on: { click: act } }, label, h('kbd', {}, key))
}

function diameterField(context: Context, state: Workspace, finding: FindingIn, texts: Text, actions: FormActions): HTMLElement {
  const slice = finding.measurement_mm ? actions.sliceOf(finding) : null
  const origin = finding.measurement_mm ? (slice === null ? '' : texts.form.onSlice(slice)) : finding.diameter_mm ? texts.form.typed : ''
  const input = h('input', {
    id: 'diameter',
    inputmode: 'decimal',
    autocomplete: 'off',
    value: finding.diameter_mm ? mmText(Number(finding.diameter_mm)) : '',
    disabled: !mayWrite(state),
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
  const measure = toolButton(state, 'length', texts.form.measure, 'L', actions.measure)
  const hint = state.tool === 'length' ? h('p', { class: 'hint' }, texts.form.measuring) : null
  const box = h('div', { class: 'diameter' }, h('span', { class: 'unit' }, input, ' mm'), measure, h('span', { class: 'muted origin' }, origin), hint, problem)
  return field(texts.form.diameter, box, 'diameter')
}

function markField(state: Workspace, finding: FindingIn, texts: Text, actions: FormActions): HTMLElement {
  const where = finding.position_mm ? (finding.position_by === 'reader' ? 'reader' : 'expected') : 'none'
  const slice = finding.position_mm ? actions.sliceOf(finding) : null
  const text = [texts.form.marks[where], slice === null ? '' : texts.form.onSlice(slice)].filter(Boolean).join(' · ')
  const hint = state.tool === 'mark' ? h('p', { class: 'hint' }, texts.form.marking) : null
  const box = h('div', { class: 'located' }, h('span', { class: where === 'none' ? 'problem' : '' }, text), toolButton(state, 'mark', texts.form.setMark, 'H', actions.mark), hint)
  return field(texts.form.mark, box, null)
}

function signalField(context: Context, state: Workspace, finding: FindingIn, texts: Text): HTMLElement {
  const language = context.language.get()
  const buttons = state.case.signals.map(({ code, label }) =>
    h(
      'button',
      { type: 'button', 'aria-pressed': String(finding.signal === code), disabled: !mayWrite(state), on: { click: () => change(context, { signal: finding.signal === code ? null : code }) } },
      said(label, language),
    ),
  )
  return field(texts.form.signal, h('div', { class: 'signals', role: 'group', 'aria-label': texts.form.signal }, ...buttons), null)
}

function adcField(context: Context, state: Workspace, finding: FindingIn, texts: Text, actions: FormActions): HTMLElement {
  const { adc } = finding
  const text = adc ? texts.form.adcText(regionText(adc), adc.area_mm2.toFixed(0), adc.n_pixels) : texts.form.adcNone
  const remove = adc && h('button', { type: 'button', class: 'quiet', disabled: !mayWrite(state), 'aria-label': texts.form.adcRemove, title: texts.form.adcRemove, on: { click: () => change(context, { adc: null }) } }, '✕')
  const hint = state.tool === 'region' ? h('p', { class: 'hint' }, texts.form.drawingRegion) : null
  const copied = adc?.copied_from_series_uid ? h('span', { class: 'muted origin' }, texts.form.adcCopied) : null
  const box = h('div', { class: 'located' }, h('span', { class: adc ? '' : 'muted' }, text), h('span', { class: 'row' }, toolButton(state, 'region', texts.form.adcMeasure, 'Q', actions.region), remove), copied, hint)
  return field(texts.form.adc, box, null)
}

function reasonField(context: Context, finding: FindingIn, texts: Text): HTMLElement {
  const state = context.store.get()
  const chosen = finding.not_evaluable_reason ?? ''
  const language = context.language.get()
  const options = state.case.not_evaluable_reasons.map(({ code, label }) => h('option', { value: code, selected: code === chosen }, said(label, language)))
  const select = h('select', { id: 'reason', disabled: !mayWrite(state) }, h('option', { value: '', selected: chosen === '' }, texts.form.reasonChoose), ...options)
  select.addEventListener('change', () => change(context, { not_evaluable_reason: select.value || null }))
  return field(texts.form.reason, select, 'reason')
}

function confidenceField(context: Context, state: Workspace, finding: FindingIn, texts: Text): HTMLElement {
  const language = context.language.get()
  const wording = new Map(state.case.confidence.map(({ code, label }) => [code, said(label, language)]))
  const buttons = [1, 2, 3, 4, 5].map((n) =>
    h(
      'button',
      {
        type: 'button',
        'aria-pressed': String(finding.confidence === n),
        'aria-label': [n, wording.get(String(n))].filter(Boolean).join(': '),
        title: wording.get(String(n)) ?? null,
        disabled: !mayWrite(state),
        on: { click: () => change(context, { confidence: finding.confidence === n ? null : n }) },
      },
      n,
    ),
  )
  const group = h('div', { class: 'confidence', role: 'group', 'aria-label': `${texts.form.confidence}: ${texts.form.confidenceHelp}`, title: texts.form.confidenceHelp }, ...buttons)
  return field(texts.form.confidence, group, null, texts.form.confidenceHelp)
}

function commentField(context: Context, state: Workspace, finding: FindingIn, texts: Text): HTMLElement {
  const area = h('textarea', { id: 'comment', rows: 2, maxlength: 2000, disabled: !mayWrite(state) })
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
export function change({ store, put }: Context, fields: Partial<FindingIn>, cell: CellName | null = cellOf(store.get())): void {
  const state = store.get()
  const before = cell && state.findings.get(cellKey(cell))
  if (!cell || !before || !mayWrite(state, cell.judged)) return
  const same = Object.entries(fields).every(([name, value]) => (before[name as keyof FindingIn] ?? null) === value)
  if (!same) put({ kind: 'finding', cell, body: { ...before, ...fields } })
}

/** A diameter as typed, with a comma or a point; null where it is none. */
export function parseDiameter(text: string): string | null {
  const mm = Number(text.trim().replace(',', '.').normalize('NFKC'))
  return text.trim() !== '' && Number.isFinite(mm) && mm >= 0.1 && mm <= 500 ? toTenths(mm) : null
}
