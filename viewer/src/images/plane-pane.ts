import { Enums, type VolumeViewport } from '@cornerstonejs/core'
import type { Plane } from '../geometry/plane'
import { add, cross, dot, scale, subtract, type Vec3 } from '../geometry/vector'
import type { Window } from '../series/windows'
import { planeEngine } from './engine'
import { rangeOf, windowOf } from './window'

export type PlaneName = 'axial' | 'coronal' | 'sagittal'

/** A thick plane: how thick in mm, and whether the brightest, the darkest or the mean value of it shows. */
export interface Slab {
  readonly thicknessMm: number
  readonly shows: 'brightest' | 'darkest' | 'mean'
}

const AXES = {
  axial: Enums.OrientationAxis.AXIAL,
  coronal: Enums.OrientationAxis.CORONAL,
  sagittal: Enums.OrientationAxis.SAGITTAL,
}

const BLENDS = {
  brightest: Enums.BlendModes.MAXIMUM_INTENSITY_BLEND,
  darkest: Enums.BlendModes.MINIMUM_INTENSITY_BLEND,
  mean: Enums.BlendModes.AVERAGE_INTENSITY_BLEND,
}

/** A pane that cuts a volume along one plane of the body. Points are LPS in mm, canvas points CSS pixels. */
export class PlanePane {
  private readonly viewport: VolumeViewport

  constructor(
    id: string,
    readonly element: HTMLDivElement,
    plane: PlaneName,
  ) {
    planeEngine().enableElement({
      viewportId: id,
      element,
      type: Enums.ViewportType.ORTHOGRAPHIC,
      defaultOptions: { background: [0, 0, 0], orientation: AXES[plane] },
    })
    this.viewport = planeEngine().getViewport<VolumeViewport>(id)
  }

  onDrawn(listener: () => void): () => void {
    this.element.addEventListener(Enums.Events.IMAGE_RENDERED, listener)
    return () => this.element.removeEventListener(Enums.Events.IMAGE_RENDERED, listener)
  }

  async show(volumeId: string, window: Window): Promise<void> {
    await this.viewport.setVolumes([{ volumeId }])
    this.setWindow(window)
  }

  get window(): Window | null {
    const range = this.viewport.getProperties()?.voiRange
    return range ? windowOf(range) : null
  }

  setWindow(window: Window): void {
    this.viewport.setProperties({ voiRange: rangeOf(window) })
    this.viewport.render()
  }

  setSlab(slab: Slab | null): void {
    if (!slab) this.viewport.resetSlabThickness()
    this.viewport.setBlendMode(slab ? BLENDS[slab.shows] : Enums.BlendModes.COMPOSITE)
    if (slab) this.viewport.setSlabThickness(slab.thicknessMm)
    this.viewport.render()
  }

  get mmPerPixel(): number {
    return (2 * (this.viewport.getCamera().parallelScale ?? 1)) / Math.max(1, this.element.clientHeight)
  }

  setMmPerPixel(mm: number): void {
    this.viewport.setCamera({ parallelScale: (mm * this.element.clientHeight) / 2 })
    this.viewport.render()
  }

  /** The shown plane, its rows running to the right of the screen and its columns down. */
  get plane(): Plane {
    const { focalPoint, viewUp, viewPlaneNormal } = this.viewport.getCamera()
    const up = vector(viewUp)
    return { origin: vector(focalPoint), row: cross(up, vector(viewPlaneNormal)), column: scale(up, -1) }
  }

  /** Cuts through the point; what is in the middle stays there unless asked to move. */
  cutThrough(point: Vec3, centre: boolean): void {
    const { focalPoint, position, viewPlaneNormal } = this.viewport.getCamera()
    const normal = vector(viewPlaneNormal)
    const whole = subtract(point, vector(focalPoint))
    const by = centre ? whole : scale(normal, dot(whole, normal))
    this.moveBy(by, focalPoint, position)
  }

  /** Moves the picture under the window by pixels. */
  pan(dx: number, dy: number): void {
    const { row, column } = this.plane
    const mm = this.mmPerPixel
    const { focalPoint, position } = this.viewport.getCamera()
    this.moveBy(add(scale(row, -dx * mm), scale(column, -dy * mm)), focalPoint, position)
  }

  toCanvas(point: Vec3): readonly [number, number] {
    const [x, y] = this.viewport.worldToCanvas([...point])
    return [x, y]
  }

  toWorld(canvas: readonly [number, number]): Vec3 {
    return vector(this.viewport.canvasToWorld([...canvas]))
  }

  private moveBy(by: Vec3, focalPoint: Iterable<number> | undefined, position: Iterable<number> | undefined): void {
    this.viewport.setCamera({ focalPoint: [...add(vector(focalPoint), by)], position: [...add(vector(position), by)] })
    this.viewport.render()
  }
}

function vector(values: Iterable<number> | undefined): Vec3 {
  const [x = 0, y = 0, z = 0] = values ?? []
  return [x, y, z]
}
