import { dot, subtract, type Vec3 } from '../../geometry/vector'
import { greyPixels, valuesOf, type Shelf } from '../../images'
import type { Frame } from '../../series/frames'
import { planeOf } from '../../series/stacks'
import { said } from '../../text/language'
import { lesionOf } from '../../workspace/state'
import type { Context } from '../context'
import { h, setText } from '../dom'
import type { PaneView } from './pane-view'
import { reachOf, windowText } from './pane-texts'
import { locationOn } from './rings'
import { tilesFrom } from './tiles'

const USUAL_DIAMETER_MM = 10
const MARGIN_MM = 4

interface Tile {
  readonly element: HTMLButtonElement
  readonly canvas: HTMLCanvasElement
  readonly label: HTMLElement
}

/** Successive slices of one pane side by side, in its window, at its place; a click goes back to the pane with the slice. */
export class TileDeck {
  readonly element = h('div', { class: 'tiles' })
  private readonly title = h('p', { class: 'tile-title' })
  private readonly tiles: readonly Tile[]
  private readonly centre: Vec3 | null
  private readonly endings: (() => void)[] = []
  private turn = 0
  private at: number

  constructor(
    private readonly context: Context,
    private readonly pane: PaneView,
    private readonly shelf: Shelf,
    across: number,
    private readonly choose: (index: number) => void,
  ) {
    this.at = pane.picture.target
    this.centre = pane.picture.centre
    this.element.dataset.across = String(across)
    this.tiles = Array.from({ length: across * across }, (_, n) => this.tileOf(n))
    this.element.append(this.title, ...this.tiles.map(({ element }) => element))
    this.element.addEventListener('wheel', (event) => {
      event.preventDefault()
      this.scroll(Math.sign(event.deltaY) * across)
    }, { passive: false })
    const observer = new ResizeObserver(() => void this.draw())
    observer.observe(this.element)
    this.endings.push(
      () => observer.disconnect(),
      pane.picture.onDrawn(() => void this.draw()),
      context.language.subscribe(() => void this.draw()),
      context.store.subscribe((state, before) => {
        if (state.lesionId !== before.lesionId) this.lookAtLesion()
        else if (state.marks !== before.marks) void this.draw()
      }),
    )
  }

  /** Moves the chosen slice; the tiles turn over when it leaves them. */
  scroll(by: number): void {
    this.at = Math.max(0, Math.min(this.n - 1, this.at + by))
    void this.draw()
  }

  scrollToEnd(last: boolean): void {
    this.scroll(last ? this.n : -this.n)
  }

  /** The slice that is chosen, for the pane below. */
  get index(): number {
    return this.at
  }

  destroy(): void {
    this.turn++
    for (const end of this.endings) end()
    this.element.remove()
  }

  private get n(): number {
    return this.shelf.stack.frames.length
  }

  private tileOf(n: number): Tile {
    const canvas = h('canvas', {})
    const label = h('span', { class: 'tile-label' })
    const element = h('button', { type: 'button', class: 'tile', on: { click: () => this.choose(this.first + n) } }, canvas, label)
    return { element, canvas, label }
  }

  private get first(): number {
    return tilesFrom(this.at, this.tiles.length, this.n)
  }

  private lookAtLesion(): void {
    const position = locationOn(lesionOf(this.context.store.get()), this.shelf)?.position_mm
    const distances = position && this.shelf.stack.frames.map((frame) => distanceOf(frame, position))
    if (distances) this.at = distances.indexOf(Math.min(...distances))
    void this.draw()
  }

  private async draw(): Promise<void> {
    const turn = ++this.turn
    const texts = this.context.texts()
    const { picture } = this.pane
    const { window } = picture
    const [first, language] = [this.first, this.context.language.get()]
    const last = Math.min(this.n, first + this.tiles.length)
    setText(this.title, `${said(this.shelf.series.label, language)} · ${texts.tiles.slices(first + 1, last, this.n)} · ${windowText(window, picture.inverted, texts)}`)
    for (const [n, tile] of this.tiles.entries()) {
      const frame = this.shelf.stack.frames[first + n]
      tile.element.hidden = !frame
      tile.element.setAttribute('aria-pressed', String(first + n === this.at))
      tile.element.setAttribute('aria-label', texts.place.slice(first + n + 1))
      setText(tile.label, String(first + n + 1))
      if (!frame || !window) continue
      const values = await valuesOf(frame.imageId).catch(() => null)
      if (turn !== this.turn) return
      if (values) this.paint(tile, frame, greyPixels(values, window, picture.inverted))
    }
  }

  /** The same part of the body as in the pane, as large as the tile allows. */
  private paint({ canvas, element }: Tile, frame: Frame, pixels: Uint8ClampedArray<ArrayBuffer>): void {
    const context = canvas.getContext('2d')
    const image = new OffscreenCanvas(frame.columns, frame.rows)
    image.getContext('2d')?.putImageData(new ImageData(pixels, frame.columns, frame.rows), 0, 0)
    canvas.width = element.clientWidth * devicePixelRatio
    canvas.height = element.clientHeight * devicePixelRatio
    if (!context) return
    const [down, along] = frame.spacing ?? [1, 1]
    const seenMm = (this.pane.picture.mmPerPixel ?? along) * this.pane.picture.element.clientHeight
    const perMm = canvas.height / Math.max(1, seenMm)
    const [x, y] = this.centre ? onImage(frame, this.centre) : [(frame.columns * along) / 2, (frame.rows * down) / 2]
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.setTransform(perMm, 0, 0, perMm, canvas.width / 2 - x * perMm, canvas.height / 2 - y * perMm)
    context.drawImage(image, -along / 2, -down / 2, frame.columns * along, frame.rows * down)
    this.ring(context, frame, perMm)
  }

  private ring(context: CanvasRenderingContext2D, frame: Frame, perMm: number): void {
    const state = this.context.store.get()
    const lesion = lesionOf(state)
    const position = locationOn(lesion, this.shelf)?.position_mm
    if (!state.marks || !lesion || !position || distanceOf(frame, position) > reachOf(this.shelf)) return
    const [x, y] = onImage(frame, position)
    const radius = Number(lesion.baseline_diameter_mm ?? USUAL_DIAMETER_MM) / 2 + MARGIN_MM
    context.strokeStyle = context.fillStyle = getComputedStyle(this.element).getPropertyValue('--accent')
    context.lineWidth = (1.6 * devicePixelRatio) / perMm
    context.setLineDash([(6 * devicePixelRatio) / perMm, (4 * devicePixelRatio) / perMm])
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.stroke()
    context.font = `650 ${(12 * devicePixelRatio) / perMm}px system-ui`
    context.fillText(lesion.label, x + radius * 0.8, y - radius * 0.8)
  }
}

/** Where the foot of a point lies on the image, mm from the centre of its first pixel. */
function onImage({ position, row, column }: Frame, point: Vec3): [number, number] {
  const from = subtract(point, position ?? point)
  return [dot(from, row), dot(from, column)]
}

function distanceOf(frame: Frame, point: Vec3): number {
  const plane = planeOf(frame)
  if (!plane) return Infinity
  const from = subtract(point, plane.origin)
  const [x, y] = [dot(from, plane.row), dot(from, plane.column)]
  return Math.sqrt(Math.max(0, dot(from, from) - x * x - y * y))
}
