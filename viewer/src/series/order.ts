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

/** A stack to bring in, from the slice the reader looks at. */
export interface Wish {
  readonly imageIds: readonly string[]
  readonly from: number
}

/** Slices to each side that a reader reaches before anything else can be asked for. */
const NEAR = 6

/**
 * Images in the order a reader needs them: the nearest slices of the stack in hand (the first), then those of the
 * stacks beside it, then the rest of the stack in hand, then the rest beside it. Each image once.
 */
export function readingOrder(wishes: readonly Wish[]): string[] {
  const orders = wishes.map(({ imageIds, from }) => outward(imageIds.length, from).map((at) => imageIds[at] ?? ''))
  const near = (order: readonly string[]): readonly string[] => order.slice(0, 2 * NEAR + 1)
  const [inHand = [], ...beside] = orders
  return [...new Set([...near(inHand), ...interleave(beside.map(near)), ...inHand, ...interleave(beside)])]
}
