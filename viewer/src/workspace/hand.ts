import { projectOnPlane, type Plane } from '../geometry/plane'
import { add, scale, type Vec3 } from '../geometry/vector'
import type { Ellipse } from '../reading/region'
import type { Stroke } from './keymap'

/** Something being drawn by keyboard on one pane: points in LPS, mm. Panes count from 0. */
export type Hand =
  | { readonly shape: 'length'; readonly pane: number; readonly ends: readonly [Vec3, Vec3]; readonly active: 0 | 1 }
  | { readonly shape: 'point'; readonly pane: number; readonly at: Vec3 }
  | ({ readonly shape: 'ellipse'; readonly pane: number } & Ellipse)

/** What a key means while something is being drawn. */
export type HandCommand =
  | { readonly do: 'move'; readonly along: number; readonly down: number }
  | { readonly do: 'size'; readonly along: number; readonly down: number }
  | { readonly do: 'swap' | 'accept' | 'cancel' }

export type HandHelp = 'hand-move' | 'hand-far' | 'hand-swap' | 'hand-size' | 'hand-width' | 'hand-accept' | 'hand-cancel'

/** A step of an arrow key, and with Shift. */
const NEAR_MM = 0.5
const FAR_MM = 5
/** A step of a size key. */
const SIZE_MM = 0.5
/** A region smaller than this holds no pixel worth measuring. */
const SMALLEST_HALF_MM = 1

const ARROWS: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const SIZES: Record<string, readonly [number, number]> = { '+': [1, 1], '=': [1, 1], '-': [-1, -1], ']': [1, 0], '[': [-1, 0] }
const OTHERS: Record<string, HandCommand> = { Tab: { do: 'swap' }, Enter: { do: 'accept' }, Escape: { do: 'cancel' } }

/** The keys of drawing for the cheat sheet. */
export const HAND_KEYS: readonly { readonly shown: string; readonly help: HandHelp }[] = [
  { shown: '← → ↑ ↓', help: 'hand-move' },
  { shown: '⇧ ← → ↑ ↓', help: 'hand-far' },
  { shown: 'Tab', help: 'hand-swap' },
  { shown: '+ −', help: 'hand-size' },
  { shown: '[ ]', help: 'hand-width' },
  { shown: 'Enter', help: 'hand-accept' },
  { shown: 'Esc', help: 'hand-cancel' },
]

/** What a stroke does to the drawing; null for keys that keep their usual meaning, such as those that change the slice. */
export function handCommand({ key, shiftKey, ctrlKey, metaKey, altKey }: Stroke, hand: Hand): HandCommand | null {
  if (ctrlKey || metaKey || altKey) return null
  const arrow = ARROWS[key]
  if (arrow) {
    const mm = shiftKey ? FAR_MM : NEAR_MM
    return { do: 'move', along: arrow[0] * mm, down: arrow[1] * mm }
  }
  if (key === 'Tab' && hand.shape !== 'length') return null
  const size = SIZES[key]
  if (size && hand.shape === 'ellipse') return { do: 'size', along: size[0] * SIZE_MM, down: size[1] * SIZE_MM }
  return shiftKey ? null : (OTHERS[key] ?? null)
}

/** The drawing after a move or another size, on the shown plane. */
export function handAfter(hand: Hand, command: HandCommand, plane: Plane): Hand {
  const flat = onPlane(hand, plane)
  if (command.do === 'swap') return flat.shape === 'length' ? { ...flat, active: flat.active === 0 ? 1 : 0 } : flat
  if (command.do === 'size') return flat.shape === 'ellipse' ? { ...flat, halfMm: [larger(flat.halfMm[0], command.along), larger(flat.halfMm[1], command.down)] } : flat
  if (command.do !== 'move') return flat
  const moved = (point: Vec3): Vec3 => add(point, add(scale(plane.row, command.along), scale(plane.column, command.down)))
  switch (flat.shape) {
    case 'point':
      return { ...flat, at: moved(flat.at) }
    case 'ellipse':
      return { ...flat, centre: moved(flat.centre) }
    case 'length':
      return { ...flat, ends: flat.active === 0 ? [moved(flat.ends[0]), flat.ends[1]] : [flat.ends[0], moved(flat.ends[1])] }
  }
}

/** The drawing on this plane: the reader may have gone to another slice meanwhile. */
export function onPlane(hand: Hand, plane: Plane): Hand {
  const flat = (point: Vec3): Vec3 => projectOnPlane(point, plane)
  switch (hand.shape) {
    case 'point':
      return { ...hand, at: flat(hand.at) }
    case 'ellipse':
      return { ...hand, centre: flat(hand.centre) }
    case 'length':
      return { ...hand, ends: [flat(hand.ends[0]), flat(hand.ends[1])] }
  }
}

/** A length through a point along the rows, its right end in hand. */
export function lengthAround(pane: number, centre: Vec3, mm: number, { row }: Plane): Hand {
  return { shape: 'length', pane, ends: [add(centre, scale(row, -mm / 2)), add(centre, scale(row, mm / 2))], active: 1 }
}

const larger = (halfMm: number, by: number): number => Math.max(SMALLEST_HALF_MM, halfMm + by)
