import type { CaseLesion, LesionLocation } from '../../api/client'
import { distanceToPlane } from '../../geometry/plane'
import type { Shelf, StackPane } from '../../images'
import { cellKey, type MarkKind } from '../../reading/cells'
import type { Workspace } from '../../workspace/state'
import type { Ring } from './drawings'
import { reachOf } from './pane-texts'

/** Room between the lesion's edge and the ring, so that the ring never touches what it shows. */
const MARGIN_MM = 4
/** Where no diameter is known. */
const USUAL_DIAMETER_MM = 10
const SMALLEST_RING_PX = 11

/** Where the lesion is expected on this series, as the server says; null where it does not know. */
export function locationOn(lesion: CaseLesion | null, shelf: Shelf | null): LesionLocation | null {
  return (shelf && lesion?.locations.find(({ series_uid }) => series_uid === shelf.series.series_uid)) ?? null
}

/** The rings of all lesions on the shown slice; the chosen one with its label, the others thin. */
export function ringsOn(state: Workspace, picture: StackPane, shelf: Shelf): Ring[] {
  return state.lesions.flatMap((lesion) => ringOf(state, lesion, picture, shelf) ?? [])
}

function ringOf(state: Workspace, lesion: CaseLesion, picture: StackPane, shelf: Shelf): Ring | null {
  const position = locationOn(lesion, shelf)?.position_mm
  const { plane, mmPerPixel } = picture
  const at = position && picture.toCanvas(position)
  if (!position || !plane || !at || !mmPerPixel) return null
  const radiusMm = Number(lesion.baseline_diameter_mm ?? USUAL_DIAMETER_MM) / 2 + MARGIN_MM
  const away = Math.abs(distanceToPlane(position, plane))
  const chosen = lesion.id === state.lesionId
  if (away > (chosen ? radiusMm + reachOf(shelf) : reachOf(shelf))) return null
  return {
    at,
    radiusPx: Math.max(SMALLEST_RING_PX, radiusMm / mmPerPixel),
    style: chosen ? styleOf(verdictOn(state, lesion, shelf)) : 'other',
    label: chosen ? lesion.label : '',
    faint: away > reachOf(shelf),
  }
}

function verdictOn(state: Workspace, lesion: CaseLesion, { series }: Shelf): MarkKind {
  if (!series.sequence) return 'open'
  const findings = series.timepoint === state.case.timepoint.code ? state.findings : state.baseline
  return findings.get(cellKey({ lesionId: lesion.id, sequence: series.sequence }))?.visibility ?? 'open'
}

function styleOf(verdict: MarkKind): Ring['style'] {
  return verdict === 'visible' || verdict === 'not-evaluable' ? verdict : 'expected'
}
