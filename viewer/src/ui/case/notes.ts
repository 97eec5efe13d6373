import { canBeSaved, lackOf } from '../../reading/cells'
import type { Entry } from '../../reading/entries'
import { entryKey } from '../../reading/entries'
import { cellOf, findingOf, mayRead, mayWrite, sequencesOf, stepOf, type Workspace } from '../../workspace/state'
import type { Text } from '../../text/en'
import { h, type Child } from '../dom'
import { regionText } from '../panes/in-hand'
import type { FormActions } from './reading-form'

/** What stands below the fields: what hinders, what was refused, what is offered. */
export function notesOf(state: Workspace, texts: Text, actions: FormActions): Child[] {
  return [
    state.notice && h('p', { class: 'problem' }, texts.notices[state.notice]),
    ...offerOf(state, texts, actions),
    ...standing(state, texts),
    ...conflictOf(state, texts, actions),
    ...refusals(state, texts),
    ...lackNotes(state, texts),
  ]
}

function standing(state: Workspace, texts: Text): Child[] {
  const step = stepOf(state)
  const name = texts.steps[state.judged]
  const there = sequencesOf(state.case)
  return [
    state.readState === 'signed' && h('p', { class: 'note' }, texts.form.locked),
    state.readState === 'stale' && h('p', { class: 'problem' }, `⚠ ${texts.form.stale}`),
    state.readState === 'none' && h('p', { class: 'note' }, texts.form.readOnly),
    mayRead(state) && step?.state === 'locked' && h('p', { class: 'note locked' }, texts.form.lockedStep(name)),
    step && state.locking === step.code && h('p', { class: 'note' }, texts.form.lockingStep(name)),
    step && !step.sequences.some((one) => there.includes(one)) && h('p', { class: 'note' }, texts.form.noImages(name)),
  ]
}

function refusals(state: Workspace, texts: Text): Child[] {
  const cell = cellOf(state)
  const finding = cell && state.refused.get(entryKey({ kind: 'finding', cell, body: null }))
  const rest = [...state.refused].filter(([key]) => !key.startsWith('finding/'))
  return [
    finding && h('p', { class: 'problem' }, `${texts.form.refused} ${finding.message}`),
    ...rest.map(([key, problem]) => h('p', { class: 'problem' }, `${key.startsWith('lock/') ? texts.form.lockRefused : texts.form.refused} ${problem.message}`)),
  ]
}

function lackNotes(state: Workspace, texts: Text): Child[] {
  const finding = findingOf(state)
  if (!finding || !mayWrite(state)) return []
  if (!canBeSaved(finding)) return [h('p', { class: 'problem' }, texts.form.needsReason)]
  return lackOf(finding, state.judged) === 'diameter' ? [h('p', { class: 'note' }, texts.form.needsDiameter)] : []
}

function offerOf({ offer }: Workspace, texts: Text, actions: FormActions): Child[] {
  if (!offer) return []
  const { region } = offer
  return [
    h(
      'div',
      { class: 'offer' },
      h('p', {}, texts.form.offer),
      h('p', {}, h('b', {}, texts.form.adcText(regionText(region), region.area_mm2.toFixed(0), region.n_pixels))),
      h('div', { class: 'row' }, h('button', { type: 'button', class: 'primary', on: { click: actions.takeOffer } }, texts.form.offerTake, h('kbd', {}, 'Enter')), h('button', { type: 'button', on: { click: actions.leave } }, texts.form.offerLeave, h('kbd', {}, 'Esc'))),
    ),
  ]
}

function conflictOf({ save, lesions }: Workspace, texts: Text, actions: FormActions): Child[] {
  if (save.kind !== 'conflict') return []
  return [
    h(
      'div',
      { class: 'conflict', role: 'alert' },
      h('p', {}, `${subjectOf(save.entry, lesions, texts)}: ${texts.conflict.title}`),
      h('p', { class: 'muted' }, `${texts.conflict.theirs}: ${wordFor(save.theirs, texts)}`),
      h('div', { class: 'row' }, h('button', { type: 'button', on: { click: () => actions.resolve('mine') } }, texts.conflict.keepMine), h('button', { type: 'button', on: { click: () => actions.resolve('theirs') } }, texts.conflict.takeTheirs)),
    ),
  ]
}

function subjectOf(entry: Entry, lesions: Workspace['lesions'], texts: Text): string {
  switch (entry.kind) {
    case 'finding':
      return `${lesions.find(({ id }) => id === entry.cell.lesionId)?.label ?? ''} · ${texts.steps[entry.cell.judged]}`
    case 'new-lesion':
      return texts.newLesion.seen(entry.label)
    case 'key-image':
      return texts.keyImages.one
    case 'correction':
      return texts.landmarks.title
    case 'lock':
      return texts.top.steps
  }
}

function wordFor(body: Entry['body'], texts: Text): string {
  if (body === null) return texts.conflict.cleared
  if (typeof body === 'string') return texts.top.stepStates.locked ?? body
  if ('pairs' in body) return texts.landmarks.pairs(body.pairs.length)
  if ('visibility' in body) return texts.verdicts[body.visibility]
  return 'segment' in body ? `${body.segment}, ${body.diameter_mm} mm` : texts.keyImages.one
}
