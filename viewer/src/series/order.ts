/** Indices from the middle outward: 5, 6, 4, 7, 3, ... */
export function outward(n: number, from: number): number[] {
  const middle = Math.max(0, Math.min(n - 1, from))
  const order: number[] = n > 0 ? [middle] : []
  for (let step = 1; order.length < n; step++) {
    if (middle + step < n) order.push(middle + step)
    if (middle - step >= 0) order.push(middle - step)
  }
  return order
}

/** Takes one of each list in turn until all are used up. */
export function interleave<Item>(lists: readonly (readonly Item[])[]): Item[] {
  const longest = Math.max(0, ...lists.map((list) => list.length))
  const taken: Item[] = []
  for (let turn = 0; turn < longest; turn++) {
    for (const list of lists) {
      const item = list[turn]
      if (item !== undefined) taken.push(item)
    }
  }
  return taken
}
