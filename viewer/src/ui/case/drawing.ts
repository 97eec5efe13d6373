import type { CaseSeries, CellName } from '../../api/client'
import type { Vec3 } from '../../geometry/vector'
import type { Shelf } from '../../images'
import { cellKey } from '../../reading/cells'
import { ellipseBetween, outlineOf, type Ellipse } from '../../reading/region'
import { judgedOn } from '../../reading/steps'
import { withMark, withRegion, type Measurement } from '../../reading/verdict'
import { handAfter, handCommand, lengthAround, onPlane, type Hand, type HandCommand } from '../../workspace/hand'
import type { Stroke } from '../../workspace/keymap'
import { cellOf, findingOf, lesionOf, letGo, mayWrite, stepOf, type Notice, type Tool, type Workspace } from '../../workspace/state'
import type { Context } from '../context'
import type { Deck } from '../panes/deck'
import { boxDrag, placeDrag } from '../panes/drags'
import type { CanvasPoint, Drag } from '../panes/gestures'
import { endsOn, isLength, seenOn } from '../panes/measuring'
import type { PaneView } from '../panes/pane-view'
import { locationOn } from '../panes/rings'
import { adcSeriesOf, copied, measured } from './adc'

/** Lesions without a known size are this large when drawing begins (mm). */
const USUAL_MM = 10

export interface DrawingListener {
  measured(measurement: Measurement, shelf: Shelf): void
  placed(position: Vec3, pane: PaneView): void
  landmark(position: Vec3, pane: PaneView): void
}

/** Everything the reader draws on the images, by mouse and by keyboard: lengths, marks, regions, new lesions. */
export class Drawing {
  constructor(
    private readonly context: Context,
    private readonly deck: () => Deck,
    private readonly listener: DrawingListener,
  ) {}

  /** Takes a tool in hand, or puts it down again; drawing by keyboard begins where the lesion is expected. */
  start(tool: Exclude<Tool, 'window' | 'landmark'>): void {
    const state = this.state
    if (state.tool === tool) return this.update(letGo)
    const pane = this.paneFor(tool)
    const hindered = this.hindrance(tool, pane)
    if (hindered || !pane) return this.note(hindered ?? 'no-position-in-space')
    const hand = this.handFor(tool, pane)
    this.update((now) => ({ ...letGo(now), tool, hand, marks: true, focused: pane.n }))
  }

  /** Obeys a key that belongs to what is being drawn; false for all others. */
  key(stroke: Stroke): boolean {
    const { hand, offer } = this.state
    if (offer && stroke.key === 'Enter' && !stroke.shiftKey) {
      this.takeOffer()
      return true
    }
    const command = hand && handCommand(stroke, hand)
    if (!hand || !command) return false
    this.obey(hand, command)
    return true
  }

  /** The drag of the tool in hand; lengths are the deck's own. */
  press(pane: PaneView, point: CanvasPoint): Drag | null {
    const { tool } = this.state
    const from = pane.picture.toWorld(point)
    if (tool === 'landmark') return placeDrag(pane, (at) => this.listener.landmark(at, pane))
    if (tool === 'place') return placeDrag(pane, (at) => this.listener.placed(at, pane))
    if (tool === 'mark') return placeDrag(pane, (at) => this.marked(pane, at))
    return tool === 'region' && from ? this.regionDrag(pane, from) : null
  }

  /** The pane that shows the images of the chosen step: the focused one if it does. */
  paneOfStep(): PaneView | null {
    const sequences = stepOf(this.state)?.sequences ?? []
    return this.paneShowing((series) => series.sequence !== null && sequences.includes(series.sequence))
  }

  /** Keeps what the ADC map says of the region that was drawn on diffusion. */
  takeOffer(): void {
    const { offer, findings } = this.state
    const finding = offer && findings.get(cellKey(offer.cell))
    this.update(letGo)
    if (offer && finding) this.context.put({ kind: 'finding', cell: offer.cell, body: withRegion(finding, offer.region) })
  }

  private get state(): Workspace {
    return this.context.store.get()
  }

  private update(change: (state: Workspace) => Workspace): void {
    this.context.store.update(change)
  }

  private note(notice: Notice): void {
    this.update((state) => ({ ...letGo(state), notice }))
  }

  private paneShowing(wanted: (series: CaseSeries) => boolean): PaneView | null {
    const here = this.state.case.timepoint.code
    const { focused, panes } = this.deck()
    const shows = ({ shelf }: PaneView): boolean => shelf?.series.timepoint === here && wanted(shelf.series)
    return focused && shows(focused) ? focused : (panes.find(shows) ?? null)
  }

  private paneFor(tool: Tool): PaneView | null {
    if (tool === 'region') return this.paneShowing(({ role }) => role === 'adc' || role === 'dwi')
    if (tool === 'new-lesion' || tool === 'place') return this.deck().focused
    return this.paneOfStep() ?? this.deck().focused
  }

  private hindrance(tool: Tool, pane: PaneView | null): Notice | null {
    const state = this.state
    if (tool === 'region' && !(pane && adcSeriesOf(state.case))) return 'no-adc'
    if (!pane?.picture.plane || !pane.picture.frame?.spacing) return 'no-position-in-space'
    if (tool === 'length' || tool === 'place' || tool === 'new-lesion') return null
    if (!lesionOf(state)) return 'no-lesion'
    return tool === 'region' && !this.regionCell() ? 'no-verdict' : null
  }

