import type { Entry } from '../reading/entries'

/** What was not saved yet, kept on this device through a reload or a broken line. */
export interface Unsaved {
  keep(pending: readonly Entry[]): void
  take(): Entry[]
}

const KINDS: readonly Entry['kind'][] = ['finding', 'new-lesion', 'key-image', 'lock']

/** One reader's unsaved entries of one case, in their order. */
export function unsavedOf(device: Storage, login: string, caseId: string): Unsaved {
  const key = `casebook.unsaved/${login}/${caseId}`
  return {
    keep(pending) {
      if (pending.length === 0) device.removeItem(key)
      else device.setItem(key, JSON.stringify(pending))
    },
    take() {
      try {
        const found: unknown = JSON.parse(device.getItem(key) ?? '[]')
        return (Array.isArray(found) ? (found as Entry[]) : []).filter((entry) => KINDS.includes(entry?.kind))
      } catch {
        return []
      }
    },
  }
}
