import type { CaseLesion } from '../../api/client'
import { disputeOf } from '../../reading/settling'
import { fill, h } from '../dom'
import { mark } from '../mark'
import { mmText } from '../numbers'
import { follow, type AdjudicationContext } from './context'

/** Disputed lesions first, each with what is chosen for it; then those that both reads agree on. */
export function lesionsToSettleList(context: AdjudicationContext): HTMLElement {
  const list = h('nav', { class: 'lesions' })
  follow(context, () => {
    const texts = context.texts()
    const { lesions } = context.store.get()
    const { adjudication } = context.settling
    const disputed = lesions.filter(({ id }) => disputeOf(adjudication, id))
    const agreed = lesions.filter(({ id }) => !disputeOf(adjudication, id))
    list.setAttribute('aria-label', texts.lesions.title)
    fill(
      list,
      h('h2', {}, texts.adjudication.disputed),
      h('ol', {}, ...disputed.map((lesion) => h('li', {}, row(context, lesion)))),
      agreed.length > 0 && h('h2', { class: 'agreed' }, texts.adjudication.agreed),
      agreed.length > 0 && h('ol', {}, ...agreed.map((lesion) => h('li', {}, row(context, lesion)))),
    )
  })
  return list
}

function row(context: AdjudicationContext, lesion: CaseLesion): HTMLElement {
  const texts = context.texts()
  const dispute = disputeOf(context.settling.adjudication, lesion.id)
  const here = lesion.id === context.store.get().lesionId
  const size = lesion.baseline_diameter_mm
  const chosen = dispute?.chosen
  const note = dispute && (chosen ? texts.adjudication.chosen[chosen.choice] : texts.adjudication.isOpen)
  return h(
    'button',
    { type: 'button', class: 'lesion', 'aria-pressed': String(here), on: { click: () => context.look(lesion.id) } },
    h('span', { class: 'settled' }, dispute ? mark(chosen ? 'visible' : 'open') : ''),
    h('span', { class: 'name' }, `${lesion.label} · ${lesion.segment}`),
    h('span', { class: 'size' }, size ? `${mmText(Number(size))} mm` : texts.none),
    h('span', { class: 'note' }, note ?? ''),
  )
}
