/** The first slice of the page of tiles that holds a slice; the last page is full too where there are slices enough. */
export function tilesFrom(index: number, nTiles: number, nSlices: number): number {
  const page = Math.floor(index / nTiles) * nTiles
  return Math.max(0, Math.min(page, nSlices - nTiles))
}
