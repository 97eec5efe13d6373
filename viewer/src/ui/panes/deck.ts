import { linkBetween, carry, type Link } from '../../geometry/links'
import { distanceToPlane, type Plane } from '../../geometry/plane'
import { distance, type Vec3 } from '../../geometry/vector'
import { drawsOnCpu, Library, resizeImages, stream, type Shelf, type Wish } from '../../images'
import type { Measurement } from '../../reading/verdict'
import { bodyBox } from '../../series/body'
import { earlierTimepoint, hangComparison, N_PANES, neighbour } from '../../series/hanging'
import { nearestSlice } from '../../series/stacks'
import { dragged } from '../../series/windows'
import { WindowMemory } from '../../series/window-memory'
import { focusPane, hangSeries, lesionOf, maximise, type Workspace } from '../../workspace/state'
import { watch } from '../../workspace/store'
import type { Context } from '../context'
import { h } from '../dom'
import { decimals, mmText } from '../numbers'
import type { CornerTexts, LinkText } from './corners'
import type { Drawings } from './drawings'
import type { CanvasPoint, Drag } from './gestures'
import { endsOn, gripAt, isLength, judgedOn, type Ends } from './measuring'
import { bValueTexts, lettersOf, linkText, placeText, presetTexts, reachOf, sliceText, warningsOf, windowText } from './pane-texts'
import { PaneView, sliceAt, type PaneListener } from './pane-view'
import { locationOn, ringsOn } from './rings'

/** What the deck tells the page about hands on the images. */
export interface DeckListener {
  measured(measurement: Measurement, shelf: Shelf): void
  placed(position: Vec3, pane: PaneView): void
}

/** Room left around the body when a picture is fitted. */
const FIT_MARGIN = 1.06
/** Slices are streamed anew when the reader has stayed this long. */
const SETTLE_MS = 60

/** The four panes, moving together in patient space. */
export class Deck {
  readonly element = h('div', { class: 'deck' })
  readonly panes: readonly PaneView[]
  private readonly library: Library
  private readonly endings: (() => void)[] = []
  private cursor: { pane: number; point: Vec3 } | null = null
  private draft: { pane: number; ends: Ends } | null = null
  private settling = 0
  private opened = false

  constructor(
    private readonly context: Context,
    private readonly listener: DeckListener,
  ) {
    const { store, client, language } = context
    const theCase = store.get().case
    const windows = new WindowMemory(localStorage)
    this.library = new Library(client, theCase.series)
    this.panes = Array.from({ length: N_PANES }, (_, n) => new PaneView(n, theCase, windows, this.listenerOf(n)))
    this.element.append(...this.panes.map(({ element }) => element))
    this.endings.push(
      watch(language, (now) => [now], () => this.panes.forEach((pane) => pane.speak(language.get()))),
      watch(store, ({ hanging }) => [hanging], () => this.hang()),
      watch(store, ({ focused, maximised, layout, tool }) => [focused, maximised, layout, tool], () => this.arrange()),
      store.subscribe((state, before) => {
        if (state.lesionId !== before.lesionId || state.lesions !== before.lesions) this.lookAtLesion()
        this.redraw()
      }),
      language.subscribe(() => this.redraw()),
      this.keepSize(),
    )
  }

  get focused(): PaneView | null {
    return this.panes[this.state.focused] ?? null
  }

  /** Moves the focused pane by slices and lets the linked ones follow. */
  scroll(by: number): void {
    const pane = this.focused
    if (pane) void this.scrollPane(pane, pane.picture.target + by)
  }

