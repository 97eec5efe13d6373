import type { FindingIn } from '../../api/client'
import { distanceToPlane } from '../../geometry/plane'
import { distance, type Vec3 } from '../../geometry/vector'
import type { Shelf, StackPane } from '../../images'
import { cellKey } from '../../reading/cells'
import { judgedOn } from '../../reading/steps'
import type { SeenOn } from '../../reading/verdict'
import type { Workspace } from '../../workspace/state'
import type { CanvasPoint } from './gestures'
import { reachOf } from './pane-texts'

/** Pixels around an end in which a press takes hold of it. */
const GRIP_PX = 9
/** A shorter length is a slip of the hand. */
const SHORTEST_MM = 0.5

export type Ends = readonly [Vec3, Vec3]

/** The image of a pane as a verdict remembers it. */
export function seenOn(picture: StackPane, shelf: Shelf | null, position: Vec3 | null): SeenOn | null {
  const { frame } = picture
  if (!frame || !shelf) return null
  return { seriesUid: shelf.series.series_uid, sopUid: frame.sopUid, frame: frame.number, window: picture.window, position }
}

/** The lengths to be seen on the shown slice: of the chosen lesion's finding, and the loose one. */
export function endsOn(state: Workspace, picture: StackPane, shelf: Shelf): Ends[] {
  const finding = findingFor(state, shelf)
  const own = finding?.series_uid === shelf.series.series_uid ? endsOf(finding) : null
  const { loose } = state
  const other = loose?.on.seriesUid === shelf.series.series_uid ? loose.ends : null
  return [own, other].filter((ends) => ends !== null).filter((ends) => liesOn(ends, picture, shelf))
}

export function findingFor(state: Workspace, { series }: Shelf): FindingIn | undefined {
  const judged = judgedOn(state.steps, state.judged, series.sequence)
  if (!state.lesionId || !judged || series.timepoint !== state.case.timepoint.code) return undefined
  return state.findings.get(cellKey({ lesionId: state.lesionId, judged }))
}

export const isLength = (ends: Ends): boolean => distance(...ends) >= SHORTEST_MM

/** The end under the pointer and the one that stays, or null. */
export function gripAt(ends: readonly Ends[], picture: StackPane, point: CanvasPoint): { fixed: Vec3 } | null {
  for (const [a, b] of ends) {
    if (near(picture.toCanvas(a), point)) return { fixed: b }
    if (near(picture.toCanvas(b), point)) return { fixed: a }
  }
  return null
}

function endsOf({ measurement_mm: drawn }: FindingIn): Ends | null {
  const [a, b] = drawn ?? []
  return a && b ? [a as unknown as Vec3, b as unknown as Vec3] : null
}

function liesOn(ends: Ends, picture: StackPane, shelf: Shelf): boolean {
  const { plane } = picture
  return plane !== null && ends.every((end) => Math.abs(distanceToPlane(end, plane)) <= reachOf(shelf))
}

const near = (a: CanvasPoint | null, b: CanvasPoint): boolean => a !== null && Math.hypot(a[0] - b[0], a[1] - b[1]) <= GRIP_PX
