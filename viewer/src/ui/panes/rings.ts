import type { CaseLesion, CaseSeries, LesionLocation } from '../../api/client'
import { distanceToPlane } from '../../geometry/plane'
import type { Shelf, StackPane } from '../../images'
import type { FindingIn, NewLesionIn } from '../../api/client'
import type { Vec3 } from '../../geometry/vector'
import { cellKey } from '../../reading/cells'
import { judgedOn } from '../../reading/steps'
import type { Text } from '../../text/en'
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
  return (shelf && lesion && locationIn(lesion, shelf.series)) ?? null
}

/** Where a lesion is expected on a series, or on the part of it with one role where breathing moved the parts apart. */
export const locationIn = (lesion: CaseLesion, series: CaseSeries): LesionLocation | null =>
  lesion.locations.find(({ series_uid, role }) => series_uid === series.series_uid && (role === null || role === series.role)) ?? null

/** The rings of all lesions on the shown slice: the chosen one with its label and verdict, the others thin, new ones too. */
export function ringsOn(state: Workspace, picture: StackPane, shelf: Shelf, texts: Text): Ring[] {
  const found = state.lesions.flatMap((lesion) => ringOf(state, lesion, picture, shelf, texts) ?? [])
  return [...found, ...[...state.newLesions].flatMap(([label, lesion]) => newRingOf(label, lesion, picture, shelf) ?? [])]
}

function ringOf(state: Workspace, lesion: CaseLesion, picture: StackPane, shelf: Shelf, texts: Text): Ring | null {
  const finding = verdictOn(state, lesion, shelf)
  const position = placeOf(finding, shelf) ?? locationOn(lesion, shelf)?.position_mm
  const { mmPerPixel } = picture
  const at = position && picture.toCanvas(position)
  if (!position || !at || !mmPerPixel) return null
  const radiusMm = Number(lesion.baseline_diameter_mm ?? USUAL_DIAMETER_MM) / 2 + MARGIN_MM
  const away = awayFrom(position, picture)
  const chosen = lesion.id === state.lesionId
  if (away > (chosen ? radiusMm + reachOf(shelf) : reachOf(shelf))) return null
  const verdict = finding?.visibility
  return {
    at,
    radiusPx: Math.max(SMALLEST_RING_PX, radiusMm / mmPerPixel),
    style: chosen ? (verdict ?? 'open') : 'other',
    label: chosen ? [lesion.label, verdict && texts.verdicts[verdict]].filter(Boolean).join(' · ') : '',
    faint: away > reachOf(shelf),
  }
}

/** A new lesion is drawn on the series it was measured on only: nothing says where it is on others. */
function newRingOf(label: string, lesion: NewLesionIn, picture: StackPane, shelf: Shelf): Ring | null {
  if (lesion.series_uid !== shelf.series.series_uid) return null
  const position: Vec3 = lesion.position_mm
  const at = picture.toCanvas(position)
  if (!at || !picture.mmPerPixel || awayFrom(position, picture) > reachOf(shelf)) return null
  const radiusMm = Number(lesion.diameter_mm) / 2 + MARGIN_MM
  return { at, radiusPx: Math.max(SMALLEST_RING_PX, radiusMm / picture.mmPerPixel), style: 'visible', label, faint: false }
}

/** Where the reader looked and found nothing, on the series they looked at. */
function placeOf(finding: FindingIn | undefined, { series }: Shelf): Vec3 | null {
  if (finding?.visibility !== 'not-visible' || finding.series_uid !== series.series_uid) return null
  return finding.position_mm ?? null
}

const awayFrom = (position: Vec3, { plane }: StackPane): number => (plane ? Math.abs(distanceToPlane(position, plane)) : Infinity)

function verdictOn(state: Workspace, lesion: CaseLesion, { series }: Shelf): FindingIn | undefined {
  const isHere = series.timepoint === state.case.timepoint.code
  const judged = isHere ? judgedOn(state.steps, state.judged, series.sequence) : series.sequence
  return judged ? (isHere ? state.findings : state.baseline).get(cellKey({ lesionId: lesion.id, judged })) : undefined
}
