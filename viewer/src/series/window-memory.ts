import type { CaseSeries } from '../api/client'
import { hasAbsoluteUnit, type Window } from './windows'

const KEPT = 'casebook.windows'

/**
 * The window a reader last chose for each role. Where the unit means the same in every patient it is kept on this
 * device for the next case; an MR window is kept for this case and timepoint only.
 */
export class WindowMemory {
  private readonly here = new Map<string, Window>()
  private readonly kept: Record<string, Window>

  constructor(private readonly device: Pick<Storage, 'getItem' | 'setItem'>) {
    this.kept = read(device.getItem(KEPT))
  }

  recall(series: CaseSeries, bValue: number | null): Window | null {
    return hasAbsoluteUnit(series.role)
      ? (this.kept[series.role] ?? null)
      : (this.here.get(keyOf(series, bValue)) ?? null)
  }

  remember(series: CaseSeries, bValue: number | null, window: Window): void {
    if (!hasAbsoluteUnit(series.role)) {
      this.here.set(keyOf(series, bValue), window)
      return
    }
    this.kept[series.role] = window
    this.device.setItem(KEPT, JSON.stringify(this.kept))
  }

  forget(series: CaseSeries, bValue: number | null): void {
    this.here.delete(keyOf(series, bValue))
    delete this.kept[series.role]
    this.device.setItem(KEPT, JSON.stringify(this.kept))
  }
}

const keyOf = ({ timepoint, role }: CaseSeries, bValue: number | null): string => `${timepoint} ${role} ${bValue ?? ''}`

/** What the device holds, as far as it is sound. */
function read(text: string | null): Record<string, Window> {
  try {
    const found: unknown = JSON.parse(text ?? '{}')
    const entries = Object.entries((found ?? {}) as Record<string, Partial<Window>>)
    return Object.fromEntries(
      entries.flatMap(([role, { center, width }]) =>
        Number.isFinite(center) && Number(width) > 0 ? [[role, { center: Number(center), width: Number(width) }]] : [],
      ),
    )
  } catch {
    return {}
  }
}
