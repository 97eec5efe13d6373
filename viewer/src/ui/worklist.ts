import type { CaseRow, SessionInfo } from '../api/client'
import { casePath } from '../route'
import { keepLanguage, otherLanguage, said, textsOf, type Language } from '../text/language'
import type { Text } from '../text/en'
import { watch, type Store } from '../workspace/store'
import { fill, h } from './dom'
import { mark } from './mark'

/** The reader's cases in the order the server gives; one click opens one. */
export function showWorklist(root: HTMLElement, session: SessionInfo, rows: readonly CaseRow[], language: Store<Language>): void {
  document.title = 'Casebook'
  watch(language, (now) => [now], () => {
    const texts = textsOf(language.get())
    const next = nextOf(rows)
    const waiting = rows.filter((row) => row.read_state !== 'signed').length
    fill(
      root,
      h(
        'div',
        { class: 'worklist' },
        header(session, texts, language),
        h('main', {}, h('div', { class: 'lead' }, h('h1', {}, texts.worklist.title), h('p', { class: 'muted' }, texts.worklist.waiting(waiting)), next && h('a', { class: 'button primary', href: pathOf(next) }, `${texts.worklist.next} ${next.case_code}`)), rows.length > 0 ? table(rows, texts, language.get()) : h('p', { class: 'nothing' }, texts.worklist.none)),
      ),
    )
  })
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

function table(rows: readonly CaseRow[], texts: Text, language: Language): HTMLElement {
  const { columns } = texts.worklist
  const withSite = rows.some(({ site_name }) => site_name !== null)
  const head = [columns.case, columns.timepoint, columns.day, ...(withSite ? [columns.site] : []), columns.series, columns.lesions, columns.done, columns.state]
  const numeric = new Set([columns.day, columns.series, columns.lesions, columns.done])
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col', class: numeric.has(name) ? 'number' : '' }, name)))),
    h('tbody', {}, ...rows.map((row) => line(row, withSite, texts, language))),
  )
}

function line(row: CaseRow, withSite: boolean, texts: Text, language: Language): HTMLElement {
  const link = h('a', { href: pathOf(row), 'aria-label': texts.worklist.open(row.case_code), on: { click: (event) => event.stopPropagation() } }, row.case_code)
  const share = row.n_cells > 0 ? `${row.n_cells_done} / ${row.n_cells}` : texts.none
  const state = row.read_state === 'signed' ? 'visible' : 'open'
  return h(
    'tr',
    { on: { click: () => link.click() } },
    h('th', { scope: 'row' }, link),
    h('td', {}, said(row.timepoint_label, language)),
    h('td', { class: 'number' }, row.day === null ? texts.none : texts.day(row.day)),
    withSite && h('td', {}, row.site_name ?? texts.none),
    h('td', { class: 'number' }, row.n_series),
    h('td', { class: 'number' }, row.n_lesions),
    h('td', { class: 'number' }, share),
    h('td', {}, h('span', { class: `state ${row.read_state}` }, mark(state), texts.worklist.states[row.read_state] ?? row.read_state)),
  )
}

/** The case to be read next. */
export const nextOf = (rows: readonly CaseRow[]): CaseRow | undefined => rows.find((row) => row.read_state !== 'signed')

export const pathOf = ({ subject_id, timepoint }: CaseRow): string => casePath({ subjectId: subject_id, timepoint })
