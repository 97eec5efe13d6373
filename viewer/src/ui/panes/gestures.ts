/** A point in the pane, CSS pixels from its upper left corner. */
export type CanvasPoint = readonly [number, number]

export interface Drag {
  move(point: CanvasPoint, dx: number, dy: number): void
  end(point: CanvasPoint, moved: boolean): void
}

/** What hands and wheels can do to a pane. */
export interface Gestures {
  /** The drag that a press starts, or null when it means nothing. */
  press(point: CanvasPoint, event: PointerEvent): Drag | null
  hover(point: CanvasPoint | null, event: PointerEvent): void
  scroll(slices: number): void
  zoom(factor: number): void
  full(): void
}

/** Pixels a hand trembles without meaning to drag. */
const STILL_PX = 3
/** Wheel travel of one slice; a notch of a wheel is 100 or more, a trackpad sends many small steps. */
const WHEEL_PER_SLICE = 50

/** Listens to pointer and wheel on an element; the answer ends it. */
export function listen(element: HTMLElement, gestures: Gestures): () => void {
  const quiet = new AbortController()
  const options = { signal: quiet.signal }
  let drag: { drag: Drag; id: number; start: CanvasPoint; last: CanvasPoint; moved: boolean } | null = null
  let wheel = 0

  const at = (event: MouseEvent): CanvasPoint => {
    const box = element.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }
  element.addEventListener('pointerdown', (event) => {
    const point = at(event)
    const started = gestures.press(point, event)
    if (!started) return
    drag = { drag: started, id: event.pointerId, start: point, last: point, moved: false }
    element.setPointerCapture(event.pointerId)
  }, options)
  element.addEventListener('pointermove', (event) => {
    const point = at(event)
    if (!drag || drag.id !== event.pointerId) return gestures.hover(point, event)
    drag.moved ||= Math.hypot(point[0] - drag.start[0], point[1] - drag.start[1]) > STILL_PX
    if (drag.moved) drag.drag.move(point, point[0] - drag.last[0], point[1] - drag.last[1])
    if (drag.moved) drag.last = point
  }, options)
  const finish = (event: PointerEvent): void => {
    if (drag?.id !== event.pointerId) return
    const { drag: ended, moved } = drag
    drag = null
    ended.end(at(event), moved)
  }
  element.addEventListener('pointerup', finish, options)
  element.addEventListener('pointercancel', finish, options)
  element.addEventListener('pointerleave', (event) => gestures.hover(null, event), options)
  element.addEventListener('dblclick', () => gestures.full(), options)
  element.addEventListener('contextmenu', (event) => event.preventDefault(), options)
  element.addEventListener('auxclick', (event) => event.preventDefault(), options)
  element.addEventListener('wheel', (event) => {
    event.preventDefault()
    if (event.ctrlKey || event.metaKey) return gestures.zoom(event.deltaY > 0 ? 1.1 : 1 / 1.1)
    wheel += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * WHEEL_PER_SLICE
    const slices = Math.trunc(wheel / WHEEL_PER_SLICE)
    if (slices === 0) return
    wheel = Math.abs(event.deltaY) >= WHEEL_PER_SLICE ? 0 : wheel - slices * WHEEL_PER_SLICE
    gestures.scroll(Math.abs(event.deltaY) >= WHEEL_PER_SLICE ? Math.sign(slices) : slices)
  }, { ...options, passive: false })
  return () => quiet.abort()
}
