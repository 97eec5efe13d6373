import { describe, expect, it } from 'vitest'
import { casePath, routeOf } from '../src/route'
import { en } from '../src/text/en'
import { ja } from '../src/text/ja'
import { languageOf } from '../src/text/language'
import { clock, decimals } from '../src/ui/numbers'

/** Every text of a catalogue by its path; functions are called with sample values. */
function texts(part: unknown, path = ''): [string, string][] {
  if (typeof part === 'string') return [[path, part]]
  if (typeof part === 'function') return texts((part as (...values: unknown[]) => unknown)(2, 3, 4), path)
  return Object.entries((part ?? {}) as object).flatMap(([name, inside]) => texts(inside, `${path}.${name}`))
}

/** The same in both languages: abbreviations, symbols and names of the languages. */
const SHARED = /^\.(otherLanguage|language|none|steps|presets\.adc|pane\.|warnings$|top\.lesionOf|mpr\.(brightest|darkest))/

describe('the catalogues', () => {
  it('hold the same texts', () => {
    const paths = (catalogue: unknown): string[] => texts(catalogue).map(([path]) => path).sort()
    expect(paths(ja)).toEqual(paths(en))
  })

  it('leave no text empty', () => {
    expect([...texts(en), ...texts(ja)].filter(([, text]) => text.trim() === '')).toEqual([])
  })

  it('are really translated', () => {
    const english = new Map(texts(en))
    const same = texts(ja).filter(([path, text]) => english.get(path) === text && !SHARED.test(path))
    expect(same).toEqual([])
  })

  it('never show a pattern or a missing value', () => {
    expect([...texts(en), ...texts(ja)].filter(([, text]) => /undefined|null|NaN|\$\{/.test(text))).toEqual([])
  })
})

it('the language is the one chosen on this device, else the one of the session', () => {
  expect(languageOf('ja', { getItem: () => null })).toBe('ja')
  expect(languageOf('ja-JP', { getItem: () => 'en' })).toBe('en')
  expect(languageOf('fr', { getItem: () => null })).toBe('en')
})

it('addresses name a case or the worklist, and come back from a case', () => {
  expect(routeOf('/viewer/')).toEqual({ page: 'worklist' })
  expect(routeOf('/viewer')).toEqual({ page: 'worklist' })
  const name = { caseId: '0b1c', timepoint: 'pre op' }
  expect(routeOf(casePath(name))).toEqual({ page: 'case', ...name })
})

it('numbers have a true minus sign and no minus zero', () => {
  expect(decimals(-1.26, 1)).toBe('−1.3')
  expect(decimals(-0.01, 1)).toBe('0.0')
})

it('times of day have two digits each', () => {
  expect(clock('2026-01-01T03:05:00')).toBe('03:05')
})
