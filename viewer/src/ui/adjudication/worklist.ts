import type { AdjudicationRow } from '../../api/client'
import { adjudicationPath } from '../../route'
import { said, type Language } from '../../text/language'
import type { Text } from '../../text/en'
import { h } from '../dom'
import { mark } from '../mark'

/** What an adjudicator is to settle, in the order the server gives, and what they settled a short while ago. */
export function adjudicationList(rows: readonly AdjudicationRow[], texts: Text, language: Language): HTMLElement[] {
  const { worklist } = texts.adjudication
  const next = rows.find(({ state }) => state === 'open')
  const lead = h(
    'div',
    { class: 'lead' },
    h('h1', {}, worklist.title),
    rows.length === 0 && h('p', { class: 'muted' }, worklist.none),
    next && h('a', { class: 'button primary', href: adjudicationPath(next.id) }, `${worklist.next} ${next.case_code}`, h('kbd', {}, 'Enter')),
  )
  return rows.length === 0 ? [lead] : [lead, table(rows, texts, language)]
}

function table(rows: readonly AdjudicationRow[], texts: Text, language: Language): HTMLElement {
  const { columns } = texts.adjudication.worklist
  const head = [columns.case, columns.timepoint, columns.lesions, columns.chosen, columns.state]
  const numeric = new Set([columns.lesions, columns.chosen])
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col', class: numeric.has(name) ? 'number' : '' }, name)))),
    h('tbody', {}, ...rows.map((row) => line(row, texts, language))),
  )
}

function line(row: AdjudicationRow, { adjudication: texts }: Text, language: Language): HTMLElement {
  const link = h('a', { href: adjudicationPath(row.id), 'aria-label': texts.open(row.case_code), on: { click: (event) => event.stopPropagation() } }, row.case_code)
  return h(
    'tr',
    { on: { click: () => link.click() } },
    h('th', { scope: 'row' }, link),
    h('td', {}, said(row.timepoint_label, language)),
    h('td', { class: 'number' }, row.n_disputed),
    h('td', { class: 'number' }, row.n_chosen),
    h('td', {}, h('span', { class: `state ${row.state}` }, mark(row.state === 'decided' ? 'visible' : 'open'), texts.worklist.states[row.state] ?? row.state)),
  )
}
