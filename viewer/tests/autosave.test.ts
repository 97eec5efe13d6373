import { describe, expect, it } from 'vitest'
import { Problem, type CellName, type FindingIn } from '../src/api/client'
import { Autosave, type Outside, type SaveState, type Stored } from '../src/reading/autosave'
import { bodiesOf, entryKey, nextNewLabel, sameBody, type Entry } from '../src/reading/entries'
import { aFinding, aRead, aSavedFinding, centralSteps } from './builders'

const CELL: CellName = { lesionId: 'one', judged: 'ct' }
const OTHER: CellName = { lesionId: 'two', judged: 'ct' }
const LOCK: Entry = { kind: 'lock', step: 'ct', body: 'locked' }

const finding = (cell: CellName, body: FindingIn | null): Entry => ({ kind: 'finding', cell, body })

/** A server that keeps one read and fails as it is told. */
class Server {
  version = 1
  readonly bodies = new Map<string, Entry['body']>()
  readonly heard: string[] = []
  readonly kept: number[] = []
  failures: Problem[] = []
  waited: number[] = []
  /** Saves the next entry, but the answer is lost on its way. */
  loseAnswer = false

  outside(): Outside {
    return {
      send: async (entry, version) => {
        await Promise.resolve()
        const failure = this.failures.shift()
        if (failure) throw failure
        if (version !== this.version) throw new Problem(412, 'stale', 'stale', null)
        this.heard.push(entryKey(entry))
        if (entry.body) this.bodies.set(entryKey(entry), entry.body)
        else this.bodies.delete(entryKey(entry))
        this.version++
        if (this.loseAnswer) {
          this.loseAnswer = false
          throw new Problem(0, 'no-answer', 'no answer', null)
        }
        return { version: this.version, savedAt: '2026-01-01T00:00:00Z' }
      },
      reload: () => Promise.resolve(this.stored()),
      keep: (pending) => void this.kept.push(pending.length),
      wait: (ms) => {
        this.waited.push(ms)
        return Promise.resolve()
      },
    }
  }

  stored(): Stored {
    return { version: this.version, savedAt: null, bodies: new Map(this.bodies) }
  }

  finding(key: string): FindingIn | undefined {
    const body = this.bodies.get(`finding/${key}`)
    return body && typeof body !== 'string' && 'visibility' in body ? body : undefined
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
    saver.put(finding(CELL, aFinding({ confidence: 1 })))
    saver.put(finding(CELL, aFinding({ confidence: 2 })))
    saver.put(finding(CELL, aFinding({ confidence: 3 })))
    saver.put(finding(OTHER, aFinding()))
    await done('saved')
    expect(server.finding('one/ct')?.confidence).toBe(3)
    expect(server.finding('two/ct')).toBeDefined()
    expect(server.heard.length).toBeLessThan(4)
    expect(saver.hasUnsaved).toBe(false)
    expect(saver.version).toBe(server.version)
  })

  it('keeps what is not saved until it is, for a reload', async () => {
    const server = new Server()
    const { saver, done } = aSaver(server)
    saver.put(finding(CELL, aFinding()))
    expect(server.kept).toEqual([1])
    await done('saved')
    expect(server.kept.at(-1)).toBe(0)
  })

  it('tries again after a broken line, waiting longer each time, and loses nothing', async () => {
    const server = new Server()
    server.failures = [0, 503, 401].map((status) => new Problem(status, 'x', 'x', null))
    const { saver, states, done } = aSaver(server)
    saver.put(finding(CELL, aFinding()))
    await done('saved')
    expect(states).toContain('waiting')
    expect(server.waited).toEqual([1000, 2000, 4000])
    expect(server.bodies.size).toBe(1)
  })

  it('takes the newer version when another cell changed elsewhere', async () => {
    const server = new Server()
    const { saver, done } = aSaver(server)
    server.version = 7
    server.bodies.set('finding/two/eob', aFinding())
    saver.put(finding(CELL, aFinding()))
    await done('saved')
    expect(server.version).toBe(8)
  })

  it('stops and asks when the same cell changed elsewhere, and saves mine when told', async () => {
    const server = new Server()
    const { saver, done } = aSaver(server)
    server.version = 7
    server.bodies.set('finding/one/ct', aFinding({ visibility: 'not-visible' }))
    saver.put(finding(CELL, aFinding({ confidence: 5 })))
    await done('conflict')
    expect(server.heard).toEqual([])
    await saver.resolve('mine')
    await done('saved')
    expect(server.finding('one/ct')?.confidence).toBe(5)
  })

  it('leaves theirs when told', async () => {
    const server = new Server()
    const { saver, done } = aSaver(server)
    server.version = 7
    server.bodies.set('finding/one/ct', aFinding({ visibility: 'not-visible' }))
    saver.put(finding(CELL, aFinding()))
    await done('conflict')
    await saver.resolve('theirs')
    await done('saved')
    expect(server.finding('one/ct')?.visibility).toBe('not-visible')
    expect(saver.hasUnsaved).toBe(false)
  })

  it('says what the server refused and does not send it again', async () => {
    const server = new Server()
    server.failures = [new Problem(409, 'locked', 'The read is signed', null)]
    const { saver, done } = aSaver(server)
    saver.put(finding(CELL, aFinding()))
    await done('refused')
    expect(saver.hasUnsaved).toBe(false)
    expect(server.heard).toEqual([])
  })

  it('clears a cell', async () => {
    const server = new Server()
    server.bodies.set('finding/one/ct', aFinding())
    const { saver, done } = aSaver(server)
    saver.put(finding(CELL, null))
    await done('saved')
    expect(server.bodies.size).toBe(0)
  })
})

