import { h } from '../dom'
import type { CanvasPoint } from './gestures'
import type { PaneView } from './pane-view'

const FACTOR = 2.5
const RADIUS_PX = 95

/** A place on a pane. */
export interface Spot {
  readonly pane: PaneView
  readonly at: CanvasPoint
}

/** A round glass over a picture while it is held; it follows the pointer, and the picture below stays as it is. */
export class Magnifier {
  private readonly glass = h('canvas', { class: 'magnifier', 'aria-hidden': 'true' })
  private pointer: Spot | null = null
  private spot: Spot | null = null

  /** Begins at the pointer, or at the given place where no pointer is on a picture. */
  hold(otherwise: Spot): void {
    if (!this.spot) this.look(this.pointer ?? otherwise)
  }

  release(): void {
    this.spot = null
    this.glass.remove()
  }

  point(spot: Spot | null): void {
    this.pointer = spot
    if (this.spot && spot) this.look(spot)
  }

  /** The picture of the pane is another one now. */
  redraw(pane: PaneView): void {
    if (this.spot?.pane === pane) this.look(this.spot)
  }

  private look(spot: Spot): void {
    this.spot = spot
    this.draw(spot.pane.element, spot.pane.picture.element, spot.at)
  }

  /** What lies around the point of the picture, larger. */
  private draw(pane: HTMLElement, picture: HTMLElement, [x, y]: CanvasPoint): void {
    const source = picture.querySelector('canvas')
    const context = this.glass.getContext('2d')
    if (!source || !context) return
    if (this.glass.parentElement !== pane) pane.append(this.glass)
    const dense = source.width / Math.max(1, picture.clientWidth)
    this.glass.width = source.width
    this.glass.height = source.height
    const [cx, cy, radius, reach] = [x * dense, y * dense, RADIUS_PX * dense, (RADIUS_PX * dense) / FACTOR]
    context.beginPath()
    context.arc(cx, cy, radius, 0, 2 * Math.PI)
    context.save()
    context.clip()
    context.fillRect(cx - radius, cy - radius, 2 * radius, 2 * radius)
    context.imageSmoothingQuality = 'high'
    context.drawImage(source, cx - reach, cy - reach, 2 * reach, 2 * reach, cx - radius, cy - radius, 2 * radius, 2 * radius)
    context.restore()
    context.lineWidth = 2 * dense
    context.strokeStyle = getComputedStyle(pane).getPropertyValue('--accent')
    context.stroke()
    context.fillStyle = context.strokeStyle
    context.font = `${12 * dense}px system-ui`
    context.textAlign = 'center'
    context.fillText(`×${FACTOR}`, cx, cy + radius - 8 * dense)
  }
}
