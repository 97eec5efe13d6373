import type { Plane } from '../geometry/plane'
import { projectOnPlane } from '../geometry/plane'
import { add, cross, dot, length, scale, subtract, type Vec3 } from '../geometry/vector'

/** Corners of the polygon that stands for an ellipse: it is 0.3 % smaller than the ellipse. */
const N_CORNERS = 48

/** An ellipse on a plane, its axes along rows and columns. Lengths in mm, LPS. */
export interface Ellipse {
  readonly centre: Vec3
  /** Half of its size along the rows, and along the columns. */
  readonly halfMm: readonly [number, number]
}

/** The pixels of one frame in space: where the first one is, and how far apart they are (between rows, columns; mm). */
export interface Grid {
  readonly plane: Plane
  readonly spacing: readonly [number, number]
  readonly rows: number
  readonly columns: number
}

/** What the pixels inside an outline say, in the unit of the image. */
export interface Statistics {
  readonly mean: number
  /** Standard deviation of the pixels (n - 1); 0 for one pixel. */
  readonly sd: number
  readonly nPixels: number
  readonly areaMm2: number
}

/** The outline of an ellipse on a plane. */
export function outlineOf({ centre, halfMm: [along, down] }: Ellipse, { row, column }: Plane): Vec3[] {
  return Array.from({ length: N_CORNERS }, (_, n) => {
    const angle = (2 * Math.PI * n) / N_CORNERS
    return add(centre, add(scale(row, along * Math.cos(angle)), scale(column, down * Math.sin(angle))))
  })
}

/** The ellipse that fills the rectangle between two corners. */
export function ellipseBetween(a: Vec3, b: Vec3, { row, column }: Plane): Ellipse {
  const across = subtract(b, a)
  return { centre: add(a, scale(across, 0.5)), halfMm: [Math.abs(dot(across, row)) / 2, Math.abs(dot(across, column)) / 2] }
}

/** Statistics of the pixels whose middle lies inside the outline; null when there is none. */
export function statisticsIn(values: ArrayLike<number>, outline: readonly Vec3[], grid: Grid): Statistics | null {
  const corners = outline.map((point) => toPixel(point, grid))
  const inside = pixelsInside(corners, grid).map((at) => values[at] ?? 0)
  if (inside.length === 0) return null
  const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length
  const squares = inside.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    mean,
    sd: inside.length > 1 ? Math.sqrt(squares / (inside.length - 1)) : 0,
    nPixels: inside.length,
    areaMm2: areaOf(outline),
  }
}

/** Area within a flat outline in mm2. */
export function areaOf(outline: readonly Vec3[]): number {
  const [first] = outline
  if (!first) return 0
  const doubled = outline.reduce<Vec3>((sum, point, n) => {
    const next = outline[(n + 1) % outline.length] ?? first
    return add(sum, cross(subtract(point, first), subtract(next, first)))
  }, [0, 0, 0])
  return length(doubled) / 2
}

/** Column and row of a point, in pixels from the middle of the first one. */
function toPixel(point: Vec3, { plane, spacing }: Grid): readonly [number, number] {
  const from = subtract(projectOnPlane(point, plane), plane.origin)
  return [dot(from, plane.row) / spacing[1], dot(from, plane.column) / spacing[0]]
}

function pixelsInside(corners: readonly (readonly [number, number])[], { rows, columns }: Grid): number[] {
  const [x, y] = [corners.map(([column]) => column), corners.map(([, row]) => row)]
  const found: number[] = []
  for (let row = Math.max(0, Math.ceil(Math.min(...y))); row <= Math.min(rows - 1, Math.max(...y)); row++) {
    for (let column = Math.max(0, Math.ceil(Math.min(...x))); column <= Math.min(columns - 1, Math.max(...x)); column++) {
      if (isInside(corners, column, row)) found.push(row * columns + column)
    }
  }
  return found
}

/** Even-odd rule: a ray to the right crosses the outline an odd number of times. */
function isInside(corners: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let inside = false
  corners.forEach(([ax, ay], n) => {
    const [bx, by] = corners[(n + 1) % corners.length] ?? [ax, ay]
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
  })
  return inside
}
