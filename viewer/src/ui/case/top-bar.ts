import { said } from '../../text/language'
import type { SaveState } from '../../reading/autosave'
import type { Workspace } from '../../workspace/state'
import { watch } from '../../workspace/store'
import type { Text } from '../../text/en'
import type { Context } from '../context'
import { fill, h } from '../dom'
import { clock } from '../numbers'
import { ladder } from './ladder'

export interface TopBarActions {
  switchLanguage(): void
  showKeys(): void
  retrySave(): void
}

/** Who, when, which step, and whether everything is saved. */
export function topBar(context: Context, actions: TopBarActions): HTMLElement {
  const { store, language } = context
  const bar = h('header', { class: 'top-bar' })
  const about = h('div', { class: 'about' })
  const steps = ladder(context)
  const saving = h('div', { class: 'save', role: 'status' })
  const tools = h('div', { class: 'tools' })
  bar.append(about, steps, saving, tools)

  const draw = (): void => {
    const texts = context.texts()
    const state = store.get()
    fill(about, ...aboutParts(state, texts, context))
    fill(saving, ...saveParts(state, texts, actions))
    fill(
      tools,
      h('button', { type: 'button', lang: language.get() === 'en' ? 'ja' : 'en', on: { click: actions.switchLanguage } }, texts.otherLanguage),
      h('button', { type: 'button', title: texts.top.keys, 'aria-label': texts.top.keys, on: { click: actions.showKeys } }, '?'),
    )
  }
  watch(store, ({ lesionId, lesions, save, readState, case: theCase }) => [lesionId, lesions, save, readState, theCase], draw)
  language.subscribe(draw)
  return bar
}

function aboutParts(state: Workspace, texts: Text, { name, language }: Context): Node[] {
  const { case: theCase, lesions } = state
  const n = lesions.findIndex(({ id }) => id === state.lesionId) + 1
  const counted = texts.top.lesionOf(n, lesions.length)
  const reading = theCase.read !== null
  return [
    h('a', { class: 'home', href: '/viewer/', title: texts.top.cases, 'aria-label': texts.top.cases }, '‹'),
    h('h1', {}, `${texts.top.case} ${theCase.case_code}`),
    h('nav', { class: 'visits', 'aria-label': texts.top.timepoints }, ...theCase.timepoints.map(({ code, label, day }) => {
      const here = code === theCase.timepoint.code
      const text = [said(label, language.get()), day === null ? '' : texts.day(day)]
      const inside = [h('span', {}, text[0]), ' ', h('b', {}, text[1])]
      return here
        ? h('span', { class: 'chip here', 'aria-current': 'page' }, ...inside)
        : h('a', { class: 'chip', href: `/viewer/case/${encodeURIComponent(name.caseId)}/${encodeURIComponent(code)}` }, ...inside)
    })),
    h('span', { class: 'chip' }, ...(lesions.length > 0 ? [`${counted.label} `, h('b', {}, counted.value)] : [texts.top.noLesions])),
    ...(reading ? [h('span', { class: 'chip' }, `${texts.top.reader} `, h('b', {}, theCase.blinded ? texts.top.blinded : texts.top.notBlinded))] : []),
    ...(theCase.site_name ? [h('span', { class: 'chip site' }, theCase.site_name)] : []),
  ]
}

function saveParts({ save, readState }: Workspace, texts: Text, actions: TopBarActions): Node[] {
  if (readState === 'none') return [h('span', {}, texts.save.viewing)]
  if (readState === 'signed') return [h('span', { class: 'good' }, `✓ ${texts.save.signed}`)]
  if (readState === 'stale') return [h('span', { class: 'error' }, `⚠ ${texts.save.stale}`)]
  const text = saveText(save, texts)
  if (save.kind !== 'waiting') return [h('span', { class: save.kind === 'saved' || save.kind === 'saving' ? '' : 'error' }, text)]
  const help = save.problem.status === 401 ? texts.save.signIn : save.problem.message
  return [
    h('span', { class: 'error', title: help }, `⚠ ${text}`),
    h('button', { type: 'button', on: { click: actions.retrySave } }, texts.retry),
  ]
}

function saveText(save: SaveState, texts: Text): string {
  switch (save.kind) {
    case 'saved':
      return save.at ? texts.save.saved(clock(save.at)) : texts.save.nothing
    case 'saving':
      return texts.save.saving
    case 'waiting':
      return save.problem.status === 401 ? texts.save.signedOut : texts.save.waiting
    case 'conflict':
      return texts.save.conflict
    case 'refused':
      return texts.save.refused
  }
}
