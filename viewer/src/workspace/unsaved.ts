import type { FindingIn } from '../api/client'
import type { CellKey } from '../reading/cells'

/** What was not saved yet, kept on this device through a reload or a broken line. */
export interface Unsaved {
  keep(pending: ReadonlyMap<CellKey, FindingIn | null>): void
  take(): Map<CellKey, FindingIn | null>
}

/** One reader's unsaved findings of one case. */
export function unsavedOf(device: Storage, login: string, caseId: string): Unsaved {
  const key = `casebook.unsaved/${login}/${caseId}`
  return {
    keep(pending) {
      if (pending.size === 0) device.removeItem(key)
      else device.setItem(key, JSON.stringify([...pending]))
    },
    take() {
      try {
        return new Map(JSON.parse(device.getItem(key) ?? '[]') as [CellKey, FindingIn | null][])
      } catch {
        return new Map()
      }
    },
  }
}