describe('the order of a read', () => {
  it('locks a step behind the verdicts that were given before', async () => {
    const server = new Server()
    server.failures = [new Problem(0, 'no-answer', 'x', null)]
    const { saver, done } = aSaver(server)
    saver.put(finding(CELL, aFinding()))
    saver.put(finding(OTHER, aFinding()))
    saver.put(LOCK)
    await done('saved')
    expect(server.heard).toEqual(['finding/one/ct', 'finding/two/ct', 'lock/ct'])
  })

  it('takes an entry as saved when only the answer was lost', async () => {
    const server = new Server()
    server.loseAnswer = true
    const { saver, states, done } = aSaver(server)
    saver.put(finding(CELL, aFinding({ confidence: 5 })))
    saver.put(LOCK)
    await done('saved')
    expect(server.heard).toEqual(['finding/one/ct', 'lock/ct'])
    expect(states).not.toContain('conflict')
  })

  it('takes a step as locked when only the answer was lost', async () => {
    const server = new Server()
    const { saver, done } = aSaver(server)
    server.loseAnswer = true
    saver.put(LOCK)
    await done('saved')
    expect([server.heard, saver.hasUnsaved]).toEqual([['lock/ct'], false])
  })

  it('names what was refused', async () => {
    const server = new Server()
    server.failures = [new Problem(409, 'reading-step', 'L2 on CT has no verdict', null)]
    const { saver, done } = aSaver(server)
    saver.put(LOCK)
    await done('refused')
    expect(saver.state).toMatchObject({ kind: 'refused', entry: LOCK })
  })
})

describe('entries of a read', () => {
  it('are known by what they are about', () => {
    const image = { sopUid: '1.2', frame: 3 }
    expect([finding(CELL, null), LOCK, { kind: 'new-lesion', label: 'N1', body: null } as const, { kind: 'key-image', image, body: null } as const].map(entryKey)).toEqual([
      'finding/one/ct',
      'lock/ct',
      'new-lesion/N1',
      'key-image/1.2/3',
    ])
  })

  it('of the server have the same names as those of the reader', () => {
    const place = { series_uid: '1', sop_instance_uid: '1.2', frame: 3 }
    const read = aRead({
      steps: centralSteps(1),
      findings: [aSavedFinding('one', 'ct')],
      new_lesions: [{ label: 'N1', segment: 'VI', diameter_mm: '7.2', sequence: 'ct', position_mm: [0, 0, 0], ...place }],
      key_images: [place],
    })
    expect([...bodiesOf(read).keys()]).toEqual(['finding/one/ct', 'new-lesion/N1', 'key-image/1.2/3', 'lock/ct'])
    expect(bodiesOf(null).size).toBe(0)
  })

  it('are the same whatever is left out or written as text', () => {
    expect(sameBody({ visibility: 'visible', diameter_mm: '8.0', comment: null }, { visibility: 'visible', diameter_mm: 8 })).toBe(true)
    expect(sameBody(undefined, null)).toBe(true)
    expect(sameBody(undefined, aFinding())).toBe(false)
    expect(sameBody('locked', undefined)).toBe(false)
  })

  it('give a new lesion the label after the highest', () => {
    expect([nextNewLabel([]), nextNewLabel(['N1', 'N4'])]).toEqual(['N1', 'N5'])
  })
})
