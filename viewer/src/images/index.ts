/** The one door to the drawing library: nothing outside this folder imports Cornerstone. */
export { drawsOnCpu, endPlanes, forgetOldFrames, resizeImages, startImages } from './engine'
export { Library, type Shelf, type Shelves } from './library'
export { nLoaded, stream } from './streaming'
export { greyPixels } from './painting'
export { PlanePane, type PlaneName, type Slab } from './plane-pane'
export { StackPane } from './stack-pane'
export { valuesOf } from './values'
export { loadVolume } from './volume'
