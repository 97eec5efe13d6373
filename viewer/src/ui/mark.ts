import type { MarkKind } from '../reading/cells'
import { s } from './dom'

/** The four marks of the study, 14 x 14: told apart by shape, colour comes third. */
export function mark(kind: MarkKind, title?: string): SVGSVGElement {
  const named = title ? { role: 'img', 'aria-label': title } : { 'aria-hidden': 'true' }
  const drawing = s('svg', { class: `mark mark-${kind}`, viewBox: '0 0 14 14', width: 14, height: 14, ...named })
  if (title) drawing.append(s('title', {}, title))
  drawing.append(...SHAPES[kind]())
  return drawing
}

const ring = (extra: Record<string, string | number>): SVGCircleElement =>
  s('circle', { cx: 7, cy: 7, r: 5.2, fill: 'none', stroke: 'currentColor', ...extra })

const SHAPES: Record<MarkKind, () => SVGElement[]> = {
  visible: () => [s('circle', { cx: 7, cy: 7, r: 5.6, fill: 'currentColor' })],
  'not-visible': () => [ring({ 'stroke-width': 1.9, 'stroke-dasharray': '3.4 2.05' })],
  'not-evaluable': () => [
    ring({ 'stroke-width': 1.7 }),
    s('line', { x1: 3.4, y1: 3.4, x2: 10.6, y2: 10.6, stroke: 'currentColor', 'stroke-width': 1.7 }),
  ],
  open: () => [ring({ 'stroke-width': 1 })],
}
