import type { Judged, Visibility } from '../api/client'

/** What a key can ask for. */
export type Command =
  | { readonly do: 'lesion'; readonly index: number }
  | { readonly do: 'next-lesion' | 'previous-lesion' }
  | { readonly do: 'verdict'; readonly visibility: Visibility }
  | { readonly do: 'clear-verdict' | 'lock' | 'sign' | 'next-case' | 'comment' | 'key-image' }
  | { readonly do: 'confidence' | 'signal'; readonly by: number }
  | { readonly do: 'step'; readonly judged: Judged }
  | { readonly do: 'scroll'; readonly by: number }
  | { readonly do: 'first-slice' | 'last-slice' }
  | { readonly do: 'focus'; readonly by: number }
  | { readonly do: 'maximise'; readonly pane: number }
  | { readonly do: 'all-panes' }
  | { readonly do: 'b-value' | 'faster'; readonly by: number }
  | { readonly do: 'play' | 'magnify' | 'tiles' | 'slab' }
  | { readonly do: 'series'; readonly by: number }
  | { readonly do: 'length' | 'place' | 'mark' | 'region' | 'landmarks' | 'preset' | 'invert' | 'reset-view' | 'zoom-in' | 'zoom-out' }
  | { readonly do: 'compare' | 'link' | 'mpr' | 'marks' | 'keys' | 'escape' }

export type CommandName = Command['do']

/** One line of the key table: the codes that trigger it and how the cheat sheet writes them. */
export interface Binding {
  readonly keys: readonly string[]
  readonly shown: string
  readonly group: KeyGroup
  readonly help: KeyHelp
  readonly command: (key: string) => Command
}

export type KeyGroup = 'lesions' | 'slices' | 'panes' | 'picture' | 'hand'
export type KeyHelp = CommandName | 'scroll-far'

