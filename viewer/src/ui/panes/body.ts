import type { Plane } from '../../geometry/plane'
import type { Vec3 } from '../../geometry/vector'
import { bodyBox, tissueThreshold } from '../../series/body'
import type { PaneView } from './pane-view'

/** Where the body lies on the shown slice, and the scale at which it fills its pane; null while nothing is there. */
export function bodyOf({ picture, shelf }: PaneView): { centre: Vec3; mmPerPixel: number } | null {
  const { frame, plane, pixels, element } = picture
  if (!frame?.spacing || !plane || !pixels || !shelf || !element.clientHeight) return null
  const box = bodyBox(pixels, frame.rows, frame.columns, tissueThreshold(pixels, shelf.series.modality))
  const [down, along] = frame.spacing
  return {
    centre: pointAt(plane, (box.left + box.width / 2) * along, (box.top + box.height / 2) * down),
    mmPerPixel: Math.max((box.width * along) / element.clientWidth, (box.height * down) / element.clientHeight),
  }
}

const pointAt = ({ origin, row, column }: Plane, x: number, y: number): Vec3 => [
  origin[0] + row[0] * x + column[0] * y,
  origin[1] + row[1] * x + column[1] * y,
  origin[2] + row[2] * x + column[2] * y,
]
