import {
  cache,
  Enums,
  getConfiguration,
  getShouldUseCPURendering,
  imageLoadPoolManager,
  imageRetrievalPoolManager,
  init as startCore,
  RenderingEngine,
} from '@cornerstonejs/core'
import { init as startLoader, wadors } from '@cornerstonejs/dicom-image-loader'
import type { Frame } from '../series/frames'

/** Decoded images kept in memory: four dynamic liver studies fit. */
const CACHE_BYTES = 1_500_000_000
/** Frames asked for at a time while streaming; more only queue in the browser. */
const PARALLEL_REQUESTS = 6

/** One graphics context for each pane. */
const N_CONTEXTS = 4

let engine: RenderingEngine | null = null
let planes: RenderingEngine | null = null

/** Starts drawing and decoding once; `cpu` draws without the graphics card. */
export function startImages(options: { cpu: boolean }): void {
  if (engine) return
  const usual = getConfiguration()
  const rendering = { ...usual.rendering, useCPURendering: options.cpu, webGlContextCount: N_CONTEXTS }
  startCore({ ...usual, rendering })
  startLoader({ maxWebWorkers: Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) - 1)) })
  cache.setMaxCacheSize(CACHE_BYTES)
  for (const pool of [imageLoadPoolManager, imageRetrievalPoolManager]) {
    pool.setMaxSimultaneousRequests(Enums.RequestType.Prefetch, PARALLEL_REQUESTS)
    pool.setMaxSimultaneousRequests(Enums.RequestType.Interaction, PARALLEL_REQUESTS)
    pool.grabDelay = 0
  }
  engine = new RenderingEngine('casebook')
}

export function renderingEngine(): RenderingEngine {
  if (!engine) throw new Error('startImages() comes first')
  return engine
}

/**
 * The engine of the planes cut through a volume. It is another one because volumes share the first context of an
 * engine and leave it with a size that the stack pane drawn there does not have.
 */
export function planeEngine(): RenderingEngine {
  planes ??= new RenderingEngine('casebook-planes')
  return planes
}

/** Gives back what the planes used. */
export function endPlanes(): void {
  planes?.destroy()
  planes = null
}

/** True where the browser has no usable graphics: stacks only, no MPR. */
export const drawsOnCpu = (): boolean => getShouldUseCPURendering()

/** Frames whose headers and images stay when another case is opened: that of before, and the first of the next. */
const N_KEPT = 3000

/** Frames that the loader knows, those registered last at the end. */
const known = new Set<string>()

/** Lets the loader know the header of every frame, so that no frame is parsed again. */
export function registerFrames(frames: readonly Frame[]): void {
  for (const { imageId, dataset } of frames) {
    wadors.metaDataManager.add(imageId, dataset as never)
    known.delete(imageId)
    known.add(imageId)
  }
}

/** Forgets frames of cases that were opened long ago, so that memory does not grow with every case. */
export function forgetOldFrames(): void {
  for (const imageId of [...known].slice(0, -N_KEPT)) {
    known.delete(imageId)
    wadors.metaDataManager.remove(imageId)
    if (cache.getImageLoadObject(imageId)) cache.removeImageLoadObject(imageId)
  }
}

/** Fits all drawings to their elements; what each one shows stays. */
export function resizeImages(): void {
  engine?.resize(true, true)
  planes?.resize(true, true)
}
