import { distanceToPlane } from '../../geometry/plane'
import { add, scale, type Vec3 } from '../../geometry/vector'
import { endPlanes, loadVolume, PlanePane, resizeImages, type PlaneName, type Shelf } from '../../images'
import { dragged, type Window } from '../../series/windows'
import { said } from '../../text/language'
import type { Command, CommandName } from '../../workspace/keymap'
import { lesionOf } from '../../workspace/state'
import type { Context } from '../context'
import { h, s, setText } from '../dom'
import { decimals } from '../numbers'
import { draw, type Ring } from './drawings'
import { listen, type CanvasPoint, type Drag } from './gestures'
import { keepSize } from './keep-size'
import { lettersOf, windowText } from './pane-texts'
import { locationOn } from './rings'
import { SlabControl } from './slab-control'

const NAMES: readonly PlaneName[] = ['axial', 'coronal', 'sagittal']
/** One turn of the wheel, in mm. */
const STEP_MM = 1
const USUAL_RADIUS_MM = 9
/** Keys of the four panes that mean nothing here. */
const STILL = new Set<CommandName>(['first-slice', 'last-slice', 'series', 'maximise', 'compare', 'play', 'magnify', 'tiles', 'preset', 'invert', 'reset-view', 'length', 'region', 'mark'])

const done = (_: void): boolean => true

interface View {
  readonly name: PlaneName
  readonly element: HTMLElement
  readonly pane: PlanePane
  readonly layer: SVGSVGElement
  readonly texts: Record<'title' | 'scale' | 'left' | 'right' | 'top' | 'bottom', HTMLElement>
}

/** Three planes of one volume that meet in one point; a click moves the point. */
export class PlaneDeck {
  readonly element = h('div', { class: 'planes' })
  private readonly views: readonly View[]
  private readonly notice = h('p', { class: 'notice', role: 'status' })
  private readonly slab = new SlabControl((slab) => this.views.forEach(({ pane }) => pane.setSlab(slab)))
  private inHand = 0
  private readonly endings: (() => void)[] = []
  private point: Vec3

  constructor(
    private readonly context: Context,
    private readonly shelf: Shelf,
    start: Vec3,
    private readonly window: Window,
    private readonly startMmPerPixel: number,
  ) {
    this.point = start
    this.views = NAMES.map((name) => this.viewOf(name))
    this.element.append(this.notice, this.slab.element)
    this.endings.push(keepSize(this.views.map(({ element }) => element)))
    this.endings.push(
      context.store.subscribe((state, before) => {
        if (state.lesionId !== before.lesionId) this.lookAtLesion()
        this.redraw()
      }),
      context.language.subscribe(() => this.speak()),
    )
    this.take(0)
    this.speak()
  }

  /** Loads the volume and shows it; says why where there is none. The element is on the page by now. */
  async open(): Promise<void> {
    const texts = this.context.texts()
    resizeImages()
    setText(this.notice, texts.loading)
    const volume = await loadVolume(this.shelf.stack).catch(() => null)
    setText(this.notice, volume ? '' : texts.mpr.unfit)
    if (!volume) return
    await Promise.all(this.views.map(({ pane }) => pane.show(volume, this.window)))
    for (const { pane } of this.views) pane.setMmPerPixel(this.startMmPerPixel)
    this.goTo(this.point)
  }

  destroy(): void {
    for (const end of this.endings) end()
    endPlanes()
    this.element.remove()
  }

  /** Obeys what means something for planes; false for the rest. */
  obey(command: Command): boolean {
    switch (command.do) {
      case 'scroll':
        return this.scrollInHand(command.by)
      case 'focus':
        return this.take((this.inHand + command.by + NAMES.length) % NAMES.length)
      case 'slab':
        return done(this.slab.nextShows())
      case 'b-value':
        return done(this.slab.step(command.by))
      case 'zoom-in':
      case 'zoom-out':
        return done(this.zoom(command.do === 'zoom-in' ? 1 / 1.15 : 1.15))
      default:
        return STILL.has(command.do)
    }
  }

  private scrollInHand(by: number): boolean {
    const view = this.views[this.inHand]
    if (view) this.scroll(view, by)
    return true
  }

  /** The plane that keys move. */
  private take(inHand: number): boolean {
    this.inHand = inHand
    this.views.forEach(({ element }, n) => element.classList.toggle('focused', n === inHand))
    return true
  }

