import { carry, type Link } from '../../geometry/links'
import { seriesLink } from '../../geometry/series-links'
import type { Vec3 } from '../../geometry/vector'
import { forgetOldFrames, Library, type Shelf } from '../../images'
import type { Measurement } from '../../reading/verdict'
import { N_PANES, neighbour } from '../../series/hanging'
import { nearestSlice } from '../../series/stacks'
import { focusPane, hangSeries, knownLinks, lesionOf, maximise, rowsOf, type Workspace } from '../../workspace/state'
import { watch } from '../../workspace/store'
import type { Context } from '../context'
import { h } from '../dom'
import { bodyOf } from './body'
import { Bringing, type Sight } from './bringing'
import { Cine, type Reel } from './cine'
import { bringIntoView, fitAll } from './fitting'
import type { CanvasPoint, Drag } from './gestures'
import { dragOf } from './hands'
import { keepSize } from './keep-size'
import { Magnifier } from './magnifier'
import { presetTexts, reachOf } from './pane-texts'
import { PaneView, sliceAt, type PaneListener } from './pane-view'
import { drawingsOf, textsOf, type Scene } from './presenting'
import { locationOn } from './rings'

/** What the deck tells the page about hands on the images. */
export interface DeckListener {
  measured(measurement: Measurement, shelf: Shelf): void
  /** The drag of the tool in hand; null where it is none of the page's. */
  drawing(pane: PaneView, point: CanvasPoint): Drag | null
  /** The reader wants to correct by landmarks how the focused series lies to others. */
  correct?(): void
  /** Called each time when all images of the visit are in memory. */
  complete(): void
  /** What a pane draws where it is not what the page shows as a whole: one of two reads. */
  stateOn?(pane: PaneView, state: Workspace): Workspace
  /** Where a pane looks for the chosen lesion, where somebody said so; null for where it is expected. */
  pointOn?(pane: PaneView, shelf: Shelf): Vec3 | null
}

/** The four panes, moving together in patient space. */
export class Deck {
  readonly element = h('div', { class: 'deck' })
  readonly panes: readonly PaneView[]
  readonly bringing: Bringing
  readonly cine: Cine
  readonly magnifier = new Magnifier()
  readonly library: Library
  private readonly endings: (() => void)[] = []
  private cursor: Scene['cursor'] = null
  private draft: Scene['draft'] = null
  private opened = false
  private ended = false

  constructor(
    private readonly context: Context,
    private readonly listener: DeckListener,
  ) {
    const { store, client, language, windows } = context
    const theCase = store.get().case
    this.library = new Library(client, theCase.series)
    this.bringing = new Bringing(this.library, () => this.sight(), () => listener.complete())
    this.cine = new Cine(() => this.reel(), () => this.redraw())
    this.panes = Array.from({ length: N_PANES }, (_, n) => new PaneView(n, theCase, windows, this.listenerOf(n)))
    this.element.append(...this.panes.map(({ element }) => element))
    this.endings.push(
      watch(language, (now) => [now], () => this.panes.forEach((pane) => pane.speak(language.get()))),
      watch(store, ({ hanging }) => [hanging], () => this.hang()),
      watch(store, ({ focused, maximised, tool, hanging }) => [focused, maximised, tool, hanging], () => this.arrange()),
      store.subscribe((state, before) => {
        if (state.focused !== before.focused || state.hanging !== before.hanging || state.layout !== before.layout) this.cine.stop()
        if (state.lesionId !== before.lesionId || state.lesions !== before.lesions) this.lookAtLesion()
        this.redraw()
      }),
      language.subscribe(() => this.redraw()),
      keepSize(this.panes.map(({ element }) => element)),
    )
  }

  get focused(): PaneView | null {
    return this.panes[this.state.focused] ?? null
  }

  /** Moves the focused pane by slices and lets the linked ones follow. */
  scroll(by: number): void {
    if (this.focused) this.scrollTo(this.focused.picture.target + by)
  }

  scrollToEnd(last: boolean): void {
    this.scrollTo(last ? Infinity : 0)
  }

  scrollTo(index: number): void {
    this.cine.stop()
    if (this.focused) void this.scrollPane(this.focused, index)
  }

  /** Begins the magnifier where the pointer is, else at the chosen lesion, else in the middle of the focused pane. */
  magnify(): void {
    const pane = this.focused
    if (!pane?.picture.stack) return
    const { picture } = pane
    const point = this.lesionPoint(pane)
    const middle: CanvasPoint = [picture.element.clientWidth / 2, picture.element.clientHeight / 2]
    this.magnifier.hold({ pane, at: (point && picture.toCanvas(point)) ?? middle })
  }

  zoom(factor: number): void {
    const pane = this.focused
    const mm = pane?.picture.mmPerPixel
    if (!pane || !mm) return
    pane.picture.setMmPerPixel(mm * factor)
    this.followView(pane)
  }

