import { describe, expect, it } from 'vitest'

const LONGEST_MODULE = 400

const sources = import.meta.glob<string>('../src/**/*.ts', { query: '?raw', import: 'default', eager: true })
const files = Object.entries(sources).map(([path, text]) => ({ name: path.replace('../src/', ''), text }))
const written = files.filter(({ name }) => name !== 'api/schema.ts')

/** Modules of ours that a module imports at run time. */
function imports(name: string, text: string): string[] {
  return [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+)'/gms)]
    .map(([, path = '']) => new URL(path, `file:///${name}`).pathname.slice(1))
    .map((path) => (files.some((file) => file.name === `${path}.ts`) ? `${path}.ts` : `${path}/index.ts`))
}

describe('the house', () => {
  it('has one door to the drawing library', () => {
    const inside = written.filter(({ text }) => text.includes('@cornerstonejs')).map(({ name }) => name.split('/')[0])
    expect([...new Set(inside)]).toEqual(['images'])
    const around = written.filter(({ name, text }) => !name.startsWith('images') && /from '[^']*\/images\/[^']+'/.test(text))
    expect(around.map(({ name }) => name)).toEqual([])
  })

  it('has one place that talks HTTP', () => {
    const talking = written.filter(({ text }) => /\bfetch\(|XMLHttpRequest/.test(text))
    expect(talking.map(({ name }) => name)).toEqual(['api/client.ts'])
  })

  it('has no any and no long module', () => {
    expect(written.filter(({ text }) => /(:|<|as) any\b/.test(text)).map(({ name }) => name)).toEqual([])
    expect(written.filter(({ text }) => text.split('\n').length > LONGEST_MODULE).map(({ name }) => name)).toEqual([])
  })

  it('never makes markup from text, which the content security policy and names with brackets forbid', () => {
    expect(written.filter(({ text }) => /innerHTML|insertAdjacentHTML|setAttribute\('style'/.test(text)).map(({ name }) => name)).toEqual([])
  })

  it('has no import cycles', () => {
    expect(imports('main.ts', sources['../src/main.ts'] ?? '')).toContain('api/client.ts')
    const edges = new Map(written.map(({ name, text }) => [name, imports(name, text)]))
    const cycle = (name: string, path: readonly string[]): string[] | null => {
      if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
      for (const next of edges.get(name) ?? []) {
        const found = cycle(next, [...path, name])
        if (found) return found
      }
      return null
    }
    expect(written.map(({ name }) => cycle(name, [])).filter(Boolean)).toEqual([])
  })
})
