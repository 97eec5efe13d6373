import type { ReadingSequence } from '../../api/client'
import type { Side } from '../../reading/settling'
import { BINDINGS, commandFor, type Command, type KeyGroup, type KeyHelp, type Stroke } from '../../workspace/keymap'
import type { Text } from '../../text/en'
import { openDialog } from '../case/dialog'
import { h } from '../dom'

/** What a key asks for on the adjudicator's page; everything about pictures is as in a case. */
export type Asked =
  | { readonly do: 'choose'; readonly choice: Side | 'third' }
  | { readonly do: 'lesion'; readonly by: number }
  | { readonly do: 'sequence'; readonly judged: ReadingSequence }
  | { readonly do: 'next' | 'decide' | 'comment' | 'keys' | 'pane' }
  | { readonly do: 'picture'; readonly command: Command }

const OWN: Readonly<Record<string, Asked>> = {
  '1': { do: 'choose', choice: 'left' },
  ArrowLeft: { do: 'choose', choice: 'left' },
  '2': { do: 'choose', choice: 'right' },
  ArrowRight: { do: 'choose', choice: 'right' },
  '3': { do: 'choose', choice: 'third' },
  j: { do: 'lesion', by: 1 },
  k: { do: 'lesion', by: -1 },
  c: { do: 'sequence', judged: 'ct' },
  d: { do: 'sequence', judged: 'dwi' },
  t: { do: 'sequence', judged: 't1t2' },
  e: { do: 'sequence', judged: 'eob' },
  u: { do: 'comment' },
  f: { do: 'pane' },
  Enter: { do: 'next' },
  'shift+Enter': { do: 'decide' },
  '?': { do: 'keys' },
  'shift+?': { do: 'keys' },
}

/** Commands of a case that make sense without a read of one's own. */
const OF_PICTURES: readonly KeyHelp[] = ['scroll', 'scroll-far', 'first-slice', 'last-slice', 'b-value', 'series', 'maximise', 'all-panes', 'link', 'preset', 'invert', 'zoom-in', 'zoom-out', 'reset-view', 'marks', 'escape']

/** What a stroke asks for, or null; strokes with Ctrl, Alt or Meta belong to the browser. */
export function askedBy(stroke: Stroke): Asked | null {
  if (stroke.ctrlKey || stroke.metaKey || stroke.altKey) return null
  const plain = stroke.key.length === 1 ? stroke.key.toLowerCase() : stroke.key
  const own = OWN[stroke.shiftKey ? `shift+${plain}` : plain]
  if (own) return own
  const command = commandFor(stroke)
  return command && (OF_PICTURES as readonly string[]).includes(command.do) ? { do: 'picture', command } : null
}

/** All keys of the page. */
export function showAdjudicationKeys(texts: Text): void {
  const { keys, title } = texts.adjudication
  const own: [string, string][] = [
    ['1 ←', keys.left], ['2 →', keys.right], ['3', keys.third], ['J K', keys.lesion], ['C D T E', keys.sequence], ['U', keys.comment], ['Enter', keys.next], ['⇧Enter', texts.adjudication.decide], ['F', keys.pane],
  ]
  const groups: KeyGroup[] = ['slices', 'panes', 'picture']
  const ofGroup = (group: KeyGroup): [string, string][] =>
    BINDINGS.filter(({ group: of, help }) => of === group && OF_PICTURES.includes(help)).map(({ shown, help }) => [shown, texts.keyHelp[help]])
  openDialog(texts.top.keys, 'keys', (close) => [
    h('header', {}, h('h2', {}, texts.top.keys), h('button', { type: 'button', on: { click: close } }, texts.close)),
    h('div', { class: 'groups' }, section(title, own), ...groups.map((group) => section(texts.keyGroups[group], ofGroup(group)))),
  ])
}

const section = (title: string, lines: readonly [string, string][]): HTMLElement =>
  h('section', {}, h('h3', {}, title), h('dl', {}, ...lines.map(([shown, help]) => h('div', {}, h('dt', {}, h('kbd', {}, shown)), h('dd', {}, help)))))
