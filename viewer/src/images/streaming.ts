import { cache, Enums, imageLoader } from '@cornerstonejs/core'

/** Frames on their way at a time: enough to keep the line full, few enough that a new wish is heard soon. */
const PARALLEL = 4
/** What nobody looks at yet is fetched only while this share of the memory for images is free. */
const FREE_SHARE = 0.25

interface Queue {
  readonly left: string[]
  readonly ifRoom: boolean
  readonly done: (complete: boolean) => void
}

let queue: Queue | null = null
let running = 0
const failed = new Set<string>()

/**
 * Brings images in, in this order, in the place of what was wished before. True once all are there or tried; false
 * when another wish came in between. With `ifRoom` it stops before it would push other images out of memory, with
 * `ifIdle` it gives way to what is on its way already.
 */
export function stream(imageIds: readonly string[], { ifRoom = false, ifIdle = false } = {}): Promise<boolean> {
  if (ifIdle && queue) return Promise.resolve(false)
  queue?.done(false)
  const left = imageIds.filter((imageId) => !failed.has(imageId) && !cache.isLoaded(imageId))
  return new Promise((done) => {
    queue = { left, ifRoom, done }
    const workers = Math.min(PARALLEL - running, left.length)
    for (let n = 0; n < workers; n++) void work()
    if (left.length === 0) finish()
  })
}

/** How many of these images are in memory. */
export const nLoaded = (imageIds: readonly string[]): number =>
  imageIds.reduce((sum, imageId) => sum + (cache.isLoaded(imageId) ? 1 : 0), 0)

async function work(): Promise<void> {
  running++
  for (let next = take(); next !== undefined; next = take()) {
    const imageId = next
    const options = { priority: 0, requestType: Enums.RequestType.Prefetch }
    if (!cache.isLoaded(imageId)) await imageLoader.loadAndCacheImage(imageId, options).catch(() => failed.add(imageId))
  }
  running--
  if (running === 0) finish()
}

/** The next image of whatever is wished now. */
function take(): string | undefined {
  if (!queue || (queue.ifRoom && isNearlyFull())) return undefined
  return queue.left.shift()
}

function finish(): void {
  queue?.done(true)
  queue = null
}

const isNearlyFull = (): boolean => cache.getCacheSize() > cache.getMaxCacheSize() * (1 - FREE_SHARE)
