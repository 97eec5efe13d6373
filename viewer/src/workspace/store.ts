/** A value that parts of the page watch. */
export interface Store<State> {
  get(): State
  update(change: (state: State) => State): void
  /** Calls back after each change; the answer ends it. */
  subscribe(listener: (state: State, before: State) => void): () => void
}

export function createStore<State>(initial: State): Store<State> {
  let state = initial
  const listeners = new Set<(state: State, before: State) => void>()
  return {
    get: () => state,
    update(change) {
      const before = state
      state = change(before)
      if (state === before) return
      for (const listener of [...listeners]) if (listeners.has(listener)) listener(state, before)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Calls `render` now and whenever one of the chosen values is another one; the answer ends it. */
export function watch<State>(store: Store<State>, choose: (state: State) => readonly unknown[], render: () => void): () => void {
  let last = choose(store.get())
  render()
  return store.subscribe((state) => {
    const next = choose(state)
    const same = next.every((value, n) => Object.is(value, last[n]))
    last = next
    if (!same) render()
  })
}

/** The same value for a part of the page that ends before the store does: `end` ends all that it watches. */
export function borrowed<State>(store: Store<State>): Store<State> & { end(): void } {
  const endings: (() => void)[] = []
  return {
    ...store,
    subscribe(listener) {
      const end = store.subscribe(listener)
      endings.push(end)
      return end
    },
    end: () => endings.splice(0).forEach((end) => end()),
  }
}
