/** The page's words, in its language: the server writes them into the page. */

export interface Words {
  (key: string, values?: Readonly<Record<string, string | number>>): string
  readonly knows: (key: string) => boolean
}

/** Words of an element; places like {n} are filled in. A key without words is a mistake of ours, and shown as it is. */
export function wordsOf(element: HTMLElement): Words {
  const known = JSON.parse(element.dataset['words'] ?? '{}') as Record<string, string>
  const say = (key: string, values: Readonly<Record<string, string | number>> = {}): string =>
    (known[key] ?? key).replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place))
  return Object.assign(say, { knows: (key: string) => key in known })
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** A size with its unit: 312 B, 4.2 MB. */
export function sizeText(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1)
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${UNITS[step]}`
}

/** A span of time as people say it while they wait: 45 s, 12 min, 1 h 5 min. */
export function spanText(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A whole percentage that says 100 only when all is there. */
export const percent = (part: number, whole: number): number => (part >= whole ? 100 : Math.floor((part / whole) * 100))
