import type { CaseSeries, NewLesionIn } from '../../api/client'
import { distance, middle } from '../../geometry/vector'
import { nextNewLabel } from '../../reading/entries'
import { storedWindow, toTenths, type Measurement } from '../../reading/verdict'
import { said } from '../../text/language'
import type { Context } from '../context'
import { h } from '../dom'
import { openDialog } from './dialog'
import { field, segmentChoice } from './form-parts'

/** Asks where the measured new lesion lies and keeps it with the read, under the next label: N1, N2. */
export function askForNewLesion(context: Context, measurement: Measurement, series: CaseSeries): void {
  const { store, language } = context
  const texts = context.texts()
  const { sequence } = series
  if (!sequence) return
  const label = nextNewLabel(store.get().newLesions.keys())
  const diameter = toTenths(distance(...measurement.ends))
  const segment = segmentChoice('seen-segment', texts)
  const keep = (): void => context.put({ kind: 'new-lesion', label, body: bodyOf(measurement, diameter, segment.value, sequence) })
  openDialog(texts.newLesion.seen(label), 'new-lesion', (close) => [
    h('header', {}, h('h2', {}, texts.newLesion.seen(label))),
    h('p', { class: 'muted' }, `${said(series.label, language.get())}, ${texts.newLesion.diameter} ${diameter} mm`),
    h(
      'form',
      {
        on: {
          submit: (event) => {
            event.preventDefault()
            keep()
            close()
          },
        },
      },
      field('seen-segment', texts.newLesion.segment, segment),
      h('button', { type: 'submit', class: 'primary' }, texts.newLesion.act),
    ),
    h('button', { type: 'button', class: 'quiet', on: { click: close } }, texts.cancel),
  ])
}

function bodyOf({ ends, on }: Measurement, diameter: string, segment: string, sequence: NonNullable<CaseSeries['sequence']>): NewLesionIn {
  return {
    segment,
    diameter_mm: diameter,
    sequence,
    series_uid: on.seriesUid,
    sop_instance_uid: on.sopUid,
    frame: on.frame,
    position_mm: [...middle(...ends)],
    measurement_mm: [[...ends[0]], [...ends[1]]],
    ...storedWindow(on.window),
  }
}
