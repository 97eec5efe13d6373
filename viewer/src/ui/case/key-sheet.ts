import { HAND_KEYS } from '../../workspace/hand'
import { BINDINGS, type KeyGroup } from '../../workspace/keymap'
import type { Text } from '../../text/en'
import { h } from '../dom'
import { openDialog } from './dialog'

const GROUPS: readonly KeyGroup[] = ['lesions', 'hand', 'slices', 'panes', 'picture']

/** All keys, made from the table that obeys them. */
export function showKeys(texts: Text): void {
  openDialog(texts.top.keys, 'keys', (close) => [
    h('header', {}, h('h2', {}, texts.top.keys), h('button', { type: 'button', on: { click: close } }, texts.close)),
    h('div', { class: 'groups' }, ...GROUPS.map((group) => groupOf(group, texts))),
  ])
}

function groupOf(group: KeyGroup, texts: Text): HTMLElement {
  const lines = linesOf(group, texts)
  return h(
    'section',
    {},
    h('h3', {}, texts.keyGroups[group]),
    h('dl', {}, ...lines.map(([shown, help]) => h('div', {}, h('dt', {}, h('kbd', {}, shown)), h('dd', {}, help)))),
  )
}

function linesOf(group: KeyGroup, texts: Text): [string, string][] {
  if (group === 'hand') return HAND_KEYS.map(({ shown, help }) => [shown, texts.handHelp[help]])
  return BINDINGS.filter((binding) => binding.group === group).map(({ shown, help }) => [shown, texts.keyHelp[help]])
}
