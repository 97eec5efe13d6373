import { cache, Enums, imageLoader, type StackViewport } from '@cornerstonejs/core'
import { planeOf, type Stack } from '../series/stacks'
import type { Frame } from '../series/frames'
import { projectOnPlane, type Plane } from '../geometry/plane'
import { dot, subtract, type Vec3 } from '../geometry/vector'
import { drawsOnCpu, renderingEngine } from './engine'
import type { Window } from '../series/windows'
import { rangeOf, windowOf } from './window'

type CanvasPoint = readonly [number, number]

/** One pane that shows a stack of slices. All points are LPS in mm; canvas points are CSS pixels. */
export class StackPane {
  private readonly viewport: StackViewport
  private wanted = 0
  private generation = 0
  private chosen: Window | null = null
  private shown: { stack: Stack; index: number } | null = null

  constructor(
    private readonly id: string,
    readonly element: HTMLDivElement,
  ) {
    renderingEngine().enableElement({
      viewportId: id,
      element,
      type: Enums.ViewportType.STACK,
      defaultOptions: { background: [0, 0, 0] },
    })
    this.viewport = renderingEngine().getViewport<StackViewport>(id)
  }

  /** Calls back after every drawing; the answer ends it. */
  onDrawn(listener: () => void): () => void {
    this.element.addEventListener(Enums.Events.IMAGE_RENDERED, listener)
    return () => this.element.removeEventListener(Enums.Events.IMAGE_RENDERED, listener)
  }

  get stack(): Stack | null {
    return this.shown?.stack ?? null
  }

  get index(): number {
    return this.shown?.index ?? 0
  }

  get frame(): Frame | null {
    return this.shown ? (this.shown.stack.frames[this.shown.index] ?? null) : null
  }

  get plane(): Plane | null {
    return this.frame && planeOf(this.frame)
  }

  /** Shows another stack; resolves to false when a later call overtook this one. Rejects when the image cannot be had. */
  async show(stack: Stack, index: number): Promise<boolean> {
    const generation = ++this.generation
    const at = clamp(index, stack)
    this.wanted = at
    const frame = stack.frames[at]
    if (!frame) return false
    await fetchNow(frame.imageId)
    if (generation !== this.generation) return false
    await this.viewport.setStack(stack.frames.map(({ imageId }) => imageId), at)
    if (generation !== this.generation) return false
    this.chosen = null
    this.shown = { stack, index: at }
    return true
  }

  /** Shows another slice of the same stack; the latest wish wins. */
  async scrollTo(index: number): Promise<boolean> {
    const { shown, generation } = this
    if (!shown) return false
    const at = clamp(index, shown.stack)
    this.wanted = at
    const frame = shown.stack.frames[at]
    if (!frame || at === shown.index) return false
    await fetchNow(frame.imageId)
    if (generation !== this.generation || this.wanted !== at) return false
    this.shown = { stack: shown.stack, index: at }
    await this.viewport.setImageIdIndex(at)
    if (drawsOnCpu() && this.chosen) this.setWindow(this.chosen)
    return true
  }

  /** Where scrolling is heading: the slice asked for last, shown or still on its way. */
  get target(): number {
    return this.wanted
  }

  clear(): void {
    this.generation++
    this.shown = null
    this.viewport.removeAllActors()
    this.viewport.render()
  }

  /** The window set last; drawing on the CPU tells that of the header instead. */
  get window(): Window | null {
    const range = this.viewport.getProperties().voiRange
    return this.shown && (this.chosen ?? (range ? windowOf(range) : null))
  }

  setWindow(window: Window): void {
    this.chosen = window
    this.viewport.setProperties({ voiRange: rangeOf(window) })
    this.viewport.render()
  }

  get inverted(): boolean {
    return this.viewport.getProperties().invert ?? false
  }

  setInverted(invert: boolean): void {
    this.viewport.setProperties({ invert })
    this.viewport.render()
  }

  /** Millimetres per CSS pixel; null where the image has no pixel spacing. */
  get mmPerPixel(): number | null {
    const { parallelScale } = this.viewport.getCamera()
    const height = this.element.clientHeight
    return this.frame?.spacing && parallelScale && height ? (2 * parallelScale) / height : null
  }

  setMmPerPixel(mm: number): void {
    this.viewport.setCamera({ parallelScale: (mm * this.element.clientHeight) / 2 })
    this.viewport.render()
  }

  /** The point of the shown plane in the middle of the pane. */
  get centre(): Vec3 | null {
    return this.toWorld([this.element.clientWidth / 2, this.element.clientHeight / 2])
  }

  /** Moves the picture so that the foot of the point on the shown plane is in the middle. */
  centreOn(point: Vec3): void {
    const plane = this.plane
    const { focalPoint, position } = this.viewport.getCamera()
    if (!plane || !focalPoint || !position) return
    const here = projectOnPlane(focalPoint, plane)
    const there = projectOnPlane(point, plane)
    const moved = (from: readonly number[]): [number, number, number] => [
      (from[0] ?? 0) + there[0] - here[0],
      (from[1] ?? 0) + there[1] - here[1],
      (from[2] ?? 0) + there[2] - here[2],
    ]
    this.viewport.setCamera({ focalPoint: moved(focalPoint), position: moved(position) })
    this.viewport.render()
  }

  toCanvas(point: Vec3): CanvasPoint | null {
    if (!this.shown) return null
    const [x, y] = this.viewport.worldToCanvas([...point])
    return [x, y]
  }

  toWorld(canvas: CanvasPoint): Vec3 | null {
    const plane = this.plane
    if (!plane) return null
    const [x, y, z] = this.viewport.canvasToWorld([...canvas])
    return projectOnPlane([x, y, z], plane)
  }

  /** The values of the shown image in its own units, row by row; null while it loads. */
  get pixels(): ArrayLike<number> | null {
    const image = this.frame && cache.getImage(this.frame.imageId)
    return image?.voxelManager?.getScalarData() ?? image?.getPixelData() ?? null
  }

  /** The value at the foot of the point on the shown plane; null outside the image. */
  valueAt(point: Vec3): number | null {
    const { frame, plane } = this
    if (!frame?.spacing || !plane) return null
    const from = subtract(point, plane.origin)
    const column = Math.round(dot(from, plane.row) / frame.spacing[1])
    const row = Math.round(dot(from, plane.column) / frame.spacing[0])
    if (row < 0 || column < 0 || row >= frame.rows || column >= frame.columns) return null
    return this.pixels?.[row * frame.columns + column] ?? null
  }

  destroy(): void {
    this.generation++
    renderingEngine().disableElement(this.id)
  }
}

const clamp = (index: number, stack: Stack): number => Math.max(0, Math.min(stack.frames.length - 1, index))

async function fetchNow(imageId: string): Promise<void> {
  await imageLoader.loadAndCacheImage(imageId, { priority: -10, requestType: Enums.RequestType.Interaction })
}
