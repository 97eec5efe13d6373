import type { CellName, DisputedLesion, FindingIn, ReadingSequence } from '../../api/client'
import { cellKey } from '../../reading/cells'
import { SIDES, type Side } from '../../reading/settling'
import { SEQUENCES } from '../../reading/steps'
import { said } from '../../text/language'
import { fill, h } from '../dom'
import { mark } from '../mark'
import { mmText } from '../numbers'
import { follow, inView, type AdjudicationContext } from './context'

/** What each read says of the lesion, sequence by sequence; a line that differs says so, the line in view is marked. */
export function bothReads(context: AdjudicationContext): HTMLElement {
  const table = h('table', { class: 'beside' })
  follow(context, () => {
    const texts = context.texts()
    const { lesion, dispute } = inView(context)
    if (!lesion) return fill(table)
    const head = SIDES.map((side) => h('th', { scope: 'col' }, texts.adjudication.sides[side]))
    fill(
      table,
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, texts.adjudication.sequence), ...head)),
      h('tbody', {}, ...SEQUENCES.map((judged) => line(context, lesion.id, judged)), combined(context, lesion.id), dispute && status(context, dispute)),
    )
  })
  return table
}

function line(context: AdjudicationContext, lesionId: string, judged: ReadingSequence): HTMLElement {
  const texts = context.texts()
  const cell = { lesionId, judged }
  const differs = kindOf(context, 'left', cell) !== kindOf(context, 'right', cell)
  const here = context.store.get().judged === judged
  const name = h('button', { type: 'button', 'aria-pressed': String(here), on: { click: () => context.look(lesionId, judged) } }, texts.steps[judged])
  return h(
    'tr',
    { class: [here && 'here', differs && 'differs'].filter(Boolean).join(' ') },
    h('th', { scope: 'row' }, name, differs && h('span', { class: 'unequal', title: texts.adjudication.differs, 'aria-label': texts.adjudication.differs }, '≠')),
    ...SIDES.map((side) => h('td', {}, ...verdict(context, side, cell))),
  )
}

function combined(context: AdjudicationContext, lesionId: string): HTMLElement | null {
  const cell = { lesionId, judged: 'combined' } as const
  if (!SIDES.some((side) => finding(context, side, cell))) return null
  const name = context.texts().steps.combined
  return h('tr', {}, h('th', { scope: 'row' }, h('span', { class: 'plain' }, name)), ...SIDES.map((side) => h('td', {}, ...verdict(context, side, cell))))
}

function status(context: AdjudicationContext, dispute: DisputedLesion): HTMLElement {
  const { adjudication: texts } = context.texts()
  const said = (side: Side): string => {
    if (dispute.only_in) return dispute.only_in === side ? texts.newSeen : texts.noneSeen
    return texts.statuses[dispute[side] ?? ''] ?? ''
  }
  return h('tr', { class: 'status' }, h('th', { scope: 'row' }, h('span', { class: 'plain' }, dispute.only_in ? '' : texts.cdlm)), ...SIDES.map((side) => h('td', {}, h('strong', {}, said(side)))))
}

const finding = ({ reads }: AdjudicationContext, side: Side, cell: CellName): FindingIn | undefined => reads[side].findings.get(cellKey(cell))

const kindOf = (context: AdjudicationContext, side: Side, cell: CellName): string => finding(context, side, cell)?.visibility ?? ''

function verdict(context: AdjudicationContext, side: Side, cell: CellName): HTMLElement[] {
  const texts = context.texts()
  const found = finding(context, side, cell)
  if (!found) return [h('span', { class: 'muted' }, texts.adjudication.nothing)]
  const size = found.diameter_mm ? `${mmText(Number(found.diameter_mm))} mm` : ''
  const more = [size, reason(context, found), found.confidence ? texts.adjudication.sure(found.confidence) : '']
  return [
    h('span', { class: 'verdict' }, mark(found.visibility), texts.verdicts[found.visibility]),
    h('span', { class: 'more' }, more.filter(Boolean).join(' · ')),
    h('span', { class: 'more comment' }, found.comment ?? ''),
  ]
}

function reason({ store, language }: AdjudicationContext, { not_evaluable_reason: code }: FindingIn): string {
  const known = store.get().case.not_evaluable_reasons.find((choice) => choice.code === code)
  return known ? said(known.label, language.get()) : (code ?? '')
}
