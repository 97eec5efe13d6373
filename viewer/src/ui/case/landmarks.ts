import { carry } from '../../geometry/links'
import { seriesLink } from '../../geometry/series-links'
import type { Vec3 } from '../../geometry/vector'
import { onPlane } from '../../workspace/hand'
import type { Stroke } from '../../workspace/keymap'
import { entryOf, goOnWith, NO_LANDMARKS, partnerOf, withoutLast, withPoint, type Landmarks } from '../../workspace/landmarks'
import { knownLinks, lesionOf, letGo, mayRead, type Workspace } from '../../workspace/state'
import type { Context } from '../context'
import type { Deck } from '../panes/deck'
import type { PaneView } from '../panes/pane-view'
import { locationOn } from '../panes/rings'

/** The reader's correction of how two series lie to each other, pair by pair, by mouse and by keyboard. */
export class Landmarking {
  constructor(
    private readonly context: Context,
    private readonly deck: () => Deck,
  ) {}

  /**
   * Takes the tool in hand: with the pairs that are kept of the focused series and one that hangs beside it, or with
   * none. Asked for once more it sets the next point by keyboard, and with a point in hand it puts the tool down.
   */
  start(): void {
    const state = this.state
    const pane = this.deck().focused
    if (!mayRead(state)) return
    if (state.tool === 'landmark' && state.hand) return this.update(letGo)
    if (!pane?.picture.plane || !pane.picture.frame?.spacing) return this.update((now) => ({ ...letGo(now), notice: 'no-position-in-space' }))
    const landmarks = state.landmarks ?? this.kept(pane) ?? NO_LANDMARKS
    this.update((now) => ({ ...letGo(now), tool: 'landmark', landmarks, marks: true }))
    this.takeInHand(pane)
  }

  /** Obeys a key of the tool that no point in hand needs; false for all others. */
  key({ key, shiftKey }: Stroke): boolean {
    const { tool, hand, landmarks } = this.state
    if (tool !== 'landmark' || !landmarks || shiftKey) return false
    if (key === 'Backspace' || key === 'Delete') this.takeBack()
    else if (key === 'Enter' && !hand) this.keep()
    else return false
    return true
  }

  /** Sets a point on the series of a pane and asks for its other one. */
  point(pane: PaneView, at: Vec3): void {
    const { landmarks } = this.state
    const series = pane.shelf?.series
    if (!landmarks || !series) return
    const next = withPoint(landmarks, series.series_uid, at)
    if (!next) return this.update((state) => ({ ...state, hand: null, notice: 'landmark-elsewhere' }))
    this.update((state) => ({ ...state, hand: null, notice: null, landmarks: next }))
    const partner = next.open && this.partner(next, pane)
    if (partner) this.takeInHand(partner, pane)
  }

  takeBack(): void {
    this.update((state) => (state.landmarks ? { ...state, hand: null, landmarks: withoutLast(state.landmarks) } : state))
  }

  /** Keeps the pairs with the read; without any, the correction that was kept is taken back. */
  keep(): void {
    const { landmarks } = this.state
    const entry = landmarks && entryOf(landmarks)
    if (!entry) return
    this.update(letGo)
    this.context.put(entry)
  }

  leave(): void {
    this.update(letGo)
  }

  private get state(): Workspace {
    return this.context.store.get()
  }

  private update(change: (state: Workspace) => Workspace): void {
    this.context.store.update(change)
  }

  private kept({ shelf }: PaneView): Landmarks | null {
    const { corrections, case: theCase } = this.state
    const shown = this.deck().panes.map((pane) => pane.shelf?.series.series_uid)
    const own = shelf?.series.series_uid
    const found = corrections.findLast(
      ({ timepoint, from_series_uid: from, to_series_uid: to }) =>
        timepoint === theCase.timepoint.code && (from === own || to === own) && shown.includes(from) && shown.includes(to),
    )
    return found ? goOnWith(found) : null
  }

  private partner(landmarks: Landmarks, { shelf, n }: PaneView): PaneView | null {
    const own = shelf?.series.series_uid ?? ''
    const wanted = partnerOf(landmarks, own)
    const { panes } = this.deck()
    const after = [...panes.slice(n + 1), ...panes.slice(0, n)]
    const fits = (pane: PaneView): boolean => pane.shelf !== null && pane.shelf.series.series_uid !== own && (!wanted || pane.shelf.series.series_uid === wanted)
    return after.find(fits) ?? null
  }

  /** A point to move by keyboard: where the other pane's point would lie by what is known, else at the lesion. */
  private takeInHand(pane: PaneView, from?: PaneView): void {
    const { picture, shelf } = pane
    const { open } = this.state.landmarks ?? NO_LANDMARKS
    const { plane, centre } = picture
    const carried = open && from ? carry(seriesLink(knownLinks(this.state), from.shelf?.series ?? null, shelf?.series ?? null), open.at) : null
    const at = carried ?? locationOn(lesionOf(this.state), shelf)?.position_mm ?? centre
    if (!plane || !at) return
    this.update((state) => ({ ...state, focused: pane.n, hand: onPlane({ shape: 'point', pane: pane.n, at }, plane) }))
  }
}
