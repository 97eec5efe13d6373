import type { CaseSeries, SeriesRole } from '../api/client'
import { asShares, fromShares, hasAbsoluteUnit, type Window } from './windows'

/** Where the windows of a reader are kept for the next case. */
export interface WindowKeeper {
  keep(role: SeriesRole, window: Window): Promise<unknown>
  forget(role: SeriesRole): Promise<unknown>
}

/** A window is kept when the hand has rested this long. */
const REST_MS = 700

/**
 * The window a reader last chose for each role. Within a case it is kept as it is, for each timepoint and b-value. For
 * the next case it is kept with the account: in its unit where that means the same in every patient, and as shares of
 * the image's own window elsewhere. A window that cannot be kept is lost quietly; the picture does not change.
 */
export class WindowMemory {
  private readonly here = new Map<string, Window>()
  private readonly kept: Map<SeriesRole, Window>
  private readonly resting = new Map<SeriesRole, { readonly timer: number; readonly window: Window }>()

  constructor(
    kept: readonly (Window & { readonly role: SeriesRole })[],
    private readonly keeper: WindowKeeper,
  ) {
    this.kept = new Map(kept.map(({ role, center, width }) => [role, { center, width }]))
  }

  /** The window to show a series in; `whole` is that of the image itself. */
  recall(series: CaseSeries, bValue: number | null, whole: Window): Window | null {
    const kept = this.kept.get(series.role)
    const general = kept && (hasAbsoluteUnit(series.role) ? kept : fromShares(kept, whole))
    return this.here.get(keyOf(series, bValue)) ?? general ?? null
  }

  remember(series: CaseSeries, bValue: number | null, window: Window, whole: Window): void {
    const { role } = series
    const kept = hasAbsoluteUnit(role) ? window : asShares(window, whole)
    this.here.set(keyOf(series, bValue), window)
    this.kept.set(role, kept)
    clearTimeout(this.resting.get(role)?.timer)
    this.resting.set(role, { window: kept, timer: Number(setTimeout(() => this.send(role), REST_MS)) })
  }

  forget(series: CaseSeries, bValue: number | null): void {
    const { role } = series
    this.here.delete(keyOf(series, bValue))
    clearTimeout(this.resting.get(role)?.timer)
    this.resting.delete(role)
    if (this.kept.delete(role)) void this.keeper.forget(role).catch(() => undefined)
  }

  /** Keeps at once what a hand changed last; the page is about to go. */
  end(): void {
    for (const role of [...this.resting.keys()]) this.send(role)
  }

  private send(role: SeriesRole): void {
    const resting = this.resting.get(role)
    if (!resting) return
    clearTimeout(resting.timer)
    this.resting.delete(role)
    void this.keeper.keep(role, resting.window).catch(() => undefined)
  }
}

const keyOf = ({ timepoint, role }: CaseSeries, bValue: number | null): string => `${timepoint} ${role} ${bValue ?? ''}`
