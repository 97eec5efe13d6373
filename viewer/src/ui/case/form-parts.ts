import type { Text } from '../../text/en'
import { h } from '../dom'

/** Couinaud's segments, with the halves of the fourth. */
const SEGMENTS = ['I', 'II', 'III', 'IVa', 'IVb', 'V', 'VI', 'VII', 'VIII']

/** A choice of segment that begins empty: nobody is to accept the first one by accident. */
export const segmentChoice = (id: string, texts: Text): HTMLSelectElement =>
  h('select', { id, required: true }, h('option', { value: '' }, texts.newLesion.chooseSegment), ...SEGMENTS.map((one) => h('option', {}, one)))

/** A control with its label, in a dialog. */
export const field = (id: string, label: string, control: HTMLElement): HTMLElement =>
  h('div', { class: 'field' }, h('label', { for: id }, label), control)

/** A choice among whole sentences, which a folded list would cut off; the first is chosen. */
export function oneOf(name: string, label: string, sentences: readonly string[]): { element: HTMLElement; chosen(): string } {
  const inputs = sentences.map((value, n) => h('input', { type: 'radio', name, value, checked: n === 0 }))
  const lines = inputs.map((input) => h('label', {}, input, h('span', {}, input.value)))
  return {
    element: h('fieldset', { class: 'one-of' }, h('legend', {}, label), ...lines),
    chosen: () => inputs.find(({ checked }) => checked)?.value ?? '',
  }
}
