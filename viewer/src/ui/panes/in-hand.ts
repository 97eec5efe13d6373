import type { AdcRegion } from '../../api/client'
import { distanceToPlane } from '../../geometry/plane'
import type { Vec3 } from '../../geometry/vector'
import type { Shelf } from '../../images'
import { imageKey } from '../../reading/entries'
import { outlineOf } from '../../reading/region'
import type { Text } from '../../text/en'
import { onPlane, type Hand } from '../../workspace/hand'
import type { Workspace } from '../../workspace/state'
import { decimals } from '../numbers'
import type { Drawings, Outline } from './drawings'
import { findingFor } from './measuring'
import { reachOf } from './pane-texts'
import type { PaneView } from './pane-view'
import type { Scene } from './presenting'

/** What is being drawn by keyboard on this pane, on the slice it shows. */
export function handOn(pane: PaneView, { hand }: Workspace): Hand | null {
  const { plane } = pane.picture
  return hand && hand.pane === pane.n && plane ? onPlane(hand, plane) : null
}

/** Regions on the shown slice: the one in hand, the one offered for the ADC map, and the one kept with the finding. */
export function outlinesOn(pane: PaneView, shelf: Shelf, hand: Hand | null, { state }: Scene): Outline[] {
  const { plane } = pane.picture
  if (!plane) return []
  const drafted = hand?.shape === 'ellipse' ? outlineOf(hand, plane) : null
  const kept = state.offer ? null : (findingFor(state, shelf)?.adc ?? null)
  return [
    ...(drafted ? drawn(pane, drafted, '', true) : []),
    ...regionOn(pane, shelf, state.offer?.region ?? null, true),
    ...regionOn(pane, shelf, kept, false),
  ]
}

/** Where the point in hand is. */
export function spotOn(pane: PaneView, hand: Hand | null, { state, texts }: Scene): Drawings['spot'] {
  const at = hand?.shape === 'point' ? pane.picture.toCanvas(hand.at) : null
  const landmark = state.landmarks && texts.landmarks.spot(state.landmarks.pairs.length + 1)
  return at && { at, label: landmark ?? (state.tool === 'mark' ? texts.hand.mark : texts.hand.place) }
}

/** Says on an image that it is kept with the read. */
export function keyImageText({ picture: { frame } }: PaneView, { keyImages }: Workspace, texts: Text): string {
  return frame && keyImages.has(imageKey({ sopUid: frame.sopUid, frame: frame.number })) ? ` · ★ ${texts.keyImages.one}` : ''
}

/** Mean and deviation of a region, as they stand beside it and in the form. */
export const regionText = ({ mean, sd }: AdcRegion): string => `${decimals(mean, 0)} ± ${decimals(sd, 0)}`

function regionOn(pane: PaneView, { series, stack }: Shelf, region: AdcRegion | null, draft: boolean): Outline[] {
  const { plane } = pane.picture
  if (!region || !plane || region.series_uid !== series.series_uid) return []
  const corners = region.outline_mm as unknown as readonly Vec3[]
  const [first] = corners
  if (!first || Math.abs(distanceToPlane(first, plane)) > reachOf({ series, stack })) return []
  return drawn(pane, corners, `ADC ${regionText(region)}`, draft)
}

function drawn(pane: PaneView, corners: readonly Vec3[], label: string, draft: boolean): Outline[] {
  const points = corners.map((corner) => pane.picture.toCanvas(corner))
  return points.every((point) => point !== null) ? [{ corners: points, label, draft }] : []
}
