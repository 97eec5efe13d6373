import type { AdjudicationRow, CaseRow, SessionInfo } from '../api/client'
import { casePath } from '../route'
import { keepLanguage, otherLanguage, said, textsOf, type Language } from '../text/language'
import type { Text } from '../text/en'
import { watch, type Store } from '../workspace/store'
import { adjudicationList } from './adjudication/worklist'
import { fill, h } from './dom'
import { mark } from './mark'

/** Rows that are behind the reader; a read that images came after is to be looked at again. */
const isDone = ({ read_state: state }: CaseRow): boolean => state === 'signed'
const isWaiting = ({ read_state: state }: CaseRow): boolean => state === 'waiting'

/** The reader's cases in the order the server gives, what is signed below; one click opens one. */
export function showWorklist(root: HTMLElement, session: SessionInfo, rows: readonly CaseRow[], language: Store<Language>, toSettle: readonly AdjudicationRow[] | null = null): void {
  document.title = 'Casebook'
  const toDo = rows.filter((row) => !isDone(row))
  const done = rows.filter(isDone)
  watch(language, (now) => [now], () => {
    const texts = textsOf(language.get())
    const reads = [
      lead(toDo, texts),
      rows.length === 0 && h('p', { class: 'nothing' }, texts.worklist.none),
      toDo.length > 0 && table(toDo, rows, texts, language.get()),
      done.length > 0 && h('h2', {}, texts.worklist.done),
      done.length > 0 && table(done, rows, texts, language.get()),
    ]
    const body = [...(toSettle ? adjudicationList(toSettle, texts, language.get()) : []), ...(rows.length > 0 || !toSettle ? reads : [])]
    fill(root, h('div', { class: 'worklist' }, header(session, texts, language), h('main', {}, ...body)))
    root.querySelector<HTMLElement>('.lead .primary')?.focus()
  })
}

function lead(toDo: readonly CaseRow[], texts: Text): HTMLElement {
  const ready = toDo.filter((row) => !isWaiting(row))
  const next = nextOf(toDo)
  const later = toDo.length - ready.length
  const said = [texts.worklist.count(ready.length), later > 0 ? texts.worklist.later(later) : ''].filter(Boolean)
  return h(
    'div',
    { class: 'lead' },
    h('h1', {}, texts.worklist.title),
    h('p', { class: 'muted' }, said.join(' · ')),
    next && h('a', { class: 'button primary', href: pathOf(next) }, `${texts.worklist.next} ${next.case_code}`, h('kbd', {}, 'Enter')),
  )
}

function header(session: SessionInfo, texts: Text, language: Store<Language>): HTMLElement {
  const change = (): void => {
    language.update(otherLanguage)
    keepLanguage(language.get(), localStorage)
  }
  return h(
    'header',
    { class: 'top-bar' },
    h('strong', {}, 'Casebook'),
    h('span', { class: 'chip' }, session.display_name),
    h('div', { class: 'tools' }, h('a', { class: 'button', href: '/' }, texts.worklist.registry), h('button', { type: 'button', on: { click: change } }, texts.otherLanguage)),
  )
}

function table(rows: readonly CaseRow[], all: readonly CaseRow[], texts: Text, language: Language): HTMLElement {
  const { columns } = texts.worklist
  const withSite = rows.some(({ site_name }) => site_name !== null)
  const head = [columns.case, columns.timepoint, columns.day, ...(withSite ? [columns.site] : []), columns.series, columns.lesions, columns.done, columns.state]
  const numeric = new Set([columns.day, columns.series, columns.lesions, columns.done])
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col', class: numeric.has(name) ? 'number' : '' }, name)))),
    h('tbody', {}, ...rows.map((row) => line(row, all, withSite, texts, language))),
  )
}

function line(row: CaseRow, all: readonly CaseRow[], withSite: boolean, texts: Text, language: Language): HTMLElement {
  const path = pathOf(row)
  const waits = isWaiting(row)
  const share = row.n_cells > 0 && !waits ? `${row.n_cells_done} / ${row.n_cells}` : texts.none
  const link = h('a', { href: path, 'aria-label': `${texts.worklist.open(row.case_code)}, ${said(row.timepoint_label, language)}`, on: { click: (event) => event.stopPropagation() } }, row.case_code)
  return h(
    'tr',
    waits ? { class: 'waits' } : { on: { click: () => link.click() } },
    h('th', { scope: 'row' }, waits ? row.case_code : link),
    h('td', {}, said(row.timepoint_label, language)),
    h('td', { class: 'number' }, row.day === null ? texts.none : texts.day(row.day)),
    withSite && h('td', {}, row.site_name ?? texts.none),
    h('td', { class: 'number' }, waits ? texts.none : row.n_series),
    h('td', { class: 'number' }, row.n_lesions),
    h('td', { class: 'number' }, share),
    h('td', {}, h('span', { class: `state ${row.read_state}` }, stateMark(row), stateText(row, all, texts, language))),
  )
}

const stateMark = (row: CaseRow): Node | string => (row.read_state === 'stale' ? '⚠' : mark(isDone(row) ? 'visible' : 'open'))

/** Why a visit waits: an earlier one is to be signed first, or its images are not ready. */
function stateText(row: CaseRow, all: readonly CaseRow[], texts: Text, language: Language): string {
  if (!isWaiting(row)) return texts.worklist.states[row.read_state] ?? row.read_state
  const before = all.slice(0, all.indexOf(row)).find((other) => other.case_id === row.case_id && !isDone(other))
  return before ? texts.worklist.opensAfter(said(before.timepoint_label, language)) : texts.worklist.notReady
}

/** The case to be read next. */
export const nextOf = (rows: readonly CaseRow[]): CaseRow | undefined => rows.find((row) => !isDone(row) && !isWaiting(row))

export const pathOf = ({ case_id: caseId, timepoint }: CaseRow): string => casePath({ caseId, timepoint })
