import { cellKey, markOf } from '../../reading/cells'
import { lesionOf, type Workspace } from '../../workspace/state'
import type { CellName } from '../../api/client'
import type { Text } from '../../text/en'
import { h } from '../dom'
import { mark } from '../mark'
import { mmText } from '../numbers'

/** The chosen lesion by visit and step; a click goes to the cell. */
export function cellTable(state: Workspace, texts: Text, goTo: (cell: CellName) => void): HTMLElement | null {
  const lesion = lesionOf(state)
  if (!lesion || state.readState === 'none') return null
  const line = (name: string, findings: Workspace['findings'], here: boolean): HTMLElement =>
    h('tr', {}, h('th', { scope: 'row' }, name), ...state.steps.map((step) => {
      const cell = { lesionId: lesion.id, judged: step.judges }
      const kind = markOf(findings, cell)
      const size = findings.get(cellKey(cell))?.diameter_mm
      const title = [texts.marks[kind], size && `${mmText(Number(size))} mm`].filter(Boolean).join(', ')
      const shown = mark(kind, `${texts.steps[step.judges]}: ${title}`)
      const button = (): HTMLElement => h('button', { type: 'button', disabled: step.state === 'closed', on: { click: () => goTo(cell) } }, shown)
      return h('td', { class: here && step.judges === state.judged ? 'now' : '' }, here ? button() : shown, size ? h('span', { class: 'size' }, mmText(Number(size))) : null)
    }))
  return h(
    'table',
    { 'aria-label': texts.form.table },
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, lesion.label), ...state.steps.map(({ judges }) => h('th', { scope: 'col' }, texts.steps[judges])))),
    h('tbody', {}, state.baseline.size > 0 ? line(texts.form.baseline, state.baseline, false) : null, line(texts.form.now, state.findings, true)),
  )
}
