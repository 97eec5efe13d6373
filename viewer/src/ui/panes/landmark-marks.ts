import { distanceToPlane } from '../../geometry/plane'
import type { Vec3 } from '../../geometry/vector'
import type { Text } from '../../text/en'
import type { Workspace } from '../../workspace/state'
import type { Spot } from './drawings'
import { reachOf } from './pane-texts'
import type { PaneView } from './pane-view'

/** The landmarks that lie on the shown slice, numbered by pair. */
export function landmarksOn({ picture, shelf }: PaneView, { landmarks }: Workspace, texts: Text): Spot[] {
  const { plane } = picture
  if (!landmarks || !plane || !shelf) return []
  const { series_uid: uid } = shelf.series
  const side = uid === landmarks.from ? 0 : uid === landmarks.to ? 1 : null
  const set = side === null ? [] : landmarks.pairs.map((pair) => pair[side])
  const points: readonly Vec3[] = landmarks.open?.series === uid ? [...set, landmarks.open.at] : set
  return points.flatMap((point, n) => {
    const at = Math.abs(distanceToPlane(point, plane)) <= reachOf(shelf) ? picture.toCanvas(point) : null
    const number = landmarks.open?.series === uid && n === points.length - 1 ? landmarks.pairs.length + 1 : n + 1
    return at ? [{ at, label: texts.landmarks.spot(number) }] : []
  })
}
