/** Slices a second that can be chosen. */
const SPEEDS = [3, 5, 8, 12, 16, 24] as const
const USUAL = 3

/** How the slices run; `measured` is what the machine really shows, 0 until it is known. */
export interface Running {
  readonly playing: boolean
  readonly speed: number
  readonly measured: number
}

/** What the cine moves: the slices of one pane. */
export interface Reel {
  readonly index: number
  readonly length: number
  /** Resolves to true once the slice is shown. */
  show(index: number): Promise<boolean>
}

/** Shows slices one after another, back and forth, no faster than they can be shown. */
export class Cine {
  private at = USUAL
  private way = 1
  private timer = 0
  private measured = 0
  private lastShownAt = 0

  constructor(
    private readonly reel: () => Reel | null,
    private readonly changed: () => void,
  ) {}

  get running(): Running {
    return { playing: this.timer !== 0, speed: SPEEDS[this.at] ?? SPEEDS[0], measured: this.measured }
  }

  toggle(): void {
    if (this.timer !== 0) return this.stop()
    if ((this.reel()?.length ?? 0) < 2) return
    this.measured = 0
    this.next(0)
    this.changed()
  }

  stop(): void {
    if (this.timer === 0) return
    clearTimeout(this.timer)
    this.timer = 0
    this.changed()
  }

  faster(by: number): void {
    this.at = Math.max(0, Math.min(SPEEDS.length - 1, this.at + by))
    this.changed()
  }

  private next(afterMs: number): void {
    this.timer = Number(setTimeout(() => void this.step(), afterMs))
  }

  private async step(): Promise<void> {
    const [mine, reel, start] = [this.timer, this.reel(), performance.now()]
    if (!reel) return this.stop()
    if (reel.index + this.way < 0 || reel.index + this.way >= reel.length) this.way = -this.way
    const shown = await reel.show(reel.index + this.way).catch(() => false)
    if (this.timer !== mine) return
    const everyMs = 1000 / this.running.speed
    this.next(Math.max(0, everyMs - (performance.now() - start)))
    if (shown) this.measure()
  }

  /** A running mean over about ten slices. */
  private measure(): void {
    const now = performance.now()
    const rate = 1000 / Math.max(1, now - this.lastShownAt)
    this.measured = this.measured === 0 ? this.running.speed : this.measured * 0.9 + rate * 0.1
    this.lastShownAt = now
    this.changed()
  }
}
