import type { Client } from '../../api/client'
import { Library, stream } from '../../images'
import { routeOf } from '../../route'
import { hangCase } from '../../series/hanging'
import { outward } from '../../series/order'
import { firstShown } from '../../series/stacks'
import { locationOn } from '../panes/rings'
import { sliceAt } from '../panes/pane-view'

/** Slices of each series that a reader sees or reaches first. */
const N_FIRST = 7

/**
 * Fetches what the next case will show first, so that it is there when the case is opened; false where images that
 * the reader looks at came in between. Rejects where the server refuses, because it is not open to the reader yet.
 */
export async function fetchAhead(client: Client, address: string): Promise<boolean> {
  const route = routeOf(address)
  if (route.page !== 'case') return true
  const theCase = await client.case(route)
  const library = new Library(client, theCase.series)
  const [lesion = null] = theCase.lesions
  for (const key of hangCase(theCase)) {
    const shelves = key ? await library.load(key) : []
    const shelf = shelves[firstShown(shelves.map(({ stack }) => stack))]
    if (!shelf) continue
    const { frames } = shelf.stack
    const from = sliceAt(shelf.stack, locationOn(lesion, shelf)?.position_mm ?? null)
    const first = outward(frames.length, from).slice(0, N_FIRST)
    const mayGoOn = await stream(first.flatMap((at) => frames[at]?.imageId ?? []), { ifRoom: true, ifIdle: true })
    if (!mayGoOn) return false
  }
  return true
}
