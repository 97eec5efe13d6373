import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '../src/api/client'
import type { Piece, Upload, UploadClient, UploadFile } from '../src/api/uploads'
import { Gap } from '../src/api/uploads'
import { Line, type Hold } from '../src/pages/upload/line'
import { inBatches, isOf, nextPiece, Rate, toSend, waitMs } from '../src/pages/upload/plan'
import { Sending } from '../src/pages/upload/sending'
import { percent, sizeText, spanText } from '../src/pages/upload/words'

const MIB = 1024 * 1024
const file = (size: number): Blob => new Blob([new Uint8Array(size)])
const broken = (): Problem => new Problem(0, 'no-answer', 'no answer', null)

describe('what is sent', () => {
  it('leaves out what operating systems put into folders, and names each file once', () => {
    const chosen = ['CT/1.dcm', 'CT/.DS_Store', '__MACOSX/CT/1.dcm', 'CT/._1.dcm', 'Thumbs.db', 'CT/1.dcm'].map((name) => ({ name, file: file(1) }))
    const { files, nLeftOut } = toSend(chosen)
    expect(files.map((one) => one.name)).toEqual(['CT/1.dcm'])
    expect(nLeftOut).toBe(4)
  })

  it('recognises an unfinished upload by names and sizes, also where more files are chosen now', () => {
    const chosen = [{ name: 'a', file: file(3) }, { name: 'b', file: file(4) }]
    expect(isOf([{ name: 'a', n_bytes: 3 }], chosen)).toBe(true)
    expect(isOf([{ name: 'a', n_bytes: 4 }], chosen)).toBe(false)
    expect(isOf([{ name: 'a', n_bytes: 3 }, { name: 'c', n_bytes: 1 }], chosen)).toBe(false)
    expect(isOf([], chosen)).toBe(false)
  })

  it('comes in batches of which none is too long', () => {
    expect(inBatches([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
    expect(inBatches([], 2)).toEqual([])
  })

  it('is cut larger on a quick line, and smaller where a piece takes long', () => {
    expect(nextPiece(MIB, 200, 8 * MIB)).toBe(2 * MIB)
    expect(nextPiece(8 * MIB, 200, 8 * MIB)).toBe(8 * MIB)
    expect(nextPiece(2 * MIB, 3000, 8 * MIB)).toBe(2 * MIB)
    expect(nextPiece(2 * MIB, 9000, 8 * MIB)).toBe(MIB)
  })

  it('is told with units, and as whole only when it is', () => {
    expect([sizeText(312), sizeText(4_200_000), sizeText(2_055_621_814)]).toEqual(['312 B', '4.2 MB', '2.1 GB'])
    expect([spanText(0), spanText(45), spanText(720), spanText(3900)]).toEqual(['1 s', '45 s', '12 min', '1 h 5 min'])
    expect([percent(999, 1000), percent(1000, 1000), percent(0, 0)]).toEqual([99, 100, 100])
  })

  it('has a rate over the last moments only', () => {
    const rate = new Rate()
    rate.add(1000, 0)
    rate.add(1000, 1000)
    rate.add(1000, 2000)
    expect(rate.perSecond(2000)).toBe(1000)
    expect(rate.perSecond(60_000)).toBe(0)
  })
})

describe('a broken line', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is tried again by itself after growing waits', async () => {
    const holds: (Hold | null)[] = []
    const line = new Line((hold) => holds.push(hold))
    let left = 3
    const done = line.insist(() => (left-- > 0 ? Promise.reject(broken()) : Promise.resolve('there')))
    await vi.advanceTimersByTimeAsync(1000)
    expect(left).toBe(1)
    await vi.advanceTimersByTimeAsync(2000)
    expect(left).toBe(0)
    await vi.advanceTimersByTimeAsync(4000)
    expect(await done).toBe('there')
    expect(holds.map((hold) => hold?.kind ?? null)).toEqual(['broken', null, 'broken', null, 'broken', null])
    expect([1, 2, 3, 10].map(waitMs)).toEqual([1000, 2000, 4000, 30_000])
  })

  it('is not tried again for what the server refuses', async () => {
    const line = new Line(() => undefined)
    const refused = new Problem(409, 'file-changed', 'Conflict', 'The file has changed')
    await expect(line.insist(() => Promise.reject(refused))).rejects.toBe(refused)
  })

  it('is paused until somebody goes on, and waits for whoever has to sign in again', async () => {
    const holds: (Hold | null)[] = []
    const line = new Line((hold) => holds.push(hold))
    line.pause()
    const act = vi.fn(() => Promise.resolve(1))
    const done = line.insist(act)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(act).not.toHaveBeenCalled()
    line.goOn()
    await done
    let answers = [new Problem(401, 'not-authenticated', 'Unauthorized', null)]
    const again = line.insist(() => (answers.length > 0 ? Promise.reject(answers.pop()) : Promise.resolve(2)))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(holds.at(-1)).toEqual({ kind: 'signed-out' })
    line.goOn()
    expect(await again).toBe(2)
  })
})

