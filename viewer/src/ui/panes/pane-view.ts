import type { Case, CaseSeries } from '../../api/client'
import { StackPane, type Shelf, type Shelves } from '../../images'
import { firstShown, nearestSlice, type Stack } from '../../series/stacks'
import type { Vec3 } from '../../geometry/vector'
import { presetsFor, presetWindow, showsBrightEnd, windowOfImage, type PresetName, type Window } from '../../series/windows'
import type { WindowMemory } from '../../series/window-memory'
import type { Language } from '../../text/language'
import { h, s } from '../dom'
import { Corners, type CornerTexts } from './corners'
import { draw, type Drawings } from './drawings'
import { listen, type Gestures } from './gestures'

/** What the pane tells the deck. */
export interface PaneListener extends Gestures {
  play(): void
  chooseSeries(key: string): void
  chooseStack(index: number): void
  correct(): void
  drawn(): void
}

/** What went wrong in a pane, by where. */
export type PaneProblem = 'series' | 'image' | null

/** One pane: a picture, the drawings over it and the texts at its edges. */
export class PaneView {
  readonly element: HTMLElement
  readonly picture: StackPane
  shelves: Shelves = []
  problem: PaneProblem = null
  /** The window of the image that the stack was opened with; presets and kept windows of MR are shares of it. */
  whole: Window = { center: 0, width: 1 }
  private shelfIndex = 0
  private asked = 0
  private nOnTheWay = 0
  private readonly layer = s('svg', { class: 'drawings', 'aria-hidden': 'true' })
  private readonly corners: Corners
  private readonly endings: (() => void)[]

  constructor(
    readonly n: number,
    theCase: Case,
    private readonly windows: WindowMemory,
    private readonly listener: PaneListener,
  ) {
    const host = h('div', { class: 'picture' })
    this.corners = new Corners(n + 1, theCase, {
      play: () => listener.play(),
      chooseSeries: (key) => listener.chooseSeries(key),
      chooseStack: (index) => listener.chooseStack(index),
      choosePreset: (name) => this.choosePreset(name),
      full: () => listener.full(),
      correct: () => listener.correct(),
    })
    this.element = h('section', { class: 'pane', 'data-pane': n + 1 }, host, this.layer, this.corners.element)
    this.picture = new StackPane(`pane-${n + 1}`, host)
    this.endings = [listen(host, listener), this.picture.onDrawn(() => listener.drawn())]
  }

  get shelf(): Shelf | null {
    return this.picture.stack ? (this.shelves[this.shelfIndex] ?? null) : null
  }

  get stackIndex(): number {
    return this.shelfIndex
  }

  speak(language: Language): void {
    this.corners.speak(language)
  }

  /** True while something else is on its way than what is shown. */
  get busy(): boolean {
    return this.nOnTheWay > 0
  }

  /** Shows a series at its first stack; false when another wish came in between. */
  open(loading: Promise<Shelves>, aim: (shelf: Shelf) => number): Promise<boolean> {
    return this.underway(this.openNow(loading, aim))
  }

  /** Shows another stack of the same series, such as another b-value, at the same place. */
  openStack(index: number): Promise<boolean> {
    return this.underway(this.openStackNow(index))
  }

  scrollTo(index: number): Promise<boolean> {
    return this.underway(this.scrollNow(index))
  }

  private async underway(work: Promise<boolean>): Promise<boolean> {
    this.nOnTheWay++
    try {
      return await work
    } finally {
      this.nOnTheWay--
    }
  }

  private async openNow(loading: Promise<Shelves>, aim: (shelf: Shelf) => number): Promise<boolean> {
    const asked = ++this.asked
    try {
      const shelves = await loading
      if (asked !== this.asked) return false
      return await this.put(shelves, firstShown(shelves.map(({ stack }) => stack)), aim, asked)
    } catch {
      if (asked !== this.asked) return false
      this.fail(this.shelves.length > 0 ? 'image' : 'series')
      return false
    }
  }

  private async openStackNow(index: number): Promise<boolean> {
    const here = this.picture.centre
    const at = this.picture.target
    const aim = ({ stack }: Shelf): number => (here && nearestSlice(stack, here)?.index) ?? at
    const asked = ++this.asked
    try {
      return await this.put(this.shelves, index, aim, asked)
    } catch {
      this.fail('image')
      return false
    }
  }

  empty(): void {
    this.asked++
    this.shelves = []
    this.problem = null
    this.picture.clear()
  }

  private async scrollNow(index: number): Promise<boolean> {
    try {
      const moved = await this.picture.scrollTo(index)
      if (moved) this.problem = null
      return moved
    } catch {
      this.fail('image')
      return false
    }
  }

  setWindow(window: Window): void {
    this.picture.setWindow(window)
    if (this.shelf) this.windows.remember(this.shelf.series, this.shelf.stack.bValue, window, this.whole)
  }

  choosePreset(name: PresetName): void {
    const preset = this.presets.find((one) => one.name === name)
    if (preset) this.setWindow(presetWindow(preset, this.whole))
  }

  get presets(): ReturnType<typeof presetsFor> {
    return this.shelf ? presetsFor(this.shelf.series.role, this.shelf.series.modality) : []
  }

  /** Back to the window this series opens with. */
  resetWindow(): void {
    const { shelf } = this
    if (!shelf) return
    this.windows.forget(shelf.series, shelf.stack.bValue)
    this.picture.setInverted(false)
    this.picture.setWindow(this.startWindow(shelf))
  }

  show(texts: CornerTexts, drawings: Drawings): void {
    this.corners.show(texts)
    draw(this.layer, drawings)
  }

  destroy(): void {
    for (const end of this.endings) end()
    this.picture.destroy()
    this.element.remove()
  }

  private async put(shelves: Shelves, index: number, aim: (shelf: Shelf) => number, asked: number): Promise<boolean> {
    const shelf = shelves[index]
    if (!shelf) throw new Error('a series without images')
    const shown = await this.picture.show(shelf.stack, aim(shelf))
    if (!shown || asked !== this.asked) return false
    this.shelves = shelves
    this.shelfIndex = index
    this.problem = null
    this.whole = windowOfImage(this.picture.pixels ?? [], shelf.series.role)
    this.picture.setWindow(this.windows.recall(shelf.series, shelf.stack.bValue, this.whole) ?? this.startWindow(shelf))
    return true
  }

  /** The preset where the unit is absolute, else what the series says unless it hides the bright end, else the image's. */
  private startWindow({ series, stack }: Shelf): Window {
    const [preset] = presetsFor(series.role, series.modality)
    if (preset?.window) return preset.window
    const told = stack.bValue === null && series.role !== 't2' ? (windowOfSeries(series) ?? this.picture.frame?.window) : null
    return told && showsBrightEnd(told, this.picture.pixels ?? []) ? told : this.whole
  }

  private fail(problem: PaneProblem): void {
    this.problem = problem
    this.listener.drawn()
  }
}

function windowOfSeries({ window_center: center, window_width: width }: CaseSeries): Window | null {
  return center !== null && width !== null && width > 0 ? { center, width } : null
}

/** The slice in the middle of a stack. */
export const middleOf = (stack: Stack): number => stack.frames.length >> 1

/** The slice nearest to a point, or the middle one. */
export const sliceAt = (stack: Stack, point: Vec3 | null): number =>
  (point && nearestSlice(stack, point)?.index) ?? middleOf(stack)
