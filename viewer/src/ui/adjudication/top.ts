import { undecided } from '../../reading/settling'
import { keepLanguage, otherLanguage, said } from '../../text/language'
import { fill, h } from '../dom'
import { follow, type AdjudicationContext } from './context'

/** Which case is settled, how many lesions are chosen, and whether everything is saved. */
export function adjudicationBar(context: AdjudicationContext, showKeys: () => void): HTMLElement {
  const bar = h('header', { class: 'top-bar' })
  follow(context, () => fill(bar, about(context), saving(context), tools(context, showKeys)))
  return bar
}

function about(context: AdjudicationContext): HTMLElement {
  const texts = context.texts()
  const { adjudication } = context.settling
  const n = adjudication.disputed.length
  const { label, value } = texts.adjudication.counted(n - undecided(adjudication).length, n)
  return h(
    'div',
    { class: 'about' },
    h('a', { class: 'home', href: '/viewer/', title: texts.top.cases, 'aria-label': texts.top.cases }, '‹'),
    h('h1', {}, `${texts.adjudication.title} ${adjudication.case_code}`),
    h('span', { class: 'chip here' }, said(adjudication.timepoint_label, context.language.get())),
    h('span', { class: 'chip' }, `${label} `, h('b', {}, value)),
    h('span', { class: 'chip' }, `${texts.top.reader} `, h('b', {}, texts.top.blinded)),
  )
}

function saving({ settling, texts: speak }: AdjudicationContext): HTMLElement {
  const texts = speak()
  const { saving: state, problem, adjudication } = settling.store.get()
  if (adjudication.state === 'decided') return h('div', { class: 'save', role: 'status' }, h('span', { class: 'good' }, `✓ ${texts.adjudication.decided}`))
  if (state !== 'waiting') return h('div', { class: 'save', role: 'status' }, h('span', {}, texts.adjudication[state]))
  return h(
    'div',
    { class: 'save', role: 'status' },
    h('span', { class: 'error', title: problem?.message }, `⚠ ${texts.adjudication.notSaved}`),
    h('button', { type: 'button', on: { click: () => settling.retry() } }, texts.retry),
  )
}

function tools({ language, texts: speak }: AdjudicationContext, showKeys: () => void): HTMLElement {
  const texts = speak()
  const change = (): void => {
    language.update(otherLanguage)
    keepLanguage(language.get(), localStorage)
  }
  return h(
    'div',
    { class: 'tools' },
    h('button', { type: 'button', lang: language.get() === 'en' ? 'ja' : 'en', on: { click: change } }, texts.otherLanguage),
    h('button', { type: 'button', title: texts.top.keys, 'aria-label': texts.top.keys, on: { click: showKeys } }, '?'),
  )
}
