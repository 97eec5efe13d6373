import type { Vec3 } from '../../geometry/vector'
import { bodyOf } from './body'
import type { PaneView } from './pane-view'

/** Room left around the body when a picture is fitted. */
const FIT_MARGIN = 1.06
/** A point nearer to an edge than this share of the pane is out of sight, for practical purposes. */
const EDGE_SHARE = 0.12

/** Where a point of one pane lies in another; null where nothing says. */
export type Carry = (from: PaneView, to: PaneView, point: Vec3) => Vec3 | null

/**
 * One physical scale for all panes, at which the body fills them. All show the same body: the lower median of what
 * they find leaves out boxes that noise or a table has widened.
 */
export function fitAll(panes: readonly PaneView[], focused: PaneView | null, carry: Carry): void {
  const bodies = panes.flatMap((pane) => bodyOf(pane) ?? [])
  const scales = bodies.map(({ mmPerPixel }) => mmPerPixel).sort((a, b) => a - b)
  const mm = scales[(scales.length - 1) >> 1]
  if (mm === undefined) return
  const leader = focused?.picture.stack ? focused : panes[0]
  const middle = leader && bodyOf(leader)?.centre
  for (const pane of panes) {
    pane.picture.setMmPerPixel(mm * FIT_MARGIN)
    const point = (leader && middle && carry(leader, pane, middle)) ?? bodyOf(pane)?.centre
    if (point) pane.picture.centreOn(point)
  }
}

/** Moves the picture only where the point would be out of sight. */
export function bringIntoView({ picture }: PaneView, point: Vec3): void {
  const at = picture.toCanvas(point)
  const { clientWidth: width, clientHeight: height } = picture.element
  const edge = Math.min(width, height) * EDGE_SHARE
  const inView = at && at[0] > edge && at[1] > edge && at[0] < width - edge && at[1] < height - edge
  if (!inView) picture.centreOn(point)
}
