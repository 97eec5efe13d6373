import { Problem } from '../api/client'
import { entryKey, sameBody, type Bodies, type Entry, type EntryKey } from './entries'

/** How saving stands, for everybody to see. */
export type SaveState =
  | { readonly kind: 'saved'; readonly at: string | null }
  | { readonly kind: 'saving' }
  | { readonly kind: 'waiting'; readonly problem: Problem }
  | { readonly kind: 'conflict'; readonly entry: Entry; readonly theirs: Entry['body'] | null }
  | { readonly kind: 'refused'; readonly entry: Entry; readonly problem: Problem }

/** The read as the server has it. */
export interface Stored {
  readonly version: number
  readonly savedAt: string | null
  readonly bodies: Bodies
}

/** What saving needs from outside. */
export interface Outside {
  send(entry: Entry, version: number): Promise<{ version: number; savedAt: string | null }>
  reload(): Promise<Stored>
  /** Keeps what is not saved yet, in its order, for after a reload or a broken line. */
  keep(pending: readonly Entry[]): void
  wait(ms: number): Promise<void>
}

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000

/** Sends entries one at a time in their order, the newest of each name only, until the server has them all. */
export class Autosave {
  private readonly pending = new Map<EntryKey, Entry>()
  private readonly listeners = new Set<(state: SaveState) => void>()
  private running: Promise<void> | null = null
  private retryMs = FIRST_RETRY_MS
  private current: SaveState

  constructor(
    private readonly outside: Outside,
    private stored: Stored,
  ) {
    this.current = { kind: 'saved', at: stored.savedAt }
  }

  get state(): SaveState {
    return this.current
  }

  /** The version of the read that the server has told last. */
  get version(): number {
    return this.stored.version
  }

  get hasUnsaved(): boolean {
    return this.pending.size > 0
  }

  subscribe(listener: (state: SaveState) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  put(entry: Entry): void {
    const key = entryKey(entry)
    this.pending.delete(key)
    this.pending.set(key, entry)
    this.keep()
    void this.run()
  }

  /** Ends a conflict: my entry goes over theirs, or theirs stays. */
  async resolve(choice: 'mine' | 'theirs'): Promise<void> {
    await this.running
    if (this.current.kind !== 'conflict') return
    if (choice === 'theirs') {
      this.pending.delete(entryKey(this.current.entry))
      this.keep()
    }
    this.say(this.pending.size > 0 ? { kind: 'saving' } : { kind: 'saved', at: this.stored.savedAt })
    await this.run()
  }

  /** Tries again now. */
  async retry(): Promise<void> {
    this.retryMs = FIRST_RETRY_MS
    await this.run()
  }

  private run(): Promise<void> {
    if (this.current.kind === 'conflict') return Promise.resolve()
    this.running ??= this.sendAll().finally(() => {
      this.running = null
    })
    return this.running
  }

  private async sendAll(): Promise<void> {
    while (await this.sendNext());
  }

  private async sendNext(): Promise<boolean> {
    const [next] = this.pending.values()
    if (!next) return false
    this.say({ kind: 'saving' })
    try {
      const { version, savedAt } = await this.outside.send(next, this.stored.version)
      this.settle(next, version, savedAt)
      return true
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return await this.recover(next, error)
    }
  }

  private settle(entry: Entry, version: number, savedAt: string | null): void {
    const bodies = new Map(this.stored.bodies)
    if (entry.body) bodies.set(entryKey(entry), entry.body)
    else bodies.delete(entryKey(entry))
    this.stored = { version, savedAt, bodies }
    this.retryMs = FIRST_RETRY_MS
    this.drop(entry)
    if (this.pending.size === 0) this.say({ kind: 'saved', at: savedAt })
  }

  private async recover(entry: Entry, problem: Problem): Promise<boolean> {
    if (problem.status === 412) return await this.catchUp(entry)
    if (isPassing(problem)) return await this.waitAfter(problem)
    this.drop(entry)
    this.say({ kind: 'refused', entry, problem })
    return this.pending.size > 0
  }

  /**
   * The read has moved on: take its version. What the server has of this entry already was saved and only its answer
   * was lost; what somebody else said of it meanwhile is a conflict; everything else goes on.
   */
  private async catchUp(entry: Entry): Promise<boolean> {
    const key = entryKey(entry)
    const known = this.stored.bodies.get(key)
    const newer = await this.outside.reload().catch((error: unknown) => (error instanceof Problem ? error : Promise.reject(error)))
    if (newer instanceof Problem) return await this.waitAfter(newer)
    this.stored = newer
    const theirs = newer.bodies.get(key)
    if (sameBody(theirs, entry.body)) {
      this.settle(entry, newer.version, newer.savedAt)
      return true
    }
    if (sameBody(known, theirs)) return true
    this.say({ kind: 'conflict', entry, theirs: theirs ?? null })
    return false
  }

  private async waitAfter(problem: Problem): Promise<boolean> {
    this.say({ kind: 'waiting', problem })
    await this.outside.wait(this.retryMs)
    this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2)
    return true
  }

  /** Forgets an entry that is done with, unless a newer one has taken its place meanwhile. */
  private drop(entry: Entry): void {
    const key = entryKey(entry)
    if (this.pending.get(key) === entry) this.pending.delete(key)
    this.keep()
  }

  private keep(): void {
    this.outside.keep([...this.pending.values()])
  }

  private say(state: SaveState): void {
    this.current = state
    for (const listener of this.listeners) listener(state)
  }
}

/** Problems that time or signing in again may mend. */
const isPassing = ({ status }: Problem): boolean => status === 0 || status === 401 || status === 429 || status >= 500
