import { cache, volumeLoader } from '@cornerstonejs/core'
import { cornerstoneStreamingImageVolumeLoader } from '@cornerstonejs/core'
import { isVolume, type Stack } from '../series/stacks'

const SCHEME = 'cornerstoneStreamingImageVolume'
/** Volumes kept; the oldest goes first. */
const N_KEPT = 2

const kept: string[] = []
let registered = false

/** Loads a stack as a volume and answers its id, or null where the stack is none. Slices in memory are used again. */
export async function loadVolume(stack: Stack): Promise<string | null> {
  const first = stack.frames[0]
  if (!first || !isVolume(stack)) return null
  if (!registered) volumeLoader.registerVolumeLoader(SCHEME, cornerstoneStreamingImageVolumeLoader as never)
  registered = true
  const id = `${SCHEME}:${first.imageId}`
  const volume = await volumeLoader.createAndCacheVolume(id, { imageIds: stack.frames.map(({ imageId }) => imageId) })
  volume.load()
  keep(id)
  return id
}

function keep(id: string): void {
  const at = kept.indexOf(id)
  if (at >= 0) kept.splice(at, 1)
  kept.push(id)
  for (const old of kept.splice(0, Math.max(0, kept.length - N_KEPT))) cache.removeVolumeLoadObject(old)
}