  /** Another b-value in the focused pane, or in the one diffusion pane. */
  stepStack(by: number): void {
    const here = this.focused
    const pane = here && here.shelves.length > 1 ? here : this.panes.find(({ shelves }) => shelves.length > 1)
    if (!pane) return
    const next = Math.max(0, Math.min(pane.shelves.length - 1, pane.stackIndex + by))
    if (next !== pane.stackIndex) void pane.openStack(next).then(() => this.bringing.soon())
  }

  /** The next series of the same reading step in the focused pane. */
  stepSeries(by: number): void {
    this.context.store.update((state) => {
      const key = state.hanging[state.focused]
      return key ? hangSeries(state, state.focused, neighbour(state.case.series, key, by)) : state
    })
  }

  nextPreset(): void {
    const pane = this.focused
    const presets = pane?.presets ?? []
    if (!pane || presets.length === 0) return
    const texts = presetTexts(presets, pane.picture.window, pane.whole, this.context.texts())
    const at = texts.findIndex(({ chosen }) => chosen)
    const next = presets[(at + 1) % presets.length]
    if (next) pane.choosePreset(next.name)
  }

  invert(): void {
    const picture = this.focused?.picture
    if (picture?.stack) picture.setInverted(!picture.inverted)
  }

  resetView(): void {
    this.focused?.resetWindow()
    this.fit()
  }

  /** Every pane to the chosen lesion, by the position the server gives for its series. */
  lookAtLesion(): void {
    for (const pane of this.panes) {
      const point = this.lesionPoint(pane)
      const { stack } = pane.picture
      if (!point || !stack) continue
      void pane.scrollTo(sliceAt(stack, point)).then(() => bringIntoView(pane, point))
    }
    this.bringing.soon()
  }

  /** Shows where a lesion is on one series, in the focused pane. */
  showSeries(key: string): void {
    const at = this.state.hanging.indexOf(key)
    this.context.store.update((state) => (at >= 0 ? focusPane(state, at) : hangSeries(state, state.focused, key)))
  }

  destroy(): void {
    this.ended = true
    this.bringing.end()
    this.cine.stop()
    this.magnifier.release()
    forgetOldFrames()
    for (const end of this.endings) end()
    for (const pane of this.panes) pane.destroy()
  }

  private get state(): Workspace {
    return this.context.store.get()
  }

  private get visible(): PaneView[] {
    const { maximised, focused } = this.state
    return this.panes.filter(({ n, picture }) => picture.stack !== null && (!maximised || n === focused))
  }

  private sight(): Sight {
    const beside = this.visible.filter((pane) => pane !== this.focused)
    const shown = this.focused?.picture.stack ? [this.focused, ...beside] : beside
    return { state: this.state, shown, pointOn: (shelf) => this.pointOn(shelf) }
  }

  private linkTo(from: PaneView, to: PaneView): Link {
    return seriesLink(knownLinks(this.state), from.shelf?.series ?? null, to.shelf?.series ?? null)
  }

  private async hang(): Promise<void> {
    const { hanging } = this.state
    const anchor = this.focused?.picture.stack ? this.focused : null
    const point = anchor?.picture.centre ?? null
    const moving = this.panes.filter((pane, n) => this.hungKey(pane) !== hanging[n])
    const mm = this.visible.find(({ picture }) => picture.mmPerPixel)?.picture.mmPerPixel ?? null
    await Promise.all(moving.map((pane) => this.hangPane(pane, hanging[pane.n] ?? null, anchor, point)))
    if (this.ended) return
    if (this.opened && mm) moving.forEach((pane) => this.placeLike(pane, mm))
    else this.fit()
    this.opened = true
    this.redraw()
    this.bringing.soon()
  }

  private readonly hung = new Map<PaneView, string | null>()

  private hungKey(pane: PaneView): string | null | undefined {
    return this.hung.get(pane)
  }

  private async hangPane(pane: PaneView, key: string | null, anchor: PaneView | null, point: Vec3 | null): Promise<void> {
    this.hung.set(pane, key)
    if (!key) return pane.empty()
    const from = anchor?.shelf?.series ?? null
    const aim = (shelf: Shelf): number => {
      const link = seriesLink(knownLinks(this.state), from, shelf.series)
      const carried = point && carry(link, point)
      return sliceAt(shelf.stack, this.listener.pointOn?.(pane, shelf) ?? this.pointOn(shelf) ?? carried)
    }
    await pane.open(this.library.load(key), aim)
  }

  private pointOn(shelf: Shelf | null): Vec3 | null {
    return locationOn(lesionOf(this.state), shelf)?.position_mm ?? null
  }

  private lesionPoint(pane: PaneView): Vec3 | null {
    const said = pane.shelf && this.listener.pointOn?.(pane, pane.shelf)
    return said ?? this.pointOn(pane.shelf)
  }

  private fit(): void {
    fitAll(this.panes.filter(({ picture }) => picture.stack), this.focused, (from, to, point) => carry(this.linkTo(from, to), point))
  }

