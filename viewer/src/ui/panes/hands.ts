import type { Vec3 } from '../../geometry/vector'
import type { Shelf } from '../../images'
import type { Measurement } from '../../reading/verdict'
import { isMeasuring, type Workspace } from '../../workspace/state'
import { lengthDrag, panDrag, windowDrag, zoomDrag } from './drags'
import type { CanvasPoint, Drag } from './gestures'
import { endsOn, gripAt, isLength, seenOn, type Ends } from './measuring'
import type { PaneView } from './pane-view'

/** What a hand on a picture needs of the panes around it. */
export interface Handled {
  readonly state: Workspace
  zoom(factor: number): void
  panned(pane: PaneView): void
  /** The drag of the tool in hand; null where it is none of the page's. */
  drawing(pane: PaneView, point: CanvasPoint): Drag | null
  drafted(draft: { readonly pane: PaneView; readonly ends: Ends } | null): void
  measured(measurement: Measurement, shelf: Shelf): void
}

/** What a press on a picture begins: the middle button pans, the right one zooms, the left one has the tool. */
export function dragOf(pane: PaneView, point: CanvasPoint, event: PointerEvent, deck: Handled): Drag | null {
  const { picture, shelf } = pane
  if (!shelf) return null
  if (event.button === 1 || (event.button === 0 && event.shiftKey)) return panDrag(pane, () => deck.panned(pane))
  if (event.button === 2) return zoomDrag((factor) => deck.zoom(factor))
  if (event.button !== 0) return null
  const drawing = deck.drawing(pane, point)
  if (drawing) return drawing
  const { state } = deck
  const grip = state.marks ? gripAt(endsOn(state, picture, shelf), picture, point) : null
  const from = grip?.fixed ?? (isMeasuring(state.tool) ? picture.toWorld(point) : null)
  return from ? measureFrom(pane, shelf, from, deck) : windowDrag(pane)
}

function measureFrom(pane: PaneView, shelf: Shelf, from: Vec3, deck: Handled): Drag {
  return lengthDrag(pane, from, (ends) => deck.drafted({ pane, ends }), (ends) => {
    const on = seenOn(pane.picture, shelf, null)
    deck.drafted(null)
    if (ends && isLength(ends) && on) deck.measured({ ends, on }, shelf)
  })
}
