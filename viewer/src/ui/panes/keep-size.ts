import { resizeImages } from '../../images'

/** Fits the drawings whenever one of the elements changes its size, once per frame; the answer ends it. */
export function keepSize(elements: readonly HTMLElement[]): () => void {
  let asked = 0
  const observer = new ResizeObserver(() => {
    cancelAnimationFrame(asked)
    asked = requestAnimationFrame(() => {
      if (elements.every(({ clientWidth, clientHeight }) => clientWidth > 0 && clientHeight > 0)) resizeImages()
    })
  })
  for (const element of elements) observer.observe(element)
  return () => {
    cancelAnimationFrame(asked)
    observer.disconnect()
  }
}
