import { drawsOnCpu } from '../../images'
import type { Command } from '../../workspace/keymap'
import { lesionOf, withoutTiles, type Layout } from '../../workspace/state'
import type { Context } from '../context'
import { h, setText } from '../dom'
import type { Deck } from './deck'
import { PlaneDeck } from './plane-deck'
import { locationOn } from './rings'
import { TileDeck } from './tile-deck'

/** What lies over the four panes: three planes of a volume, or tiles of successive slices. */
export class Over {
  private planes: PlaneDeck | null = null
  private tiles: TileDeck | null = null
  private readonly notice = h('p', { class: 'notice', role: 'alert' })
  private readonly noPlanes = h('div', { class: 'planes' }, this.notice)
  private readonly ending: () => void

  constructor(
    private readonly context: Context,
    private readonly stage: HTMLElement,
    private readonly deck: () => Deck,
  ) {
    this.ending = context.store.subscribe((state, before) => {
      if (state.layout !== before.layout || state.tilesAcross !== before.tilesAcross) this.show(state.layout)
    })
  }

  /** Obeys commands that mean something else here; false leaves them to the panes. */
  obey(command: Command): boolean {
    return this.planes?.obey(command) ?? this.tilesObey(command)
  }

  end(): void {
    this.ending()
    this.clear()
  }

  private clear(): void {
    this.planes?.destroy()
    this.tiles?.destroy()
    this.planes = this.tiles = null
    this.noPlanes.remove()
  }

  private show(layout: Layout): void {
    const { tiles } = this
    const { focused } = this.deck()
    if (tiles) this.deck().scrollTo(tiles.index)
    this.clear()
    if (!focused?.shelf) return
    if (layout === 'mpr' && drawsOnCpu()) {
      setText(this.notice, this.context.texts().mpr.cpu)
      this.stage.append(this.noPlanes)
    }
    if (layout === 'mpr' && !drawsOnCpu()) this.showPlanes()
    if (layout === 'tiles') {
      this.tiles = new TileDeck(this.context, focused, focused.shelf, this.context.store.get().tilesAcross, (index) => this.leaveTiles(index))
      this.stage.append(this.tiles.element)
    }
  }

  /** Three planes of the focused pane's volume. */
  private showPlanes(): void {
    const { focused } = this.deck()
    const centre = focused?.picture.centre
    const window = focused?.picture.window
    if (!focused?.shelf || !centre || !window) return
    const lesion = locationOn(lesionOf(this.context.store.get()), focused.shelf)?.position_mm
    this.planes = new PlaneDeck(this.context, focused.shelf, lesion ?? centre, window, focused.picture.mmPerPixel ?? 1)
    this.stage.append(this.planes.element)
    void this.planes.open()
  }

  private tilesObey(command: Command): boolean {
    if (!this.tiles) return false
    if (command.do === 'scroll') this.tiles.scroll(command.by)
    else if (command.do === 'first-slice' || command.do === 'last-slice') this.tiles.scrollToEnd(command.do === 'last-slice')
    else return false
    return true
  }

  private leaveTiles(index: number): void {
    this.tiles?.scroll(index - this.tiles.index)
    this.context.store.update(withoutTiles)
  }
}
