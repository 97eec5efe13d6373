import { h } from '../dom'

/** Couinaud's segments, with the halves of the fourth. */
const SEGMENTS = ['I', 'II', 'III', 'IVa', 'IVb', 'V', 'VI', 'VII', 'VIII']

export const segmentChoice = (id: string): HTMLSelectElement => h('select', { id }, ...SEGMENTS.map((one) => h('option', {}, one)))

/** A control with its label, in a dialog. */
export const field = (id: string, label: string, control: HTMLElement): HTMLElement =>
  h('div', { class: 'field' }, h('label', { for: id }, label), control)
