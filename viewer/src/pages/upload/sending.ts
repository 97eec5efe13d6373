/** One upload from the chosen files to the finished submission: several files at once, piece by piece. */
import { Problem } from '../../api/client'
import { FILES_AT_ONCE, Gap, type Piece, type Upload, type UploadClient } from '../../api/uploads'
import { Line, type Hold } from './line'
import { type Chosen, FIRST_PIECE, inBatches, nextPiece, Rate, sha256 } from './plan'

const LANES = 4
/** Pieces of a file that may arrive changed before the upload is given up: something on the way changes them. */
const MOST_WRONG = 5

export type PartState = 'waiting' | 'sending' | 'sent' | 'unreadable'

/** A file with up to where it is there. */
export interface Part {
  readonly name: string
  readonly size: number
  readonly received: number
  readonly state: PartState
}

/** How far the sending is. */
export interface Progress {
  readonly parts: readonly Part[]
  readonly nSent: number
  readonly nBytes: number
  readonly nBytesSent: number
  readonly perSecond: number
  readonly hold: Hold | null
}

interface Work {
  readonly name: string
  readonly file: Blob
  readonly size: number
  id: number
  received: number
  state: PartState
  nWrong: number
}

/** Sends files until all are there; a broken line is waited for. */
export class Sending {
  private readonly works: readonly Work[]
  private readonly line: Line
  private readonly rate = new Rate()
  private readonly stopped = new AbortController()
  private hold: Hold | null = null
  private pieceBytes = FIRST_PIECE
  private largest = FIRST_PIECE
  private next = 0

  constructor(
    private readonly client: UploadClient,
    chosen: readonly Chosen[],
    private readonly changed: () => void,
  ) {
    this.works = chosen.map(({ name, file }) => ({ name, file, size: file.size, id: 0, received: 0, state: 'waiting', nWrong: 0 }))
    this.line = new Line((hold) => {
      this.hold = hold
      this.changed()
    })
  }

  progress(): Progress {
    return {
      parts: this.works,
      nSent: this.works.filter((work) => work.state === 'sent').length,
      nBytes: this.works.reduce((sum, work) => sum + work.size, 0),
      nBytesSent: this.works.reduce((sum, work) => sum + work.received, 0),
      perSecond: this.rate.perSecond(performance.now()),
      hold: this.hold,
    }
  }

  pause(): void {
    this.line.pause()
  }

  goOn(): void {
    this.line.goOn()
  }

  /** Ends at once; what is there stays there. */
  stop(): void {
    this.stopped.abort()
    this.line.goOn()
  }

  /** Sends everything that is not there yet, and finishes the upload. Throws Problem where the server refuses. */
  async run(upload: Upload): Promise<Upload> {
    this.largest = upload.piece_bytes
    for (const batch of inBatches(this.works, FILES_AT_ONCE)) await this.announce(upload.id, batch)
    await Promise.all(Array.from({ length: LANES }, () => this.lane(upload.id))).catch((error: unknown) => this.giveUp(error))
    this.stopped.signal.throwIfAborted()
    const nUnreadable = this.works.filter((work) => work.state === 'unreadable').length
    if (nUnreadable > 0) throw new Unreadable(nUnreadable)
    return this.line.insist(() => this.client.finish(upload.id))
  }

  /** One refusal ends all lanes. */
  private giveUp(error: unknown): never {
    this.stopped.abort()
    throw error
  }

  private async announce(id: string, batch: readonly Work[]): Promise<void> {
    const files = batch.map(({ name, size }) => ({ name, n_bytes: size }))
    const known = await this.line.insist(() => this.client.announce(id, files))
    known.forEach((file, place) => {
      const work = batch[place]
      if (work) Object.assign(work, { id: file.id, received: file.n_bytes_received, state: file.n_bytes_received === work.size ? 'sent' : 'waiting' })
    })
    this.changed()
  }

  private async lane(id: string): Promise<void> {
    for (let work = this.take(); work && !this.stopped.signal.aborted; work = this.take()) {
      work.state = 'sending'
      try {
        await this.sendWhole(id, work)
        work.state = 'sent'
      } catch (error) {
        if (!(error instanceof DOMException) || this.stopped.signal.aborted) throw error
        work.state = 'unreadable'
      }
      this.changed()
    }
  }

  private take(): Work | undefined {
    while (this.works[this.next]?.state === 'sent') this.next += 1
    const found = this.works[this.next]
    this.next += 1
    return found
  }

  /** The next piece is read and its checksum made while the one before is on its way. */
  private async sendWhole(id: string, work: Work): Promise<void> {
    let ready: Promise<Piece> | null = null
    while (work.received < work.size) {
      const piece: Piece = await (ready ?? this.read(work, work.received))
      ready = null
      if (piece.offset !== work.received) continue
      const after = piece.offset + piece.bytes.byteLength
      if (after < work.size) {
        ready = this.read(work, after)
        ready.catch(() => undefined)
      }
      await this.sendPiece(id, work, piece)
    }
  }

  private async read(work: Work, offset: number): Promise<Piece> {
    const bytes = await work.file.slice(offset, Math.min(offset + this.pieceBytes, work.size)).arrayBuffer()
    return { offset, bytes, sha256: await sha256(bytes) }
  }

  private async sendPiece(id: string, work: Work, piece: Piece): Promise<void> {
    const began = performance.now()
    const before = work.received
    try {
      work.received = await this.line.insist(() => {
        this.stopped.signal.throwIfAborted()
        return this.client.send(id, work.id, piece, this.stopped.signal)
      })
    } catch (error) {
      if (error instanceof Gap) work.received = error.offset
      else if (!(error instanceof Problem) || error.code !== 'wrong-checksum' || ++work.nWrong > MOST_WRONG) throw error
    }
    const now = performance.now()
    this.pieceBytes = nextPiece(this.pieceBytes, now - began, this.largest)
    this.rate.add(Math.max(work.received - before, 0), now)
    this.changed()
  }
}

/** Some chosen files could not be read: they were changed, moved or removed meanwhile. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'

  constructor(readonly nFiles: number) {
    super(`${nFiles} files could not be read`)
  }
}
