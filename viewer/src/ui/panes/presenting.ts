import type { Link } from '../../geometry/links'
import { carry } from '../../geometry/links'
import { distanceToPlane } from '../../geometry/plane'
import { distance, type Vec3 } from '../../geometry/vector'
import { drawsOnCpu, type Shelf } from '../../images'
import { said, type Language } from '../../text/language'
import type { Text } from '../../text/en'
import { lesionOf, stepOf, type Workspace } from '../../workspace/state'
import { decimals, mmText } from '../numbers'
import type { Running } from './cine'
import { NO_TEXTS, type CornerTexts, type LinkText } from './corners'
import type { Drawings } from './drawings'
import { endsOn, type Ends } from './measuring'
import { bValueTexts, lettersOf, linkText, placeText, presetTexts, reachOf, sliceText, warningsOf, windowText } from './pane-texts'
import type { PaneView } from './pane-view'
import { handOn, keyImageText, outlinesOn, spotOn } from './in-hand'
import { landmarksOn } from './landmark-marks'
import { locationOn, ringsOn } from './rings'

/** All that decides what stands over a pane's picture. */
export interface Scene {
  readonly state: Workspace
  readonly texts: Text
  readonly language: Language
  /** The pane that the others are linked to; null while it is empty. */
  readonly reference: PaneView | null
  readonly alone: boolean
  readonly running: Running
  readonly linkTo: (from: PaneView, to: PaneView) => Link
  readonly cursor: { readonly pane: PaneView; readonly point: Vec3 } | null
  readonly draft: { readonly pane: PaneView; readonly ends: Ends } | null
}

/** What stands at the edges of a pane. */
export function textsOf(pane: PaneView, scene: Scene): CornerTexts {
  const { state, texts, language, cursor } = scene
  const { picture, shelf } = pane
  const key = state.hanging[pane.n] ?? null
  const problem = pane.problem && (pane.problem === 'series' ? texts.pane.failedSeries : texts.pane.failed)
  if (!shelf) return { ...NO_TEXTS, seriesKey: key, problem: problem ?? (key ? null : texts.pane.empty) }
  const lesion = lesionOf(state)
  const value = cursor?.pane === pane ? picture.valueAt(cursor.point) : null
  const mm = picture.mmPerPixel
  return {
    seriesKey: key,
    inStep: isOfStep(shelf, state),
    visit: visitOf(shelf, state, language),
    slice: sliceText(shelf, picture.index, texts) + keyImageText(pane, state, texts),
    cine: cineText(pane, scene),
    bValues: bValueTexts(pane.shelves, pane.stackIndex, texts),
    link: linkTextOf(pane, scene),
    warnings: warningsOf(shelf, drawsOnCpu() && pane === scene.reference, language, texts),
    window: windowText(picture.window, picture.inverted, texts),
    presets: presetTexts(pane.presets, picture.window, pane.whole, texts),
    scale: mm ? texts.pane.scale(decimals(mm, 2)) : texts.pane.units,
    place: placeText(lesion, locationOn(lesion, shelf), picture.plane, texts),
    value: value === null ? '' : `${decimals(value, 0)}${shelf.series.modality === 'CT' ? ' HU' : ''}`,
    letters: lettersOf(picture.plane),
    problem,
  }
}

/** What is drawn on a pane. */
export function drawingsOf(pane: PaneView, scene: Scene): Drawings {
  const { state, draft } = scene
  const { picture, shelf } = pane
  if (!shelf) return { rings: [], rulers: [], outlines: [], spot: null, landmarks: [], cursor: null }
  const drafted = draft?.pane === pane ? draft.ends : null
  const ends = drafted ? [drafted] : state.marks ? endsOn(state, picture, shelf) : []
  const hand = handOn(pane, state)
  const inHand = hand?.shape === 'length' ? [hand.ends] : []
  const ruler = ([a, b]: Ends, draft: boolean): Drawings['rulers'] => {
    const [from, to] = [picture.toCanvas(a), picture.toCanvas(b)]
    return from && to ? [{ ends: [from, to], label: `${mmText(distance(a, b))} mm`, draft }] : []
  }
  return {
    rings: state.marks ? ringsOn(state, picture, shelf, scene.texts) : [],
    rulers: [...ends.flatMap((one) => ruler(one, drafted !== null)), ...inHand.flatMap((one) => ruler(one, true))],
    outlines: state.marks ? outlinesOn(pane, shelf, hand, scene) : [],
    spot: spotOn(pane, hand, scene),
    landmarks: landmarksOn(pane, state, scene.texts),
    cursor: cursorOn(pane, scene),
  }
}

function cursorOn(pane: PaneView, { state, cursor, linkTo }: Scene): Drawings['cursor'] {
  const { plane } = pane.picture
  if (!cursor || cursor.pane === pane || !plane || !pane.shelf || !state.linked) return null
  const point = carry(linkTo(cursor.pane, pane), cursor.point)
  const at = point && pane.picture.toCanvas(point)
  return at && { at, onPlane: Math.abs(distanceToPlane(point, plane)) <= reachOf(pane.shelf) }
}

function isOfStep({ series }: Shelf, state: Workspace): boolean {
  const isHere = series.timepoint === state.case.timepoint.code
  return isHere && series.sequence !== null && (stepOf(state)?.sequences.includes(series.sequence) ?? false)
}

/** The button that plays the slices of a pane, and how fast they run. */
function cineText(pane: PaneView, { reference, running, texts }: Scene): CornerTexts['cine'] {
  if ((pane.picture.stack?.frames.length ?? 0) < 2) return null
  const playing = running.playing && pane === reference
  const speed = running.measured > 0 ? running.measured : running.speed
  return { playing, text: playing ? `❚❚ ${texts.cine.speed(decimals(speed, 0), String(running.speed))}` : '▶', label: playing ? texts.cine.pause : texts.cine.play }
}

function visitOf({ series }: Shelf, { case: theCase, layout }: Workspace, language: Language): string {
  const visit = theCase.timepoints.find(({ code }) => code === series.timepoint)
  const needed = layout === 'compare' || series.timepoint !== theCase.timepoint.code
  return visit && needed ? said(visit.label, language) : ''
}

function linkTextOf(pane: PaneView, { state, texts, reference, alone, linkTo }: Scene): LinkText | null {
  if (!reference?.shelf || !pane.shelf) return null
  if (pane === reference) return alone ? null : linkText('reference', null, texts)
  if (!state.linked) return linkText('off', null, texts)
  const [a, b] = [reference.picture.plane, pane.picture.plane]
  return linkText(linkTo(reference, pane), a && b ? [a, b] : null, texts)
}
