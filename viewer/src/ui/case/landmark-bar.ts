import { fitted } from '../../geometry/landmarks'
import { said } from '../../text/language'
import type { Landmarks } from '../../workspace/landmarks'
import { partnerOf } from '../../workspace/landmarks'
import type { Workspace } from '../../workspace/state'
import { watch } from '../../workspace/store'
import type { Context } from '../context'
import { fill, h } from '../dom'
import { mmText } from '../numbers'
import type { Landmarking } from './landmarks'

/** What is being set, what remains between the pairs and what to do next; hidden without the tool. */
export function landmarkBar(context: Context, landmarking: Landmarking): HTMLElement {
  const { store, language } = context
  const bar = h('div', { class: 'landmark-bar', role: 'status', hidden: true })
  const button = (text: string, key: string, act: () => void, isPrimary = false): HTMLElement =>
    h('button', { type: 'button', class: isPrimary ? 'primary' : '', on: { click: act } }, text, h('kbd', {}, key))
  const draw = (): void => {
    const state = store.get()
    const { landmarks } = state
    const texts = context.texts().landmarks
    bar.hidden = landmarks === null
    if (!landmarks) return fill(bar)
    const { pairs, open, isKept } = landmarks
    const isDone = !open && (pairs.length > 0 || isKept)
    fill(
      bar,
      h('b', {}, `△ ${texts.title}`),
      landmarks.from && landmarks.to && h('span', {}, texts.between(nameOf(state, landmarks.from, context), nameOf(state, landmarks.to, context))),
      pairs.length > 0 && h('span', { class: 'count' }, `${texts.pairs(pairs.length)} · ${residualText(landmarks, context)}`),
      h('span', { class: 'muted' }, adviceOf(state, landmarks, context)),
      isDone && button(texts.keep, 'Enter', () => landmarking.keep(), true),
      (open || pairs.length > 0) && button(texts.takeBack, '⌫', () => landmarking.takeBack()),
      button(texts.leave, 'Esc', () => landmarking.leave()),
    )
  }
  watch(store, ({ landmarks }) => [landmarks], draw)
  language.subscribe(draw)
  return bar
}

function residualText({ pairs }: Landmarks, context: Context): string {
  const texts = context.texts().landmarks
  const { residualMm } = fitted(pairs)
  return residualMm === null ? texts.noResidual : texts.residual(mmText(residualMm))
}

function adviceOf(state: Workspace, landmarks: Landmarks, context: Context): string {
  const texts = context.texts().landmarks
  if (landmarks.open) {
    const partner = partnerOf(landmarks, landmarks.open.series)
    return partner ? texts.other(nameOf(state, partner, context)) : texts.anyOther
  }
  if (landmarks.pairs.length > 0) return texts.more
  return landmarks.isKept ? texts.gone : texts.first
}

function nameOf({ case: { series } }: Workspace, uid: string, { language }: Context): string {
  const found = series.find(({ series_uid }) => series_uid === uid)
  return found ? said(found.label, language.get()) : ''
}
