/** A line that breaks now and then: whoever uses it waits together, longer each time, and goes on by itself. */
import { Problem } from '../../api/client'
import { isTransient, waitMs } from './plan'

/** What holds the sending up; `untilMs` is when it is tried again by itself. */
export type Hold =
  | { readonly kind: 'paused' }
  | { readonly kind: 'broken'; readonly untilMs: number }
  | { readonly kind: 'full'; readonly untilMs: number }
  | { readonly kind: 'signed-out' }

const FULL = 507
const SIGNED_OUT = 401

/** Runs requests, again and again where the line broke; everything else is thrown to the caller. */
export class Line {
  private held: { readonly over: Promise<void>; readonly goOn: () => void } | null = null
  private nFailures = 0

  constructor(private readonly tell: (hold: Hold | null) => void) {}

  /** Does it once nothing holds it up, and again until it succeeds or is refused. */
  async insist<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      await this.held?.over
      try {
        const answer = await act()
        this.nFailures = 0
        return answer
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        if (error.status === SIGNED_OUT) this.hold({ kind: 'signed-out' })
        else if (isTransient(error.status)) this.breakOff(error.status)
        else throw error
      }
    }
  }

  pause(): void {
    this.held?.goOn()
    this.hold({ kind: 'paused' })
  }

  /** Ends whatever holds the line up: a pause, or a wait. */
  goOn(): void {
    this.held?.goOn()
  }

  private breakOff(status: number): void {
    if (this.held) return
    this.nFailures += 1
    const waits = waitMs(this.nFailures)
    this.hold({ kind: status === FULL ? 'full' : 'broken', untilMs: Date.now() + waits }, waits)
  }

  private hold(why: Hold, waitsMs?: number): void {
    if (this.held) return
    let goOn = (): void => undefined
    const over = new Promise<void>((resolve) => (goOn = resolve))
    const timer = waitsMs === undefined ? null : setTimeout(goOn, waitsMs)
    const held = { over, goOn }
    this.held = held
    this.tell(why)
    void over.then(() => {
      if (timer !== null) clearTimeout(timer)
      if (this.held === held) this.held = null
      if (this.held === null) this.tell(null)
    })
  }
}
