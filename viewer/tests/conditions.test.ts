import { describe, expect, it } from 'vitest'
import { isAsked } from '../src/pages/conditions'

describe('a question that hangs on another', () => {
  it('is asked when one of the answers is wanted', () => {
    expect(isAsked(['folfox', 'other'], ['other'])).toBe(true)
  })
  it('is not asked without an answer, or for another one', () => {
    expect(isAsked([], ['other'])).toBe(false)
    expect(isAsked([''], ['other'])).toBe(false)
    expect(isAsked(['folfox'], ['other', 'none'])).toBe(false)
  })
})