  private placeLike(pane: PaneView, mm: number): void {
    if (!pane.picture.stack) return
    pane.picture.setMmPerPixel(mm)
    const other = this.visible.find((one) => one !== pane && this.carried(one, pane) !== null)
    const body = bodyOf(pane)
    const point = other ? this.carried(other, pane) : body?.centre
    if (point) pane.picture.centreOn(point)
  }

  private carried(from: PaneView, to: PaneView): Vec3 | null {
    const { centre } = from.picture
    return centre && carry(this.linkTo(from, to), centre)
  }

  private async scrollPane(pane: PaneView, index: number): Promise<boolean> {
    const moved = await pane.scrollTo(index)
    if (!moved) return false
    this.follow(pane)
    this.bringing.soon()
    return true
  }

  private reel(): Reel | null {
    const pane = this.focused
    const { stack, index } = pane?.picture ?? {}
    return pane && stack && index !== undefined ? { index, length: stack.frames.length, show: (at) => this.scrollPane(pane, at) } : null
  }

  /** Linked panes go to the slice nearest to the middle of the one that moved. */
  private follow(leader: PaneView): void {
    const { centre } = leader.picture
    if (!this.state.linked || !centre) return
    for (const pane of this.visible) {
      if (pane === leader || !pane.picture.stack || !pane.shelf) continue
      const point = carry(this.linkTo(leader, pane), centre)
      const nearest = point && nearestSlice(pane.picture.stack, point)
      if (nearest && nearest.distanceMm <= 2 * reachOf(pane.shelf)) void pane.scrollTo(nearest.index)
    }
  }

  /** Linked panes keep the same scale and look at the same place. */
  private followView(leader: PaneView): void {
    const mm = leader.picture.mmPerPixel
    if (!this.state.linked || !mm) return
    for (const pane of this.visible) {
      if (pane === leader) continue
      pane.picture.setMmPerPixel(mm)
      const point = this.carried(leader, pane)
      if (point) pane.picture.centreOn(point)
    }
  }

  private arrange(): void {
    const { focused, maximised, tool } = this.state
    this.element.dataset.tool = tool
    this.element.dataset.rows = String(rowsOf(this.state))
    for (const { n, element } of this.panes) {
      element.classList.toggle('focused', n === focused)
      element.classList.toggle('maximised', maximised && n === focused)
    }
  }

  private redraw(): void {
    const scene = this.scene()
    for (const pane of this.panes) this.drawPane(pane, scene)
  }

  private redrawPane(pane: PaneView): void {
    this.drawPane(pane, this.scene())
  }

  private drawPane(pane: PaneView, scene: Scene): void {
    const own = this.listener.stateOn ? { ...scene, state: this.listener.stateOn(pane, scene.state) } : scene
    pane.show(textsOf(pane, own), drawingsOf(pane, own))
    this.magnifier.redraw(pane)
  }

  private scene(): Scene {
    return {
      state: this.state,
      texts: this.context.texts(),
      language: this.context.language.get(),
      reference: this.focused,
      alone: this.visible.length < 2,
      linkTo: (from, to) => this.linkTo(from, to),
      cursor: this.cursor,
      running: this.cine.running,
      draft: this.draft,
    }
  }

  private listenerOf(n: number): PaneListener {
    const pane = (): PaneView => this.panes[n] as PaneView
    return {
      press: (point, event) => this.press(pane(), point, event),
      hover: (point) => this.hover(pane(), point),
      scroll: (slices) => {
        this.context.store.update((state) => focusPane(state, n))
        this.scroll(slices)
      },
      zoom: (factor) => {
        this.context.store.update((state) => focusPane(state, n))
        this.zoom(factor)
      },
      full: () => this.context.store.update((state) => maximise(state, n)),
      play: () => {
        this.context.store.update((state) => focusPane(state, n))
        this.cine.toggle()
      },
      chooseSeries: (key) => this.context.store.update((state) => hangSeries(state, n, key)),
      correct: () => {
        this.context.store.update((state) => focusPane(state, n))
        this.listener.correct?.()
      },
      chooseStack: (index) => void pane().openStack(index).then(() => this.bringing.soon()),
      drawn: () => this.panes[n] && this.redrawPane(pane()),
    }
  }

  private hover(pane: PaneView, point: CanvasPoint | null): void {
    const world = point && pane.picture.toWorld(point)
    this.cursor = world ? { pane, point: world } : null
    this.magnifier.point(point && { pane, at: point })
    this.redraw()
  }

  private press(pane: PaneView, point: CanvasPoint, event: PointerEvent): Drag | null {
    this.context.store.update((state) => focusPane(state, pane.n))
    return dragOf(pane, point, event, {
      state: this.state,
      zoom: (factor) => this.zoom(factor),
      panned: (moved) => this.followView(moved),
      drawing: (over, at) => this.listener.drawing(over, at),
      drafted: (draft) => {
        this.draft = draft
        this.redraw()
      },
      measured: (measurement, shelf) => this.listener.measured(measurement, shelf),
    })
  }
}