  private handFor(tool: Tool, pane: PaneView): Hand | null {
    const { picture, shelf } = pane
    const { plane } = picture
    if (!plane || !shelf) return null
    const state = this.state
    const lesion = tool === 'new-lesion' || tool === 'place' ? null : lesionOf(state)
    const finding = tool === 'mark' ? findingOf(state) : undefined
    const set = finding?.series_uid === shelf.series.series_uid ? finding.position_mm : null
    const at: Vec3 | null = set ?? locationOn(lesion, shelf)?.position_mm ?? picture.centre
    if (!at) return null
    const mm = Number(lesion?.baseline_diameter_mm ?? USUAL_MM)
    if (tool === 'mark' || tool === 'place') return onPlane({ shape: 'point', pane: pane.n, at }, plane)
    if (tool === 'region') return onPlane({ shape: 'ellipse', pane: pane.n, centre: at, halfMm: [mm / 2, mm / 2] }, plane)
    const [drawn] = tool === 'length' ? endsOn(state, picture, shelf) : []
    return onPlane(drawn ? { shape: 'length', pane: pane.n, ends: drawn, active: 1 } : lengthAround(pane.n, at, mm, plane), plane)
  }

  private obey(hand: Hand, command: HandCommand): void {
    const pane = this.deck().panes[hand.pane]
    const plane = pane?.picture.plane
    if (command.do === 'cancel' || !pane || !plane) return this.update(letGo)
    const next = handAfter(hand, command, plane)
    if (command.do === 'accept') this.accept(pane, next)
    else this.update((state) => ({ ...state, hand: next }))
  }

  private accept(pane: PaneView, hand: Hand): void {
    const { shelf, picture } = pane
    const on = seenOn(picture, shelf, null)
    if (!shelf || !on) return
    if (hand.shape === 'length') return isLength(hand.ends) ? this.listener.measured({ ends: hand.ends, on }, shelf) : undefined
    if (hand.shape === 'ellipse') return void this.enclosed(pane, hand)
    const { tool } = this.state
    if (tool === 'mark') this.marked(pane, hand.at)
    else if (tool === 'landmark') this.listener.landmark(hand.at, pane)
    else this.listener.placed(hand.at, pane)
  }

  private marked({ picture, shelf }: PaneView, position: Vec3): void {
    const state = this.state
    const cell = cellOf(state)
    const on = seenOn(picture, shelf, position)
    const isOfStep = shelf?.series.sequence && stepOf(state)?.sequences.includes(shelf.series.sequence)
    if (!cell || !on || !isOfStep || !mayWrite(state)) return this.update(letGo)
    this.update(letGo)
    this.context.put({ kind: 'finding', cell, body: withMark(findingOf(state), on) })
  }

  private regionDrag(pane: PaneView, from: Vec3): Drag {
    const drawn = (to: Vec3): void => {
      const { plane } = pane.picture
      if (plane) this.update((state) => ({ ...state, hand: { shape: 'ellipse', pane: pane.n, ...ellipseBetween(from, to, plane) } }))
    }
    return boxDrag(pane, drawn, (moved) => {
      const { hand } = this.state
      if (moved && hand?.shape === 'ellipse') void this.enclosed(pane, hand)
    })
  }

  /** The cell an ADC belongs to: diffusion, or all together where that is the step. */
  private regionCell(): CellName | null {
    const state = this.state
    const { lesionId } = state
    const judged = judgedOn(state.steps, state.judged, 'dwi')
    if (!lesionId || !judged || !mayWrite(state, judged)) return null
    const cell = { lesionId, judged }
    return state.findings.has(cellKey(cell)) ? cell : null
  }

  /** On the ADC map a region is measured at once; drawn on diffusion it is offered for the same place on the map. */
  private async enclosed({ shelf, picture }: PaneView, ellipse: Ellipse): Promise<void> {
    const { plane, index } = picture
    const cell = this.regionCell()
    if (!shelf || !plane || !cell) return this.note('no-verdict')
    const outline = outlineOf(ellipse, plane)
    if (shelf.series.role === 'adc') return this.keepRegion(cell, shelf, index, outline)
    await this.offer(cell, shelf.series, outline)
  }

  private async keepRegion(cell: CellName, shelf: Shelf, index: number, outline: readonly Vec3[]): Promise<void> {
    const region = await measured(shelf, index, outline, null)
    const finding = this.state.findings.get(cellKey(cell))
    if (!region || !finding) return this.note('adc-no-pixels')
    this.update(letGo)
    this.context.put({ kind: 'finding', cell, body: withRegion(finding, region) })
  }

  private async offer(cell: CellName, from: CaseSeries, outline: readonly Vec3[]): Promise<void> {
    const series = adcSeriesOf(this.state.case)
    const [shelf] = series ? await this.deck().library.load(series.key) : []
    if (!shelf) return this.note('no-adc')
    const copy = copied(this.state.case, outline, from, shelf)
    if (!copy) return this.note('adc-not-linked')
    const region = await measured(shelf, copy.index, copy.outline, from)
    if (!region) return this.note('adc-no-pixels')
    this.update((state) => ({ ...letGo(state), offer: { cell, region } }))
    void this.deck().panes.find((pane) => pane.shelf?.series.key === shelf.series.key)?.scrollTo(copy.index)
  }
}
