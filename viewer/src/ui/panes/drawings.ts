import { s } from '../dom'
import type { CanvasPoint } from './gestures'

/** Where a lesion is expected: a ring around the spot, never on it. */
export interface Ring {
  readonly at: CanvasPoint
  readonly radiusPx: number
  readonly style: 'open' | 'not-visible' | 'visible' | 'not-evaluable' | 'other'
  readonly label: string
  /** True on slices that only pass near the lesion. */
  readonly faint: boolean
}

/** A drawn length with its text. */
export interface Ruler {
  readonly ends: readonly [CanvasPoint, CanvasPoint]
  readonly label: string
  readonly draft: boolean
}

/** A closed line around a region, with its text. */
export interface Outline {
  readonly corners: readonly CanvasPoint[]
  readonly label: string
  readonly draft: boolean
}

/** A place in hand, before it is put down. */
export interface Spot {
  readonly at: CanvasPoint
  readonly label: string
}

/** The place another pane points at. */
export interface Cursor {
  readonly at: CanvasPoint
  readonly onPlane: boolean
}

export interface Drawings {
  readonly rings: readonly Ring[]
  readonly rulers: readonly Ruler[]
  readonly outlines: readonly Outline[]
  readonly spot: Spot | null
  readonly landmarks: readonly Spot[]
  readonly cursor: Cursor | null
}

/** Draws rings, rulers and the cursor into the pane's drawing layer, which is as large as the pane. */
export function draw(layer: SVGSVGElement, { rings, rulers, outlines, spot, landmarks, cursor }: Drawings): void {
  const size: CanvasPoint = [layer.clientWidth, layer.clientHeight]
  layer.replaceChildren(
    ...rings.map((ring) => ringShape(ring, size)),
    ...rulers.map((ruler) => rulerShape(ruler, size)),
    ...outlines.map((outline) => outlineShape(outline, size)),
    ...landmarks.map((landmark) => landmarkShape(landmark, size)),
    ...(spot ? [spotShape(spot, size)] : []),
    ...(cursor ? [cursorShape(cursor)] : []),
  )
}

function ringShape({ at: [x, y], radiusPx, style, label, faint }: Ring, size: CanvasPoint): SVGElement {
  const dash = style !== 'not-visible' ? {} : { 'stroke-dasharray': dashOf(radiusPx) }
  const shape = s('circle', { cx: x, cy: y, r: radiusPx, fill: 'none', ...dash })
  const bar = radiusPx * Math.SQRT1_2
  const barred = style === 'not-evaluable' && s('line', { x1: x - bar, y1: y - bar, x2: x - bar / 2, y2: y - bar / 2 })
  const [tx, ty] = inside([x + radiusPx * 0.75 + 4, y - radiusPx * 0.75 - 3], label.length * 8, size)
  const isInView = x > -radiusPx && y > -radiusPx && x < size[0] + radiusPx && y < size[1] + radiusPx
  const text = label && isInView && s('text', { x: tx, y: ty }, label)
  return s('g', { class: `ring ring-${style}${faint ? ' faint' : ''}` }, shape, barred, text || null)
}

/** Dashes of about 6 px that close evenly around the ring. */
function dashOf(radiusPx: number): string {
  const around = 2 * Math.PI * radiusPx
  const n = Math.max(6, Math.round(around / 9))
  return `${((around / n) * 0.62).toFixed(2)} ${((around / n) * 0.38).toFixed(2)}`
}

function rulerShape({ ends: [a, b], label, draft }: Ruler, size: CanvasPoint): SVGElement {
  const tick = tickOf(a, b)
  const line = (from: CanvasPoint, to: CanvasPoint): SVGElement => s('line', { x1: from[0], y1: from[1], x2: to[0], y2: to[1] })
  const across = (end: CanvasPoint): SVGElement => line([end[0] - tick[0], end[1] - tick[1]], [end[0] + tick[0], end[1] + tick[1]])
  const right = a[0] > b[0] ? a : b
  const [x, y] = inside([right[0] + 12, right[1] + 16], label.length * 7, size)
  return s('g', { class: `ruler${draft ? ' draft' : ''}` }, line(a, b), across(a), across(b), s('text', { x, y }, label))
}

function outlineShape({ corners, label, draft }: Outline, size: CanvasPoint): SVGElement {
  const points = corners.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')
  const right = corners.reduce<CanvasPoint>((best, corner) => (corner[0] > best[0] ? corner : best), corners[0] ?? [0, 0])
  const [x, y] = inside([right[0] + 8, right[1] + 4], label.length * 7, size)
  return s('g', { class: `outline${draft ? ' draft' : ''}` }, s('polygon', { points }), s('text', { x, y }, label))
}

/** A dashed ring with a cross hair that leaves its middle free. */
function spotShape({ at: [x, y], label }: Spot, size: CanvasPoint): SVGElement {
  const arm = (dx: number, dy: number): SVGElement => s('line', { x1: x + dx * 4, y1: y + dy * 4, x2: x + dx * 17, y2: y + dy * 17 })
  const [tx, ty] = inside([x + 14, y + 26], label.length * 7, size)
  const ring = s('circle', { cx: x, cy: y, r: 12, 'stroke-dasharray': dashOf(12) })
  return s('g', { class: 'spot' }, ring, arm(1, 0), arm(-1, 0), arm(0, 1), arm(0, -1), s('text', { x: tx, y: ty }, label))
}

/** A triangle around a spot, its number beside it. */
function landmarkShape({ at: [x, y], label }: Spot, size: CanvasPoint): SVGElement {
  const [tx, ty] = inside([x + 12, y + 14], label.length * 7, size)
  const points = `${x},${y - 10} ${x + 9},${y + 6} ${x - 9},${y + 6}`
  return s('g', { class: 'landmark' }, s('polygon', { points }), s('circle', { cx: x, cy: y, r: 1.2 }), s('text', { x: tx, y: ty }, label))
}

function tickOf(a: CanvasPoint, b: CanvasPoint): CanvasPoint {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
  const length = Math.hypot(dx, dy) || 1
  return [(-dy / length) * 4, (dx / length) * 4]
}

function cursorShape({ at: [x, y], onPlane }: Cursor): SVGElement {
  const arm = (dx: number, dy: number): SVGElement =>
    s('line', { x1: x + dx * 5, y1: y + dy * 5, x2: x + dx * 13, y2: y + dy * 13 })
  return s('g', { class: `cursor${onPlane ? '' : ' off-plane'}` }, arm(1, 0), arm(-1, 0), arm(0, 1), arm(0, -1))
}

const inside = ([x, y]: CanvasPoint, width: number, size: CanvasPoint): CanvasPoint => [
  Math.max(4, Math.min(size[0] - width - 4, x)),
  Math.max(14, Math.min(size[1] - 6, y)),
]
