import { describe, expect, it } from 'vitest'
import { boxOf } from '../src/pages/choosing'

describe('the box of a whole table', () => {
  it('is ticked when every row is, and open when none is', () => {
    expect(boxOf(3, 3)).toEqual({ checked: true, indeterminate: false })
    expect(boxOf(0, 3)).toEqual({ checked: false, indeterminate: false })
    expect(boxOf(0, 0)).toEqual({ checked: false, indeterminate: false })
  })
  it('says that some rows are chosen, without choosing the others', () => {
    expect(boxOf(1, 3)).toEqual({ checked: false, indeterminate: true })
  })
})
