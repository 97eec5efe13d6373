import { add, distance, dot, length, scale, subtract, type Vec3 } from './vector'

/** The same spot of the body on two series: a point on each. */
export type Pair = readonly [from: Vec3, to: Vec3]

/** p_to = matrix . p_from, row-major; `residualMm` is the root mean square that remains, null with a single pair. */
export interface Fit {
  readonly matrix: readonly number[]
  readonly residualMm: number | null
}

/** Points nearly on a line cannot tell a turn (the server's rule: root of the summed squares across, mm). */
const NARROWEST_MM = 10

/** One pair or two move, three and more also turn: what the server will say of the pairs. */
export function fitted(pairs: readonly Pair[]): Fit {
  const [here, there] = [middle(pairs.map(([from]) => from)), middle(pairs.map(([, to]) => to))]
  const turn = turnOf(pairs.map(([from, to]) => [subtract(from, here), subtract(to, there)]))
  const shift = subtract(there, turned(turn, here))
  const away = pairs.map(([from, to]) => distance(add(turned(turn, from), shift), to) ** 2)
  const residualMm = pairs.length > 1 ? Math.sqrt(away.reduce((sum, one) => sum + one, 0) / away.length) : null
  const rows = turn.flatMap((row, n) => [...row, shift[n] ?? 0])
  return { matrix: [...rows, 0, 0, 0, 1], residualMm }
}

type Rows = readonly [Vec3, Vec3, Vec3]
const STRAIGHT: Rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]

const middle = (points: readonly Vec3[]): Vec3 => scale(points.reduce(add, [0, 0, 0]), 1 / Math.max(1, points.length))
const turned = (rows: Rows, point: Vec3): Vec3 => [dot(rows[0], point), dot(rows[1], point), dot(rows[2], point)]

/** The rotation between centred points by their quaternion (Horn 1987). */
function turnOf(pairs: readonly Pair[]): Rows {
  if (pairs.length < 3 || widthOf(pairs.map(([from]) => from)) < NARROWEST_MM || widthOf(pairs.map(([, to]) => to)) < NARROWEST_MM) return STRAIGHT
  const sum = (i: 0 | 1 | 2, j: 0 | 1 | 2): number => pairs.reduce((total, [from, to]) => total + from[i] * to[j], 0)
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = [sum(0, 0), sum(0, 1), sum(0, 2), sum(1, 0), sum(1, 1), sum(1, 2), sum(2, 0), sum(2, 1), sum(2, 2)]
  const { vectors, values } = eigen([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ])
  const [w = 1, x = 0, y = 0, z = 0] = vectors[values.indexOf(Math.max(...values))] ?? []
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ]
}

/** The second singular value of centred points: how far they reach beside the line that fits them best. */
function widthOf(points: readonly Vec3[]): number {
  if (points.every((point) => length(point) === 0)) return 0
  const axes = [0, 1, 2] as const
  const scatter = axes.map((i) => axes.map((j) => points.reduce((total, point) => total + point[i] * point[j], 0)))
  const [, second = 0] = eigen(scatter).values.toSorted((a, b) => b - a)
  return Math.sqrt(Math.max(0, second))
}

const SWEEPS = 60

/** Eigenvalues of a small symmetric matrix with their unit vectors, by Jacobi rotations. */
function eigen(symmetric: readonly (readonly number[])[]): { values: number[]; vectors: number[][] } {
  const n = symmetric.length
  const a = symmetric.map((row) => [...row])
  const v = a.map((_, i) => a.map((__, j) => (i === j ? 1 : 0)))
  const at = (m: number[][], i: number, j: number): number => m[i]?.[j] ?? 0
  const set = (m: number[][], i: number, j: number, value: number): void => void (m[i] && (m[i][j] = value))
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(at(a, p, q)) < 1e-300) continue
        const angle = 0.5 * Math.atan2(2 * at(a, p, q), at(a, q, q) - at(a, p, p))
        const [c, s] = [Math.cos(angle), Math.sin(angle)]
        const turn = (read: (k: number) => [number, number], write: (k: number, x: number, y: number) => void): void => {
          for (let k = 0; k < n; k++) {
            const [x, y] = read(k)
            write(k, c * x - s * y, s * x + c * y)
          }
        }
        turn((k) => [at(a, k, p), at(a, k, q)], (k, x, y) => (set(a, k, p, x), set(a, k, q, y)))
        turn((k) => [at(a, p, k), at(a, q, k)], (k, x, y) => (set(a, p, k, x), set(a, q, k, y)))
        turn((k) => [at(v, k, p), at(v, k, q)], (k, x, y) => (set(v, k, p, x), set(v, k, q, y)))
      }
    }
  }
  return { values: a.map((_, i) => at(a, i, i)), vectors: a.map((_, i) => a.map((__, k) => at(v, k, i))) }
}
