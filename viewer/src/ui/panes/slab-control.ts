import type { Slab } from '../../images'
import type { Text } from '../../text/en'
import { fill, h } from '../dom'

/** What a slab shows, in the order of the key; null is the thin plane. */
const SHOWS: readonly (Slab['shows'] | null)[] = [null, 'brightest', 'darkest', 'mean']
const THICKNESSES_MM = [3, 5, 10, 15, 20, 30] as const
const USUAL_MM = 10

/** How thick the three planes are and what of the slab shows. */
export class SlabControl {
  readonly element = h('div', { class: 'slab', role: 'group' })
  private readonly shows = h('select', {})
  private readonly thickness = h('select', {})

  constructor(private readonly changed: (slab: Slab | null) => void) {
    this.element.append(this.shows, this.thickness)
    for (const select of [this.shows, this.thickness]) {
      select.addEventListener('change', () => {
        this.tell()
        select.blur()
      })
    }
  }

  get slab(): Slab | null {
    const shows = SHOWS[Number(this.shows.value)] ?? null
    return shows && { shows, thicknessMm: Number(this.thickness.value) }
  }

  /** Thin plane, brightest, darkest, mean, and around again. */
  nextShows(): void {
    this.shows.value = String((Number(this.shows.value) + 1) % SHOWS.length)
    this.tell()
  }

  /** Thicker or thinner; a thin plane becomes a slab first. */
  step(by: number): void {
    if (this.slab) {
      const at = Math.max(0, Math.min(this.thickness.options.length - 1, this.thickness.selectedIndex + by))
      this.thickness.selectedIndex = at
    } else if (by > 0) this.shows.value = '1'
    this.tell()
  }

  speak(texts: Text): void {
    const [shows, thickness] = [this.shows.value || '0', this.thickness.value || String(USUAL_MM)]
    this.element.setAttribute('aria-label', texts.mpr.slab)
    this.shows.setAttribute('aria-label', texts.mpr.slab)
    this.thickness.setAttribute('aria-label', texts.mpr.thickness)
    fill(this.shows, ...SHOWS.map((name, n) => h('option', { value: n }, name ? texts.mpr[name] : texts.mpr.thin)))
    fill(this.thickness, ...THICKNESSES_MM.map((mm) => h('option', { value: mm }, texts.pane.thickness(String(mm)))))
    this.shows.value = shows
    this.thickness.value = thickness
    this.thickness.hidden = this.slab === null
  }

  private tell(): void {
    this.thickness.hidden = this.slab === null
    this.changed(this.slab)
  }
}
