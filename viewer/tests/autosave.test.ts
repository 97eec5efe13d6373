import { describe, expect, it } from 'vitest'
import { Problem, type CellName, type FindingIn } from '../src/api/client'
import { Autosave, sameFinding, type Outside, type SaveState, type Stored } from '../src/reading/autosave'
import { cellKey } from '../src/reading/cells'
import { aFinding } from './builders'

const CELL: CellName = { lesionId: 'one', sequence: 'ct' }
const OTHER: CellName = { lesionId: 'two', sequence: 'ct' }

/** A server that keeps one read and fails as it is told. */
class Server {
  version = 1
  readonly findings = new Map<string, FindingIn>()
  readonly heard: [string, FindingIn | null][] = []
  readonly kept: number[] = []
  failures: Problem[] = []
  waited: number[] = []

  outside(): Outside {
    return {
      send: async (cell, finding, version) => {
        await Promise.resolve()
        const failure = this.failures.shift()
        if (failure) throw failure
        if (version !== this.version) throw new Problem(412, 'stale', 'stale', null)
        this.heard.push([cellKey(cell), finding])
        if (finding) this.findings.set(cellKey(cell), finding)
        else this.findings.delete(cellKey(cell))
        return { version: ++this.version, savedAt: '2026-01-01T00:00:00Z' }
      },
      reload: () => Promise.resolve(this.stored()),
      keep: (pending) => void this.kept.push(pending.size),
      wait: (ms) => {
        this.waited.push(ms)
        return Promise.resolve()
      },
    }
  }

  stored(): Stored {
    return { version: this.version, savedAt: null, findings: new Map(this.findings) as Stored['findings'] }
  }
}

function aSaver(server: Server): { saver: Autosave; states: SaveState['kind'][]; done: (kind: SaveState['kind']) => Promise<void> } {
  const saver = new Autosave(server.outside(), server.stored())
  const states: SaveState['kind'][] = []
  saver.subscribe(({ kind }) => states.push(kind))
  const done = async (kind: SaveState['kind']): Promise<void> => {
    for (let turn = 0; turn < 100 && saver.state.kind !== kind; turn++) await Promise.resolve()
    expect(saver.state.kind).toBe(kind)
  }
  return { saver, states, done }
}

describe('autosave', () => {
  it('sends the newest value of each cell, one at a time', async () => {
    const server = new Server()
    const { saver, done } = aSaver(server)
    saver.put(CELL, aFinding({ confidence: 1 }))
    saver.put(CELL, aFinding({ confidence: 2 }))
    saver.put(CELL, aFinding({ confidence: 3 }))
    saver.put(OTHER, aFinding())
    await done('saved')
    expect(server.findings.get('one/ct')?.confidence).toBe(3)
    expect(server.findings.has('two/ct')).toBe(true)
    expect(server.heard.length).toBeLessThan(4)
    expect(saver.hasUnsaved).toBe(false)
    expect(saver.version).toBe(server.version)
  })

  it('keeps what is not saved until it is, for a reload', async () => {
    const server = new Server()
    const { saver, done } = aSaver(server)
    saver.put(CELL, aFinding())
    expect(server.kept).toEqual([1])
    await done('saved')
    expect(server.kept.at(-1)).toBe(0)
  })

  it('tries again after a broken line, waiting longer each time, and loses nothing', async () => {
    const server = new Server()
    server.failures = [0, 503, 401].map((status) => new Problem(status, 'x', 'x', null))
    const { saver, states, done } = aSaver(server)
    saver.put(CELL, aFinding())
    await done('saved')
    expect(states).toContain('waiting')
    expect(server.waited).toEqual([1000, 2000, 4000])
    expect(server.findings.size).toBe(1)
  })

  it('takes the newer version when another cell changed elsewhere', async () => {
    const server = new Server()
    const { saver, done } = aSaver(server)
    server.version = 7
    server.findings.set('two/eob', aFinding())
    saver.put(CELL, aFinding())
    await done('saved')
    expect(server.version).toBe(8)
  })

  it('stops and asks when the same cell changed elsewhere, and saves mine when told', async () => {
    const server = new Server()
    const { saver, done } = aSaver(server)
    server.version = 7
    server.findings.set('one/ct', aFinding({ visibility: 'not-visible' }))
    saver.put(CELL, aFinding({ confidence: 5 }))
    await done('conflict')
    expect(server.heard).toEqual([])
    await saver.resolve('mine')
    await done('saved')
    expect(server.findings.get('one/ct')?.confidence).toBe(5)
  })

  it('leaves theirs when told', async () => {
    const server = new Server()
    const { saver, done } = aSaver(server)
    server.version = 7
    server.findings.set('one/ct', aFinding({ visibility: 'not-visible' }))
    saver.put(CELL, aFinding())
    await done('conflict')
    await saver.resolve('theirs')
    await done('saved')
    expect(server.findings.get('one/ct')?.visibility).toBe('not-visible')
    expect(saver.hasUnsaved).toBe(false)
  })

  it('says what the server refused and does not send it again', async () => {
    const server = new Server()
    server.failures = [new Problem(409, 'locked', 'The read is signed', null)]
    const { saver, done } = aSaver(server)
    saver.put(CELL, aFinding())
    await done('refused')
    expect(saver.hasUnsaved).toBe(false)
    expect(server.heard).toEqual([])
  })

  it('clears a cell', async () => {
    const server = new Server()
    server.findings.set('one/ct', aFinding())
    const { saver, done } = aSaver(server)
    saver.put(CELL, null)
    await done('saved')
    expect(server.findings.size).toBe(0)
  })
})

it('findings are the same whatever is left out or written as text', () => {
  expect(sameFinding({ visibility: 'visible', diameter_mm: '8.0', comment: null }, { visibility: 'visible', diameter_mm: 8 })).toBe(true)
  expect(sameFinding(undefined, aFinding())).toBe(false)
})