  private viewOf(name: PlaneName): View {
    const host = h('div', { class: 'picture' })
    const layer = s('svg', { class: 'drawings', 'aria-hidden': 'true' })
    const text = (className: string): HTMLElement => h('span', { class: className })
    const texts = { title: text('series'), scale: text('scale'), left: text('letter left'), right: text('letter right'), top: text('letter top'), bottom: text('letter bottom') }
    const corners = h('div', { class: 'corners' }, h('div', { class: 'corner top-left' }, texts.title), h('div', { class: 'corner bottom-left' }, texts.scale), texts.left, texts.right, texts.top, texts.bottom)
    const element = h('section', { class: `pane ${name}` }, host, layer, corners)
    this.element.append(element)
    const pane = new PlanePane(`plane-${name}`, host, name)
    const view = { name, element, pane, layer, texts }
    this.endings.push(
      pane.onDrawn(() => this.redrawView(view)),
      listen(host, {
        press: (_point, event) => this.press(view, event),
        hover: () => undefined,
        scroll: (slices) => this.scroll(view, slices),
        zoom: (factor) => this.zoom(factor),
        full: () => undefined,
      }),
    )
    return view
  }

  private press({ pane, name }: View, event: PointerEvent): Drag | null {
    this.take(NAMES.indexOf(name))
    if (event.button === 1 || event.shiftKey) return { move: (_point, dx, dy) => pane.pan(dx, dy), end: () => undefined }
    if (event.button === 2) return { move: (_point, _dx, dy) => this.zoom(1.006 ** dy), end: () => undefined }
    return {
      move: (_point, dx, dy) => {
        const { window } = pane
        if (window) this.views.forEach((view) => view.pane.setWindow(dragged(window, dx, dy)))
      },
      end: (point: CanvasPoint, moved) => {
        if (!moved) this.goTo(pane.toWorld(point), false)
      },
    }
  }

  private scroll({ pane }: View, slices: number): void {
    const { row, column } = pane.plane
    const normal: Vec3 = [row[1] * column[2] - row[2] * column[1], row[2] * column[0] - row[0] * column[2], row[0] * column[1] - row[1] * column[0]]
    this.goTo(add(this.point, scale(normal, slices * STEP_MM)), false)
  }

  private zoom(factor: number): void {
    for (const { pane } of this.views) pane.setMmPerPixel(pane.mmPerPixel * factor)
  }

  private goTo(point: Vec3, centre = true): void {
    this.point = point
    for (const { pane } of this.views) pane.cutThrough(point, centre)
    this.redraw()
  }

  private lookAtLesion(): void {
    const position = locationOn(lesionOf(this.context.store.get()), this.shelf)?.position_mm
    if (position) this.goTo(position)
  }

  private speak(): void {
    const texts = this.context.texts()
    this.slab.speak(texts)
    this.redraw()
  }

  private redraw(): void {
    for (const view of this.views) this.redrawView(view)
  }

  private redrawView({ name, pane, layer, texts: shown }: View): void {
    const texts = this.context.texts()
    setText(shown.title, `${texts.mpr[name]} · ${said(this.shelf.series.label, this.context.language.get())}`)
    setText(shown.scale, `${windowText(pane.window, false, texts)}   ${texts.pane.scale(decimals(pane.mmPerPixel, 2))}`)
    const letters = lettersOf(pane.plane)
    for (const [n, side] of (['left', 'right', 'top', 'bottom'] as const).entries()) setText(shown[side], letters[n] ?? '')
    draw(layer, { rings: this.ringsOn(pane), rulers: [], outlines: [], spot: null, landmarks: [], cursor: { at: pane.toCanvas(this.point), onPlane: true } })
  }

  /** Where this plane cuts the ring's sphere around the lesion. */
  private ringsOn(pane: PlanePane): Ring[] {
    const state = this.context.store.get()
    const lesion = lesionOf(state)
    const position = locationOn(lesion, this.shelf)?.position_mm
    if (!state.marks || !lesion || !position) return []
    const radius = lesion.baseline_diameter_mm ? Number(lesion.baseline_diameter_mm) / 2 + 4 : USUAL_RADIUS_MM
    const away = Math.abs(distanceToPlane(position, pane.plane))
    if (away >= radius) return []
    const radiusPx = Math.sqrt(radius ** 2 - away ** 2) / pane.mmPerPixel
    return [{ at: pane.toCanvas(position), radiusPx, style: 'open', label: lesion.label, faint: false }]
  }
}
