import { describe, expect, it } from 'vitest'
import { readingOrder, type Wish } from '../src/series/order'
import { borrowed, createStore } from '../src/workspace/store'

const wish = (name: string, n: number, from: number): Wish => ({ imageIds: Array.from({ length: n }, (_, at) => `${name}${at}`), from })

describe('the order in which images are brought in', () => {
  it('begins with the visible slice in hand and its neighbours, then comes what hangs beside', () => {
    const order = readingOrder([wish('ct', 40, 20), wish('eob', 40, 5), wish('dwi', 40, 7)])
    expect(order.slice(0, 3)).toEqual(['ct20', 'ct21', 'ct19'])
    expect(order.slice(13, 16)).toEqual(['eob5', 'dwi7', 'eob6'])
    expect(order.indexOf('ct39')).toBeLessThan(order.indexOf('eob39'))
    expect(order.indexOf('ct33')).toBeGreaterThan(order.indexOf('dwi7'))
  })

  it('holds every image exactly once', () => {
    const wishes = [wish('ct', 30, 29), wish('eob', 3, 0), wish('ct', 30, 0)]
    expect(readingOrder(wishes).toSorted()).toEqual([...wish('ct', 30, 0).imageIds, ...wish('eob', 3, 0).imageIds].toSorted())
  })

  it('is empty where nothing is shown', () => expect(readingOrder([])).toEqual([]))
})

it('a borrowed store is quiet after its end, and the lender is not', () => {
  const lender = createStore(1)
  const mine = borrowed(lender)
  const heard: string[] = []
  mine.subscribe(() => heard.push('mine'))
  lender.subscribe(() => heard.push('lender'))
  mine.update((n) => n + 1)
  mine.end()
  lender.update((n) => n + 1)
  expect(heard).toEqual(['mine', 'lender', 'lender'])
  expect(mine.get()).toBe(3)
})
