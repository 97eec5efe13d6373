import type { CaseLesion, CaseSeries } from '../../api/client'
import { choices } from '../../series/hanging'
import { said } from '../../text/language'
import type { Text } from '../../text/en'
import { lesionOf } from '../../workspace/state'
import { watch } from '../../workspace/store'
import type { Context } from '../context'
import { fill, h } from '../dom'
import { mmText } from '../numbers'
import { locationIn } from '../panes/rings'

/** The chosen lesion on every series of every visit: where, and by what; a click shows it there. */
export function placesOf(context: Context, show: (key: string) => void): HTMLElement {
  const { store, language } = context
  const box = h('details', { class: 'places' })
  const draw = (): void => {
    const texts = context.texts()
    const state = store.get()
    const lesion = lesionOf(state)
    const shown = new Set(state.hanging)
    const line = (of: CaseLesion | null, series: CaseSeries, isShown: boolean): HTMLElement =>
      h(
        'button',
        { type: 'button', 'aria-pressed': String(isShown), on: { click: () => show(series.key) } },
        h('span', {}, said(series.label, language.get())),
        h('span', { class: 'muted' }, of ? placeOf(of, series, texts) : ''),
      )
    const visits = state.case.timepoints.toReversed().map(({ code, label }) => {
      const rows = choices(state.case.series).filter(({ timepoint }) => timepoint === code)
      return h('section', {}, h('h3', {}, said(label, language.get())), h('ul', {}, ...rows.map((series) => h('li', {}, line(lesion, series, shown.has(series.key))))))
    })
    fill(box, h('summary', {}, texts.place.onSeries), ...visits)
  }
  watch(store, ({ lesionId, lesions, hanging, case: theCase }) => [lesionId, lesions, hanging, theCase], draw)
  language.subscribe(draw)
  return box
}

/** By what the lesion is expected where it is on a series, with the error as far as it is known. */
export function placeOf(lesion: CaseLesion, series: CaseSeries, texts: Text): string {
  const location = locationIn(lesion, series)
  if (!location) return texts.place.basis['not-known']
  const quality = location.quality_mm === null ? '' : ` ${mmText(location.quality_mm)} mm`
  return texts.place.basis[location.basis] + quality
}
