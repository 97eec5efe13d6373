import { cache, Enums, imageLoader } from '@cornerstonejs/core'

/** The values of one frame in its own units (rescaled), row by row; fetched where it is not in memory. */
export async function valuesOf(imageId: string): Promise<ArrayLike<number>> {
  await imageLoader.loadAndCacheImage(imageId, { priority: -10, requestType: Enums.RequestType.Interaction })
  const image = cache.getImage(imageId)
  return image?.voxelManager?.getScalarData() ?? image?.getPixelData() ?? []
}