  scrollToEnd(last: boolean): void {
    const pane = this.focused
    if (pane) void this.scrollPane(pane, last ? Infinity : 0)
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
    if (next !== pane.stackIndex) void pane.openStack(next).then(() => this.settle())
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
    const texts = presetTexts(presets, pane.picture.window, this.context.texts())
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
      void pane.scrollTo(sliceAt(stack, point)).then(() => this.bringIntoView(pane, point))
    }
    this.settle()
  }

  /** Shows where a lesion is on one series, in the focused pane. */
  showSeries(key: string): void {
    const at = this.state.hanging.indexOf(key)
    this.context.store.update((state) => (at >= 0 ? focusPane(state, at) : hangSeries(state, state.focused, key)))
  }

  destroy(): void {
    clearTimeout(this.settling)
    stream([])
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

  private linkTo(from: PaneView, to: PaneView): Link {
    const frame = (pane: PaneView): string | null => pane.shelf?.series.frame_of_reference_uid ?? null
    const same = from.shelf?.series.series_uid === to.shelf?.series.series_uid
    const [a, b] = [frame(from), frame(to)]
    return same && a === null ? linkBetween([], 'series', 'series') : linkBetween(this.state.case.links, a, b)
  }

  private async hang(): Promise<void> {
    const { hanging } = this.state
    const anchor = this.focused?.picture.stack ? this.focused : null
    const point = anchor?.picture.centre ?? null
    const moving = this.panes.filter((pane, n) => this.hungKey(pane) !== hanging[n])
    const mm = this.visible.find(({ picture }) => picture.mmPerPixel)?.picture.mmPerPixel ?? null
    await Promise.all(moving.map((pane) => this.hangPane(pane, hanging[pane.n] ?? null, anchor, point)))
    if (this.opened && mm) moving.forEach((pane) => this.placeLike(pane, mm))
    else this.fit()
    this.opened = true
    this.redraw()
    this.settle()
  }

  private readonly hung = new Map<PaneView, string | null>()

  private hungKey(pane: PaneView): string | null | undefined {
    return this.hung.get(pane)
  }

  private async hangPane(pane: PaneView, key: string | null, anchor: PaneView | null, point: Vec3 | null): Promise<void> {
    this.hung.set(pane, key)
    if (!key) return pane.empty()
    const from = anchor?.shelf?.series.frame_of_reference_uid ?? null
    const aim = (shelf: Shelf): number => {
      const link = linkBetween(this.state.case.links, from, shelf.series.frame_of_reference_uid)
      const carried = point && carry(link, point)
      return sliceAt(shelf.stack, this.pointOn(shelf) ?? carried)
    }
    await pane.open(this.library.load(key), aim)
  }

  private pointOn(shelf: Shelf | null): Vec3 | null {
    return locationOn(lesionOf(this.state), shelf)?.position_mm ?? null
  }

  private lesionPoint(pane: PaneView): Vec3 | null {
    return this.pointOn(pane.shelf)
  }

  /** One physical scale for all panes, as large as fits the bodies they show. */
  private fit(): void {
    const panes = this.panes.filter(({ picture }) => picture.stack)
    const bodies = panes.map((pane) => ({ pane, body: bodyOf(pane) }))
    const wanted = bodies.flatMap(({ body }) => (body ? [body.mmPerPixel] : []))
    if (wanted.length === 0) return
    const mm = Math.max(...wanted) * FIT_MARGIN
    for (const { pane, body } of bodies) {
      pane.picture.setMmPerPixel(mm)
      if (body) pane.picture.centreOn(body.centre)
    }
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

  private async scrollPane(pane: PaneView, index: number): Promise<void> {
    const moved = await pane.scrollTo(index)
    if (!moved) return
    this.follow(pane)
    this.settle()
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

  private bringIntoView(pane: PaneView, point: Vec3): void {
    const at = pane.picture.toCanvas(point)
    const { clientWidth: width, clientHeight: height } = pane.picture.element
    const edge = Math.min(width, height) * 0.12
    const inView = at && at[0] > edge && at[1] > edge && at[0] < width - edge && at[1] < height - edge
    if (!inView) pane.picture.centreOn(point)
  }

  private settle(): void {
    clearTimeout(this.settling)
    this.settling = window.setTimeout(() => void this.streamAround(), SETTLE_MS)
  }

  /** What is looked at first, then the other b-values, then the baseline that P would show. */
  private async streamAround(): Promise<void> {
    const order = [this.focused, ...this.visible.filter((pane) => pane !== this.focused)]
    const shown = order.flatMap((pane) => (pane?.shelf ? [{ pane, shelf: pane.shelf }] : []))
    const near = shown.map(({ pane, shelf }) => wishOf(shelf, pane.picture.target))
    const others = shown.flatMap(({ pane }) => pane.shelves.filter((shelf) => shelf !== pane.shelf).map((shelf) => wishOf(shelf, pane.picture.target)))
    stream([...near, ...others])
    const later = await this.comparedShelves().catch(() => [])
    stream([...near, ...others, ...later.map((shelf) => wishOf(shelf, sliceAt(shelf.stack, this.pointOn(shelf))))])
  }

  private async comparedShelves(): Promise<Shelf[]> {
    const { case: theCase, hanging, layout, focused } = this.state
    const earlier = earlierTimepoint(theCase)
    if (!earlier || layout !== 'hung') return []
    const keys = hangComparison(hanging, focused, earlier, theCase.series).filter((key) => key !== null)
    const loaded = await Promise.all(keys.filter((key) => !hanging.includes(key)).map((key) => this.library.load(key)))
    return loaded.flat()
  }

  private arrange(): void {
    const { focused, maximised, layout, tool } = this.state
    this.element.dataset.tool = tool
    this.element.hidden = layout === 'mpr'
    for (const { n, element } of this.panes) {
      element.classList.toggle('focused', n === focused)
      element.classList.toggle('maximised', maximised && n === focused)
    }
  }

  private redraw(): void {
    for (const pane of this.panes) pane.show(this.textsOf(pane), this.drawingsOf(pane))
  }

  private textsOf(pane: PaneView): CornerTexts {
    const texts = this.context.texts()
    const { picture, shelf } = pane
    const key = this.state.hanging[pane.n] ?? null
    const problem = pane.problem && (pane.problem === 'series' ? texts.pane.failedSeries : texts.pane.failed)
    if (!shelf) return { ...EMPTY_TEXTS, seriesKey: key, problem: problem ?? (key ? null : texts.pane.empty) }
    const lesion = lesionOf(this.state)
    const hover = this.cursor?.pane === pane.n ? this.cursor.point : null
    const value = hover && picture.valueAt(hover)
    const mm = picture.mmPerPixel
    return {
      seriesKey: key,
      inStep: shelf.series.sequence === this.state.sequence && shelf.series.timepoint === this.state.case.timepoint.code,
      slice: sliceText(shelf, picture.index, texts),
      bValues: bValueTexts(pane.shelves, pane.stackIndex, texts),
      link: this.linkTextOf(pane),
      warnings: warningsOf(shelf, drawsOnCpu(), this.context.language.get(), texts),
      window: windowText(picture.window, picture.inverted, texts),
      presets: presetTexts(pane.presets, picture.window, texts),
      scale: mm ? texts.pane.scale(decimals(mm, 2)) : texts.pane.units,
      place: placeText(lesion, locationOn(lesion, shelf), picture.plane, texts),
      value: value === null ? '' : valueText(value, shelf),
      letters: lettersOf(picture.plane),
      problem,
    }
  }

  private linkTextOf(pane: PaneView): LinkText | null {
    const reference = this.focused
    const texts = this.context.texts()
    if (!reference?.shelf || !pane.shelf) return null
    if (pane === reference) return this.visible.length > 1 ? linkText('reference', null, texts) : null
    if (!this.state.linked) return linkText('off', null, texts)
    const [a, b] = [reference.picture.plane, pane.picture.plane]
    return linkText(this.linkTo(reference, pane), a && b ? [a, b] : null, texts)
  }

  private drawingsOf(pane: PaneView): Drawings {
    const { picture, shelf } = pane
    if (!shelf) return { rings: [], rulers: [], cursor: null }
    const drafted = this.draft?.pane === pane.n ? this.draft.ends : null
    const ends = drafted ? [drafted] : this.state.marks ? endsOn(this.state, picture, shelf) : []
    return {
      rings: this.state.marks ? ringsOn(this.state, picture, shelf) : [],
      rulers: ends.flatMap(([a, b]) => {
        const [from, to] = [picture.toCanvas(a), picture.toCanvas(b)]
        return from && to ? [{ ends: [from, to] as const, label: `${mmText(distance(a, b))} mm`, draft: drafted !== null }] : []
      }),
      cursor: this.cursorOn(pane),
    }
  }

  private cursorOn(pane: PaneView): Drawings['cursor'] {
    const from = this.cursor && this.panes[this.cursor.pane]
    const { plane } = pane.picture
    if (!this.cursor || !from || from === pane || !plane || !pane.shelf || !this.state.linked) return null
    const point = carry(this.linkTo(from, pane), this.cursor.point)
    const at = point && pane.picture.toCanvas(point)
    return at && { at, onPlane: Math.abs(distanceToPlane(point, plane)) <= reachOf(pane.shelf) }
  }

  private listenerOf(n: number): PaneListener {
    const pane = (): PaneView => this.panes[n] as PaneView
    return {
      press: (point, event) => this.press(pane(), point, event),
      hover: (point) => this.hover(pane(), point),
      scroll: (slices) => {
        this.context.store.update((state) => focusPane(state, n))
        void this.scrollPane(pane(), pane().picture.target + slices)
      },
      zoom: (factor) => {
        this.context.store.update((state) => focusPane(state, n))
        this.zoom(factor)
      },
      full: () => this.context.store.update((state) => maximise(state, n)),
      chooseSeries: (key) => this.context.store.update((state) => hangSeries(state, n, key)),
      chooseStack: (index) => void pane().openStack(index).then(() => this.settle()),
      drawn: () => this.panes[n] && pane().show(this.textsOf(pane()), this.drawingsOf(pane())),
    }
  }

  private hover(pane: PaneView, point: CanvasPoint | null): void {
    const world = point && pane.picture.toWorld(point)
    this.cursor = world ? { pane: pane.n, point: world } : null
    this.redraw()
  }

  private press(pane: PaneView, point: CanvasPoint, event: PointerEvent): Drag | null {
    this.context.store.update((state) => focusPane(state, pane.n))
    if (!pane.shelf) return null
    const { tool } = this.state
    if (event.button === 1 || (event.button === 0 && event.shiftKey)) return this.panDrag(pane)
    if (event.button === 2) return this.zoomDrag(pane)
    if (event.button !== 0) return null
    if (tool === 'place') return this.placeDrag(pane)
    const grip = this.state.marks ? gripAt(endsOn(this.state, pane.picture, pane.shelf), pane.picture, point) : null
    const from = grip?.fixed ?? (tool === 'length' ? pane.picture.toWorld(point) : null)
    return from ? this.lengthDrag(pane, from) : this.windowDrag(pane)
  }

  private windowDrag(pane: PaneView): Drag {
    return {
      move: (_point, dx, dy) => {
        const { window } = pane.picture
        if (window) pane.setWindow(dragged(window, dx, dy))
      },
      end: () => undefined,
    }
  }

  private panDrag(pane: PaneView): Drag {
    return {
      move: (_point, dx, dy) => {
        const { clientWidth: width, clientHeight: height } = pane.picture.element
        const centre = pane.picture.toWorld([width / 2 - dx, height / 2 - dy])
        if (centre) pane.picture.centreOn(centre)
        this.followView(pane)
      },
      end: () => undefined,
    }
  }

  private zoomDrag(pane: PaneView): Drag {
    return { move: (_point, _dx, dy) => void (pane === this.focused && this.zoom(1.006 ** dy)), end: () => undefined }
  }

  private placeDrag(pane: PaneView): Drag {
    return {
      move: () => undefined,
      end: (point) => {
        const world = pane.picture.toWorld(point)
        if (world) this.listener.placed(world, pane)
      },
    }
  }

  private lengthDrag(pane: PaneView, from: Vec3): Drag {
    return {
      move: (point) => {
        const to = pane.picture.toWorld(point)
        if (to) this.draft = { pane: pane.n, ends: [from, to] }
        this.redraw()
      },
      end: (_point, moved) => {
        const ends = this.draft?.ends
        const on = judgedOn(pane.picture, pane.shelf, null)
        this.draft = null
        if (moved && ends && isLength(ends) && on && pane.shelf) this.listener.measured({ ends, on }, pane.shelf)
        this.redraw()
      },
    }
  }

  private keepSize(): () => void {
    let asked = 0
    const observer = new ResizeObserver(() => {
      cancelAnimationFrame(asked)
      asked = requestAnimationFrame(() => {
        if (!this.element.hidden) resizeImages()
      })
    })
    observer.observe(this.element)
    for (const { element } of this.panes) observer.observe(element)
    return () => observer.disconnect()
  }
}

const EMPTY_TEXTS: CornerTexts = {
  seriesKey: null,
  inStep: false,
  slice: '',
  bValues: [],
  link: null,
  warnings: [],
  window: '',
  presets: [],
  scale: '',
  place: '',
  value: '',
  letters: ['', '', '', ''],
  problem: null,
}

const wishOf = ({ stack }: Shelf, from: number): Wish => ({ imageIds: stack.frames.map(({ imageId }) => imageId), from })

const valueText = (value: number, { series }: Shelf): string =>
  `${decimals(value, 0)}${series.modality === 'CT' ? ' HU' : ''}`

/** Where the body lies on the shown slice, and the scale at which it fills its pane; null while nothing is there. */
function bodyOf({ picture }: PaneView): { centre: Vec3; mmPerPixel: number } | null {
  const { frame, plane, pixels, element } = picture
  if (!frame?.spacing || !plane || !pixels) return null
  const box = bodyBox(pixels, frame.rows, frame.columns)
  const [down, along] = frame.spacing
  const [x, y] = [(box.left + box.width / 2) * along, (box.top + box.height / 2) * down]
  return {
    centre: pointAt(plane, x, y),
    mmPerPixel: Math.max((box.width * along) / element.clientWidth, (box.height * down) / element.clientHeight),
  }
}

const pointAt = ({ origin, row, column }: Plane, x: number, y: number): Vec3 => [
  origin[0] + row[0] * x + column[0] * y,
  origin[1] + row[1] * x + column[1] * y,
  origin[2] + row[2] * x + column[2] * y,
]