/** A server that keeps what it is sent, and forgets to answer now and then. */
class Server {
  readonly files = new Map<number, { name: string; size: number; received: number }>()
  nPieces = 0
  atOnce = 0
  mostAtOnce = 0
  finished = 0
  breaksAt = -1

  announce(_id: string, files: readonly { name: string; n_bytes: number }[]): Promise<readonly UploadFile[]> {
    return Promise.resolve(
      files.map(({ name, n_bytes }) => {
        const known = [...this.files].find(([, one]) => one.name === name)
        const id = known?.[0] ?? this.files.size + 1
        if (!known) this.files.set(id, { name, size: n_bytes, received: 0 })
        return { id, name, n_bytes, n_bytes_received: known?.[1].received ?? 0 }
      }),
    )
  }

  async send(_id: string, fileId: number, piece: Piece): Promise<number> {
    this.atOnce += 1
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce)
    await new Promise((resolve) => setTimeout(resolve, 1))
    this.atOnce -= 1
    const found = this.files.get(fileId)
    if (!found) throw new Error('unknown file')
    if (piece.offset !== found.received) throw new Gap(found.received)
    found.received += piece.bytes.byteLength
    this.nPieces += 1
    if (this.nPieces === this.breaksAt) throw broken()
    return found.received
  }

  finish(): Promise<Upload> {
    this.finished += 1
    return Promise.resolve({ id: 'u', state: 'sent' } as Upload)
  }
}

const sendingTo = (server: Server, files: Record<string, number>): Sending =>
  new Sending(server as unknown as UploadClient, Object.entries(files).map(([name, size]) => ({ name, file: file(size) })), () => undefined)
const UPLOAD = { id: 'u', piece_bytes: 8 * MIB } as Upload

describe('sending', () => {
  it('sends four files at once, each in order, and finishes once', async () => {
    const server = new Server()
    const sending = sendingTo(server, Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`${n}.dcm`, 2 * MIB + n])))
    await sending.run(UPLOAD)
    expect([...server.files.values()].every((one) => one.received === one.size)).toBe(true)
    expect(server.mostAtOnce).toBe(4)
    expect(server.finished).toBe(1)
    expect(sending.progress().nSent).toBe(9)
  })

  it('sends only what is not there yet', async () => {
    const server = new Server()
    server.files.set(1, { name: 'a.dcm', size: 3 * MIB, received: 2 * MIB })
    server.files.set(2, { name: 'b.dcm', size: 5, received: 5 })
    await sendingTo(server, { 'a.dcm': 3 * MIB, 'b.dcm': 5 }).run(UPLOAD)
    expect(server.nPieces).toBe(1)
  })

  it('finds its place again when a piece was kept but its answer was lost', async () => {
    const server = new Server()
    server.breaksAt = 2
    await sendingTo(server, { 'a.dcm': 6 * MIB }).run(UPLOAD)
    expect(server.files.get(1)?.received).toBe(6 * MIB)
    expect(server.finished).toBe(1)
  })

  it('ends where the server refuses, and sends nothing more', async () => {
    const server = new Server()
    const refused = new Problem(409, 'file-changed', 'Conflict', null)
    server.send = () => Promise.reject(refused)
    await expect(sendingTo(server, { 'a.dcm': 5, 'b.dcm': 5 }).run(UPLOAD)).rejects.toBe(refused)
    expect(server.finished).toBe(0)
  })
})
