import type { CaseLesion, DisputedLesion, ReadingSequence } from '../../api/client'
import { disputeOf, type ReadOnSide, type Side } from '../../reading/settling'
import { lesionOf } from '../../workspace/state'
import type { Context } from '../context'
import type { Settled, Settling } from './settling'

/** What every part of the adjudicator's page works with. */
export interface AdjudicationContext extends Context {
  readonly settling: Settling
  readonly reads: Readonly<Record<Side, ReadOnSide>>
  look(lesionId: string, judged?: ReadingSequence): void
  decide(): void
  next(): void
}

/** The lesion on the screen with the dispute about it, if there is one. */
export function inView({ store, settling }: AdjudicationContext): { lesion: CaseLesion | null; dispute: DisputedLesion | null; settled: Settled } {
  const lesion = lesionOf(store.get())
  return { lesion, dispute: disputeOf(settling.adjudication, lesion?.id ?? null), settled: settling.store.get() }
}

/** Draws now and whenever lesion, sequence, choice, saving or language change. */
export function follow({ store, settling, language }: AdjudicationContext, draw: () => void): void {
  store.subscribe((state, before) => {
    if (state.lesionId !== before.lesionId || state.judged !== before.judged) draw()
  })
  settling.store.subscribe(draw)
  language.subscribe(draw)
  draw()
}
