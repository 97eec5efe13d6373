import type { CaseStep } from '../../api/client'
import { openCells } from '../../reading/cells'
import { isLadder } from '../../reading/steps'
import { selectStep, type Workspace } from '../../workspace/state'
import { watch } from '../../workspace/store'
import type { Text } from '../../text/en'
import { said, type Language } from '../../text/language'
import type { Context } from '../context'
import { fill, h, s } from '../dom'

/** The steps in the charter's order: locked with a lock, open, or closed; all can be chosen where none is locked. */
export function ladder(context: Context): HTMLElement {
  const { store, language } = context
  const steps = h('div', { class: 'steps', role: 'group' })
  const draw = (): void => {
    const texts = context.texts()
    const state = store.get()
    steps.setAttribute('aria-label', texts.top.steps)
    steps.classList.toggle('ladder', isLadder(state.steps))
    fill(steps, ...state.steps.map((step) => rung(context, state, step, texts, language.get())))
  }
  watch(store, ({ lesions, judged, steps: all, locking, findings, readState }) => [lesions, judged, all, locking, findings, readState], draw)
  language.subscribe(draw)
  return steps
}

function rung({ store }: Context, state: Workspace, step: CaseStep, texts: Text, language: Language): HTMLElement {
  const pressed = state.judged === step.judges
  const closed = step.state === 'closed'
  const spoken = isLadder(state.steps) ? `${said(step.label, language)}: ${texts.top.stepStates[step.state] ?? step.state}` : said(step.label, language)
  return h(
    'button',
    { type: 'button', 'aria-pressed': String(pressed), class: classOf(state, step), disabled: closed, title: spoken, 'data-step': step.code, on: { click: () => store.update((now) => selectStep(now, step.judges)) } },
    step.state === 'locked' ? lock() : isDone(state, step) ? '✓ ' : null,
    texts.steps[step.judges],
    step.state === 'locked' ? h('span', { class: 'unseen' }, ` ${texts.top.stepStates.locked ?? ''}`) : null,
  )
}

function classOf(state: Workspace, step: CaseStep): string {
  if (step.state !== 'open') return step.state
  return [isLadder(state.steps) ? 'open' : '', isDone(state, step) ? 'done' : ''].filter(Boolean).join(' ')
}

const isDone = (state: Workspace, step: CaseStep): boolean =>
  state.readState !== 'none' && state.lesions.length > 0 && openCells(state.findings, state.lesions, [step]).length === 0

/** A closed padlock, 12 x 12. */
function lock(): SVGSVGElement {
  return s(
    'svg',
    { class: 'lock', viewBox: '0 0 12 12', width: 12, height: 12, 'aria-hidden': 'true' },
    s('rect', { x: 2, y: 5.2, width: 8, height: 5.6, rx: 1, fill: 'currentColor' }),
    s('path', { d: 'M3.8 5.2 V3.6 a2.2 2.2 0 0 1 4.4 0 V5.2', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.4 }),
  )
}
