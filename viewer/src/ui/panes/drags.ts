import type { Vec3 } from '../../geometry/vector'
import { dragged } from '../../series/windows'
import type { Drag } from './gestures'
import type { Ends } from './measuring'
import type { PaneView } from './pane-view'

/** Zoom of one pixel of dragging. */
export const ZOOM_PER_PIXEL = 1.006

const NOTHING = (): void => undefined

/** Right widens, down brightens. */
export const windowDrag = (pane: PaneView): Drag => ({
  move: (_point, dx, dy) => {
    const { window } = pane.picture
    if (window) pane.setWindow(dragged(window, dx, dy))
  },
  end: NOTHING,
})

export const panDrag = (pane: PaneView, moved: () => void): Drag => ({
  move: (_point, dx, dy) => {
    const { clientWidth: width, clientHeight: height } = pane.picture.element
    const centre = pane.picture.toWorld([width / 2 - dx, height / 2 - dy])
    if (centre) pane.picture.centreOn(centre)
    moved()
  },
  end: NOTHING,
})

export const zoomDrag = (zoom: (factor: number) => void): Drag => ({
  move: (_point, _dx, dy) => zoom(ZOOM_PER_PIXEL ** dy),
  end: NOTHING,
})

export const placeDrag = (pane: PaneView, placed: (position: Vec3) => void): Drag => ({
  move: NOTHING,
  end: (point) => {
    const world = pane.picture.toWorld(point)
    if (world) placed(world)
  },
})

/** A rectangle between where the hand came down and where it is, told as it grows; nothing is told of a mere press. */
export const boxDrag = (pane: PaneView, drawn: (to: Vec3) => void, done: (moved: boolean) => void): Drag => ({
  move: (point) => {
    const to = pane.picture.toWorld(point)
    if (to) drawn(to)
  },
  end: (_point, moved) => done(moved),
})

/** From a fixed end to wherever the hand lets go; null when it never moved. */
export function lengthDrag(pane: PaneView, from: Vec3, drafted: (ends: Ends) => void, done: (ends: Ends | null) => void): Drag {
  let ends: Ends | null = null
  return {
    move: (point) => {
      const to = pane.picture.toWorld(point)
      if (!to) return
      ends = [from, to]
      drafted(ends)
    },
    end: (_point, moved) => done(moved ? ends : null),
  }
}
