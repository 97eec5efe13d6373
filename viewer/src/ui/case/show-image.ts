import type { Case } from '../../api/client'
import type { Deck } from '../panes/deck'

/** One image as a read names it. */
export interface ImagePlace {
  readonly series_uid: string
  readonly sop_instance_uid: string
  readonly frame?: number
}

/** Shows one image: in the pane where its series hangs, else in the focused one. */
export async function showImage(deck: Deck, { series }: Case, { series_uid: uid, sop_instance_uid: sop, frame: number = 1 }: ImagePlace): Promise<void> {
  const wanted = series.find(({ series_uid }) => series_uid === uid)
  if (!wanted) return
  deck.showSeries(wanted.key)
  const pane = deck.focused
  while (pane?.busy) await new Promise(requestAnimationFrame)
  const at = pane?.shelves.findIndex(({ stack, series: on }) => on.series_uid === uid && stack.frames.some((one) => one.sopUid === sop && one.number === number)) ?? -1
  const found = pane?.shelves[at]
  if (!pane || !found) return
  if (pane.stackIndex !== at) await pane.openStack(at)
  await pane.scrollTo(found.stack.frames.findIndex((one) => one.sopUid === sop && one.number === number))
}
