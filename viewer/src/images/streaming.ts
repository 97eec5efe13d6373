import { Enums, imageLoader } from '@cornerstonejs/core'
import { cache } from '@cornerstonejs/core'
import { interleave, outward } from '../series/order'

/** A stack to bring in, from the slice the reader looks at. */
export interface Wish {
  readonly imageIds: readonly string[]
  readonly from: number
}

/** Frames on their way at a time: enough to keep the line full, few enough that a new wish is heard soon. */
const PARALLEL = 4

let queue: string[] = []
let running = 0
const failed = new Set<string>()

/** Brings the stacks in around their slices, taking turns between stacks in the given order; replaces the last wish. */
export function stream(wishes: readonly Wish[]): void {
  const orders = wishes.map(({ imageIds, from }) => outward(imageIds.length, from).map((index) => imageIds[index] ?? ''))
  queue = interleave(orders).filter((imageId) => imageId && !failed.has(imageId) && !cache.isLoaded(imageId))
  while (running < PARALLEL && queue.length > 0) void work()
}

/** How many of these images are in memory. */
export const nLoaded = (imageIds: readonly string[]): number =>
  imageIds.reduce((sum, imageId) => sum + (cache.isLoaded(imageId) ? 1 : 0), 0)

async function work(): Promise<void> {
  running++
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (cache.isLoaded(next)) continue
    const options = { priority: 0, requestType: Enums.RequestType.Prefetch }
    await imageLoader.loadAndCacheImage(next, options).catch(() => failed.add(next ?? ''))
  }
  running--
}
