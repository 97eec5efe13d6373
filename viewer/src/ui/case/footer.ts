import { openCells } from '../../reading/cells'
import type { Text } from '../../text/en'
import { watch } from '../../workspace/store'
import type { Context } from '../context'
import { fill, h } from '../dom'

/** The keys a reader needs most, and how far the case is. */
export function footer(context: Context): HTMLElement {
  const { store, language } = context
  const bar = h('footer', { class: 'footer' })
  const draw = (): void => {
    const texts = context.texts()
    const { findings, lesions, steps, readState, case: theCase } = store.get()
    const n = lesions.length * steps.length
    fill(
      bar,
      h('div', { class: 'hints' }, ...hints(texts).map(([keys, help]) => h('span', {}, h('kbd', {}, keys), help))),
      h(
        'div',
        { class: 'progress' },
        readState !== 'none' && h('span', {}, texts.footer.caseState(n - openCells(findings, lesions, steps).length, n)),
        theCase.next_case && h('a', { href: theCase.next_case }, `${texts.footer.next} ›`),
      ),
    )
  }
  watch(store, ({ findings, lesions, steps, readState, case: theCase }) => [findings, lesions, steps, readState, theCase], draw)
  language.subscribe(draw)
  return bar
}

function hints(texts: Text): [string, string][] {
  return [
    ['1–9', texts.keyHelp.lesion],
    ['V A N', texts.form.verdict],
    ['L', texts.form.measure],
    [', .', texts.form.confidence],
    ['[ ]', texts.pane.bValues],
    ['P', texts.keyHelp.compare],
    ['X', texts.keyHelp.link],
    ['M', texts.keyHelp.mpr],
    ['?', texts.top.keys],
  ]
}
