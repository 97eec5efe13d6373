import { Problem, type CellName, type FindingIn } from '../api/client'
import { cellKey, cellName, type CellKey } from './cells'

/** How saving stands, for everybody to see. */
export type SaveState =
  | { readonly kind: 'saved'; readonly at: string | null }
  | { readonly kind: 'saving' }
  | { readonly kind: 'waiting'; readonly problem: Problem }
  | { readonly kind: 'conflict'; readonly cell: CellName; readonly theirs: FindingIn | null }
  | { readonly kind: 'refused'; readonly cell: CellName; readonly problem: Problem }

/** The read as the server has it. */
export interface Stored {
  readonly version: number
  readonly savedAt: string | null
  readonly findings: ReadonlyMap<CellKey, FindingIn>
}

/** What saving needs from outside; `null` as a finding clears the cell. */
export interface Outside {
  send(cell: CellName, finding: FindingIn | null, version: number): Promise<{ version: number; savedAt: string | null }>
  reload(): Promise<Stored>
  /** Keeps what is not saved yet, for after a reload or a broken line. */
  keep(pending: ReadonlyMap<CellKey, FindingIn | null>): void
  wait(ms: number): Promise<void>
}

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000

/** Sends findings one at a time, the newest of each cell only, until the server has them all. */
export class Autosave {
  private readonly pending = new Map<CellKey, FindingIn | null>()
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

  put(cell: CellName, finding: FindingIn | null): void {
    const key = cellKey(cell)
    this.pending.delete(key)
    this.pending.set(key, finding)
    this.outside.keep(this.pending)
    void this.run()
  }

  /** Ends a conflict: my entry goes over theirs, or theirs stays. */
  async resolve(choice: 'mine' | 'theirs'): Promise<void> {
    await this.running
    if (this.current.kind !== 'conflict') return
    if (choice === 'theirs') {
      this.pending.delete(cellKey(this.current.cell))
      this.outside.keep(this.pending)
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
    const [next] = this.pending
    if (!next) return false
    const [key, finding] = next
    this.say({ kind: 'saving' })
    try {
      const { version, savedAt } = await this.outside.send(cellName(key), finding, this.stored.version)
      this.settle(key, finding, version, savedAt)
      return true
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return await this.recover(key, finding, error)
    }
  }

  private settle(key: CellKey, finding: FindingIn | null, version: number, savedAt: string | null): void {
    const findings = new Map(this.stored.findings)
    if (finding) findings.set(key, finding)
    else findings.delete(key)
    this.stored = { version, savedAt, findings }
    this.retryMs = FIRST_RETRY_MS
    if (this.pending.get(key) === finding) this.pending.delete(key)
    this.outside.keep(this.pending)
    if (this.pending.size === 0) this.say({ kind: 'saved', at: savedAt })
  }

  private async recover(key: CellKey, finding: FindingIn | null, problem: Problem): Promise<boolean> {
    if (problem.status === 412) return await this.catchUp(key)
    if (isPassing(problem)) {
      this.say({ kind: 'waiting', problem })
      await this.outside.wait(this.retryMs)
      this.retryMs = Math.min(LAST_RETRY_MS, this.retryMs * 2)
      return true
    }
    if (this.pending.get(key) === finding) this.pending.delete(key)
    this.outside.keep(this.pending)
    this.say({ kind: 'refused', cell: cellName(key), problem })
    return this.pending.size > 0
  }

  /** The read has moved on: take its version, and stop only where this very cell changed under us. */
  private async catchUp(key: CellKey): Promise<boolean> {
    const known = this.stored.findings.get(key)
    const newer = await this.outside.reload().catch((error: unknown) => (error instanceof Problem ? error : Promise.reject(error)))
    if (newer instanceof Problem) {
      this.say({ kind: 'waiting', problem: newer })
      await this.outside.wait(this.retryMs)
      return true
    }
    this.stored = newer
    const theirs = newer.findings.get(key)
    if (sameFinding(known, theirs)) return true
    this.say({ kind: 'conflict', cell: cellName(key), theirs: theirs ?? null })
    return false
  }

  private say(state: SaveState): void {
    this.current = state
    for (const listener of this.listeners) listener(state)
  }
}

/** Problems that time or signing in again may mend. */
const isPassing = ({ status }: Problem): boolean => status === 0 || status === 401 || status === 429 || status >= 500

/** Equal in every field that holds something; numbers and their text count as the same. */
export function sameFinding(a: FindingIn | undefined, b: FindingIn | undefined): boolean {
  const told = (finding: FindingIn | undefined): string =>
    JSON.stringify(
      Object.entries(finding ?? {})
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => [name, name === 'diameter_mm' ? Number(value) : value])
        .sort(([x], [y]) => String(x).localeCompare(String(y))),
    )
  return told(a) === told(b)
}
