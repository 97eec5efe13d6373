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

let engine: RenderingEngine | null = null

/** Starts drawing and decoding once; `cpu` draws without the graphics card. */
export function startImages(options: { cpu: boolean }): void {
  if (engine) return
  startCore({ ...getConfiguration(), rendering: { ...getConfiguration().rendering, useCPURendering: options.cpu } })
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

/** True where the browser has no usable graphics: stacks only, no MPR. */
export const drawsOnCpu = (): boolean => getShouldUseCPURendering()

/** Lets the loader know the header of every frame, so that no frame is parsed again. */
export function registerFrames(frames: readonly Frame[]): void {
  for (const frame of frames) wadors.metaDataManager.add(frame.imageId, frame.dataset as never)
}

/** Fits all drawings to their elements; what each one shows stays. */
export const resizeImages = (): void => engine?.resize(true, true)
