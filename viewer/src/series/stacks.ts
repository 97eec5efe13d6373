import { distanceToPlane, type Plane } from '../geometry/plane'
import { dot, type Vec3 } from '../geometry/vector'
import { frameNormal, type Frame } from './frames'

/** Slices that one pane scrolls through: one position each, in order along the normal. */
export interface Stack {
  readonly bValue: number | null
  /** 0 for the first image at each position, 1 for the second, ... */
  readonly repetition: number
  readonly frames: readonly Frame[]
  /** Median distance between neighbours in mm; null for fewer than two placed slices. */
  readonly spacingMm: number | null
  /** Positions where a slice should be and is not. */
  readonly nMissing: number
}

/** Slices nearer than this lie at one position (mm). */
const SAME_POSITION_MM = 0.01
/** A gap wider than this many spacings means that a slice is missing. */
const GAP_IN_SPACINGS = 1.5

/** Every frame in exactly one stack: split by b-value, then by repeated position, sorted along the normal. */
export function stacksOf(frames: readonly Frame[]): Stack[] {
  const bValues = [...new Set(frames.map((frame) => frame.bValue))].sort((a, b) => (a ?? -1) - (b ?? -1))
  return bValues.flatMap((bValue) => {
    const members = frames.filter((frame) => frame.bValue === bValue)
    return repetitions(members).map((set, n) => stackOf(bValue, n, set))
  })
}

/** Index of the slice whose plane is nearest to the point, and the distance from it in mm. */
export function nearestSlice(stack: Stack, point: Vec3): { index: number; distanceMm: number } | null {
  let best: { index: number; distanceMm: number } | null = null
  stack.frames.forEach((frame, index) => {
    const plane = planeOf(frame)
    if (!plane) return
    const distanceMm = Math.abs(distanceToPlane(point, plane))
    if (!best || distanceMm < best.distanceMm) best = { index, distanceMm }
  })
  return best
}

export function planeOf(frame: Frame): Plane | null {
  return frame.position && { origin: frame.position, row: frame.row, column: frame.column }
}

/** Centre of the image in patient space. */
export function centreOf(frame: Frame): Vec3 | null {
  if (!frame.position || !frame.spacing) return null
  const [down, along] = [(frame.rows - 1) * frame.spacing[0] * 0.5, (frame.columns - 1) * frame.spacing[1] * 0.5]
  const { position: p, row, column } = frame
  return [
    p[0] + row[0] * along + column[0] * down,
    p[1] + row[1] * along + column[1] * down,
    p[2] + row[2] * along + column[2] * down,
  ]
}

/** The stack that shows the highest b-value, the one a reader looks at first; the first one elsewhere. */
export function firstShown(stacks: readonly Stack[]): number {
  const highest = Math.max(...stacks.map((stack) => stack.bValue ?? -1))
  return Math.max(0, stacks.findIndex((stack) => (stack.bValue ?? -1) === highest && stack.repetition === 0))
}

function repetitions(frames: readonly Frame[]): Frame[][] {
  const sets: Frame[][] = []
  for (const group of atOnePosition(sorted(frames))) {
    group.forEach((frame, n) => (sets[n] ??= []).push(frame))
  }
  return sets
}

function* atOnePosition(frames: readonly Frame[]): Generator<Frame[]> {
  let group: Frame[] = []
  for (const frame of frames) {
    const [first] = group
    const [here, there] = [along(frame), first ? along(first) : null]
    const same = here !== null && there !== null && Math.abs(here - there) < SAME_POSITION_MM
    if (first && !same) {
      yield group
      group = []
    }
    group.push(frame)
  }
  if (group.length > 0) yield group
}

/** Along the normal of the first image; images without a position keep their order at the end. */
function sorted(frames: readonly Frame[]): Frame[] {
  const [first] = frames
  if (!first) return []
  const normal = frameNormal(first)
  const key = (frame: Frame): number => (frame.position ? dot(frame.position, normal) : Infinity)
  return [...frames].sort((a, b) => compare(key(a), key(b)))
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)

function along(frame: Frame): number | null {
  return frame.position && dot(frame.position, frameNormal(frame))
}

function stackOf(bValue: number | null, repetition: number, frames: readonly Frame[]): Stack {
  const gaps = gapsOf(frames)
  const spacingMm = gaps.length > 0 ? (gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? null) : null
  const nMissing = spacingMm === null ? 0 : gaps.reduce((sum, gap) => sum + missingIn(gap, spacingMm), 0)
  return { bValue, repetition, frames, spacingMm, nMissing }
}

function gapsOf(frames: readonly Frame[]): number[] {
  const places = frames.map(along).filter((place) => place !== null)
  return places.slice(1).map((place, n) => Math.abs(place - (places[n] ?? place)))
}

const missingIn = (gap: number, spacing: number): number =>
  gap > spacing * GAP_IN_SPACINGS ? Math.round(gap / spacing) - 1 : 0

/** Neighbours may lie this share of the spacing nearer or farther in a volume. */
const UNEVEN = 0.1
const FEWEST_SLICES = 3

/** True where the slices are parallel, of one size and evenly placed, so that other planes may be cut. */
export function isVolume({ frames, spacingMm, nMissing }: Stack): boolean {
  const [first] = frames
  if (!first?.spacing || !spacingMm || nMissing > 0 || frames.length < FEWEST_SLICES) return false
  const alike = (frame: Frame): boolean =>
    frame.rows === first.rows && frame.columns === first.columns && dot(frameNormal(frame), frameNormal(first)) > 0.9999
  return frames.every(alike) && gapsOf(frames).every((gap) => Math.abs(gap - spacingMm) < spacingMm * UNEVEN)
}