/** What of a keyboard event matters; tests need no browser. */
export interface Stroke {
  readonly key: string
  readonly code: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

/** Slices that PageUp and PageDown move. */
const PAGE = 5

const binding = (
  group: KeyGroup,
  help: KeyHelp,
  keys: readonly string[],
  shown: string,
  command: Command | ((key: string) => Command),
): Binding => ({ group, help, keys, shown, command: typeof command === 'function' ? command : () => command })

/**
 * All keys of the workspace; the cheat sheet is made from it. Digits are lesions, because a reader goes from
 * lesion to lesion all day; panes take Shift with a digit, or a double click.
 */
export const BINDINGS: readonly Binding[] = [
  binding('lesions', 'lesion', ['1', '2', '3', '4', '5', '6', '7', '8', '9'], '1 – 9', (key) => ({ do: 'lesion', index: Number(key) - 1 })),
  binding('lesions', 'next-lesion', ['j'], 'J', { do: 'next-lesion' }),
  binding('lesions', 'previous-lesion', ['k'], 'K', { do: 'previous-lesion' }),
  binding('lesions', 'verdict', ['v', 'a', 'n'], 'V A N', (key) => ({ do: 'verdict', visibility: VERDICTS[key] ?? 'visible' })),
  binding('lesions', 'clear-verdict', ['Backspace', 'Delete'], '⌫', { do: 'clear-verdict' }),
  binding('lesions', 'step', ['c', 'd', 't', 'e', 'g'], 'C D T E G', (key) => ({ do: 'step', judged: STEP_KEYS[key] ?? 'ct' })),
  binding('lesions', 'lock', ['shift+l'], '⇧L', { do: 'lock' }),
  binding('lesions', 'length', ['l'], 'L', { do: 'length' }),
  binding('lesions', 'mark', ['h'], 'H', { do: 'mark' }),
  binding('lesions', 'region', ['q'], 'Q', { do: 'region' }),
  binding('lesions', 'confidence', [',', '.'], ', .', (key) => ({ do: 'confidence', by: key === ',' ? -1 : 1 })),
  binding('lesions', 'signal', ['y', 'shift+y'], 'Y', (key) => ({ do: 'signal', by: key === 'y' ? 1 : -1 })),
  binding('lesions', 'comment', ['u'], 'U', { do: 'comment' }),
  binding('lesions', 'place', ['b'], 'B', { do: 'place' }),
  binding('lesions', 'key-image', ['f'], 'F', { do: 'key-image' }),
  binding('lesions', 'sign', ['shift+Enter'], '⇧Enter', { do: 'sign' }),
  binding('lesions', 'next-case', ['shift+j'], '⇧J', { do: 'next-case' }),
  binding('slices', 'scroll', ['ArrowUp', 'ArrowDown'], '↑ ↓', (key) => ({ do: 'scroll', by: key === 'ArrowUp' ? -1 : 1 })),
  binding('slices', 'scroll-far', ['PageUp', 'PageDown'], 'PgUp PgDn', (key) => ({ do: 'scroll', by: key === 'PageUp' ? -PAGE : PAGE })),
  binding('slices', 'first-slice', ['Home'], 'Home', { do: 'first-slice' }),
  binding('slices', 'last-slice', ['End'], 'End', { do: 'last-slice' }),
  binding('slices', 'play', [' '], 'Space', { do: 'play' }),
  binding('slices', 'faster', ['shift+ArrowUp', 'shift+ArrowDown'], '⇧↑ ⇧↓', (key) => ({ do: 'faster', by: key === 'shift+ArrowUp' ? 1 : -1 })),
  binding('slices', 'b-value', ['[', ']'], '[ ]', (key) => ({ do: 'b-value', by: key === '[' ? -1 : 1 })),
  binding('slices', 'series', ['s', 'shift+s'], 'S', (key) => ({ do: 'series', by: key === 's' ? 1 : -1 })),
  binding('panes', 'focus', ['ArrowLeft', 'ArrowRight'], '← →', (key) => ({ do: 'focus', by: key === 'ArrowLeft' ? -1 : 1 })),
  binding('panes', 'maximise', ['shift+1', 'shift+2', 'shift+3', 'shift+4'], '⇧1 – ⇧4', (key) => ({ do: 'maximise', pane: Number(key.at(-1)) - 1 })),
  binding('panes', 'all-panes', ['0'], '0', { do: 'all-panes' }),
  binding('panes', 'compare', ['p'], 'P', { do: 'compare' }),
  binding('panes', 'mpr', ['m'], 'M', { do: 'mpr' }),
  binding('panes', 'slab', ['shift+m'], '⇧M', { do: 'slab' }),
  binding('panes', 'tiles', ['shift+t'], '⇧T', { do: 'tiles' }),
  binding('panes', 'link', ['x'], 'X', { do: 'link' }),
  binding('panes', 'landmarks', ['shift+x'], '⇧X', { do: 'landmarks' }),
  binding('picture', 'preset', ['w'], 'W', { do: 'preset' }),
  binding('picture', 'invert', ['i'], 'I', { do: 'invert' }),
  binding('picture', 'zoom-in', ['+', 'shift++', 'shift+='], '+', { do: 'zoom-in' }),
  binding('picture', 'zoom-out', ['-'], '−', { do: 'zoom-out' }),
  binding('picture', 'magnify', ['z'], 'Z', { do: 'magnify' }),
  binding('picture', 'reset-view', ['r'], 'R', { do: 'reset-view' }),
  binding('picture', 'marks', ['o'], 'O', { do: 'marks' }),
  binding('picture', 'keys', ['?', 'shift+?', 'shift+/'], '?', { do: 'keys' }),
  binding('picture', 'escape', ['Escape'], 'Esc', { do: 'escape' }),
]

const VERDICTS: Record<string, Visibility> = { v: 'visible', a: 'not-visible', n: 'not-evaluable' }
const STEP_KEYS: Record<string, Judged> = { c: 'ct', d: 'dwi', t: 't1t2', e: 'eob', g: 'combined' }

/** The command of a key stroke, or null; strokes with Ctrl, Alt or Meta belong to the browser. */
export function commandFor(stroke: Stroke): Command | null {
  if (stroke.ctrlKey || stroke.metaKey || stroke.altKey) return null
  const name = nameOf(stroke)
  const found = BINDINGS.find(({ keys }) => keys.includes(name))
  return found ? found.command(name) : null
}

/** True where the reader is typing or choosing, so that keys must not act. */
export function isTyping(target: { readonly tagName: string; readonly type?: string; readonly isContentEditable?: boolean }): boolean {
  if (target.isContentEditable || target.tagName === 'TEXTAREA' || target.tagName === 'SELECT') return true
  return target.tagName === 'INPUT' && !['radio', 'checkbox', 'button', 'range'].includes(target.type ?? 'text')
}

/** Digits by their place on the keyboard, because Shift turns them into other characters on every layout. */
function nameOf({ key, code, shiftKey }: Stroke): string {
  const digit = /^Digit([0-9])$/.exec(code)?.[1]
  const plain = digit ?? (key.length === 1 ? key.toLowerCase() : key)
  return shiftKey ? `shift+${plain}` : plain
}
