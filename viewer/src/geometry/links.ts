import { mat4, vec3 } from 'gl-matrix'
import type { Vec3 } from './vector'

/** Why a point of one series may be shown in another; `none` means that it may not. */
export type LinkBasis = 'same-series' | 'breathing' | 'same-frame' | 'registered' | 'landmarks' | 'none'

/** What the server knows about two frames of reference: p_to = matrix . p_from, 4 x 4 row-major, mm. */
export interface KnownLink {
  readonly from_frame_uid: string
  readonly to_frame_uid: string
  readonly basis: string
  readonly matrix: readonly number[]
  readonly quality_mm: number | null
  readonly by: string | null
  /** Made from landmarks of the reader's own. */
  readonly isOwn?: boolean
}

/** A way from one place to another, with its honest state. */
export interface Link {
  readonly basis: LinkBasis
  readonly matrix: mat4 | null
  readonly qualityMm: number | null
  readonly by: string | null
  /** It rests on landmarks of the reader's own. */
  readonly isOwn: boolean
  /** False where breathing may have moved the liver between the two and nobody measured it. */
  readonly isBreathingKnown: boolean
  /** How far breathing moved the liver within a frame of reference, where that was measured. */
  readonly breathingMm: number | null
}

export const NOT_LINKED: Link = { basis: 'none', matrix: null, qualityMm: null, by: null, isOwn: false, isBreathingKnown: false, breathingMm: null }
const SAME_FRAME: Link = { ...NOT_LINKED, basis: 'same-frame', matrix: mat4.create() }

/** How frame `from` maps to frame `to`: the shortest chain of known links, never a silent identity. */
export function linkBetween(links: readonly KnownLink[], from: string | null, to: string | null): Link {
  if (!from || !to) return NOT_LINKED
  if (from === to) return SAME_FRAME
  let edge = new Map<string, Link>([[from, SAME_FRAME]])
  const seen = new Set([from])
  while (edge.size > 0) {
    const next = new Map<string, Link>()
    for (const [frame, soFar] of edge) {
      for (const [neighbour, step] of stepsFrom(links, frame)) {
        if (seen.has(neighbour)) continue
        seen.add(neighbour)
        next.set(neighbour, chain(soFar, step))
      }
    }
    const found = next.get(to)
    if (found) return found
    edge = next
  }
  return NOT_LINKED
}

/** The point in the other frame of reference, or null where no link exists. */
export function carry(link: Link, point: Vec3): Vec3 | null {
  if (!link.matrix) return null
  const [x, y, z] = vec3.transformMat4([0, 0, 0], [...point], link.matrix) as [number, number, number]
  return [x, y, z]
}

/** The direction in the other frame of reference (rotation only), or null where no link exists. */
export function carryDirection(link: Link, direction: Vec3): Vec3 | null {
  const start = carry(link, [0, 0, 0])
  const end = carry(link, direction)
  return start && end && [end[0] - start[0], end[1] - start[1], end[2] - start[2]]
}

function stepsFrom(links: readonly KnownLink[], frame: string): [string, Link][] {
  const steps: [string, Link][] = []
  for (const link of links) {
    const matrix = matrixOf(link)
    const basis = basisOf(link.basis)
    if (!matrix || basis === 'none') continue
    const said = { ...NOT_LINKED, basis, qualityMm: link.quality_mm, by: link.by, isOwn: link.isOwn ?? false }
    if (link.from_frame_uid === frame) steps.push([link.to_frame_uid, { ...said, matrix }])
    if (link.to_frame_uid === frame) {
      const inverse = mat4.invert(mat4.create(), matrix)
      if (inverse) steps.push([link.from_frame_uid, { ...said, matrix: inverse }])
    }
  }
  return steps
}

/** A row-major matrix of the API as one to calculate with; null where it is unsound. */
export function matrixOf(link: { readonly matrix: readonly number[] }): mat4 | null {
  if (link.matrix.length !== 16 || !link.matrix.every(Number.isFinite)) return null
  const rows = link.matrix as unknown as Parameters<typeof mat4.fromValues>
  return mat4.transpose(mat4.create(), mat4.fromValues(...rows))
}

/** The matrix row by row, as the API writes it. */
export const rowsOf = (matrix: mat4): number[] => [...mat4.transpose(mat4.create(), matrix)]

function basisOf(said: string): LinkBasis {
  if (said === 'registered-automatically') return 'registered'
  if (said === 'registered-by-landmarks' || said === 'marked') return 'landmarks'
  return said === 'same-frame-of-reference' ? 'same-frame' : 'none'
}

/** Errors add as independent; the weakest basis of a chain is the basis of the whole. */
function chain(first: Link, second: Link): Link {
  if (!first.matrix || !second.matrix) return NOT_LINKED
  const order: readonly LinkBasis[] = ['same-frame', 'landmarks', 'registered', 'none']
  const basis = order[Math.max(order.indexOf(first.basis), order.indexOf(second.basis))] ?? 'none'
  const known = [first.qualityMm, second.qualityMm].filter((mm) => mm !== null)
  return {
    ...NOT_LINKED,
    basis,
    isOwn: first.isOwn || second.isOwn,
    matrix: mat4.multiply(mat4.create(), second.matrix, first.matrix),
    qualityMm: known.length > 0 ? Math.hypot(...known) : null,
    by: second.by ?? first.by,
  }
}
