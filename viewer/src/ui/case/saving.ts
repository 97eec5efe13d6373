import type { Case, CaseName, CaseRead, Client } from '../../api/client'
import { Autosave, type Outside, type Stored } from '../../reading/autosave'
import { canBeSaved } from '../../reading/cells'
import { bodiesOf, type Entry } from '../../reading/entries'
import { putEntry, withCase, withLocations, withRefusal, type Workspace } from '../../workspace/state'
import type { Store } from '../../workspace/store'
import type { Unsaved } from '../../workspace/unsaved'
import type { Context } from '../context'

/** Keeps the server's copy of the read up to date with the workspace, and the case with its steps. */
export function startSaving(client: Client, name: CaseName, store: Store<Workspace>, read: CaseRead, unsaved: Unsaved): { autosave: Autosave; put: Context['put'] } {
  const renew = async (): Promise<Case> => {
    const fresh = await client.case(name)
    store.update((state) => (hasOtherSteps(state, fresh) ? withCase(state, fresh) : state))
    return fresh
  }
  /** Landmarks move where lesions are expected; the server says where. */
  const relocate = async (): Promise<void> => {
    const fresh = await client.case(name).catch(() => null)
    if (fresh) store.update((state) => withLocations(state, fresh))
  }
  const autosave = new Autosave(
    {
      send: async (entry, version) => {
        const saved = await send(client, name, entry, version, renew)
        if (entry.kind === 'correction') void relocate()
        return saved
      },
      reload: async () => storedOf((await renew()).read),
      keep: (pending) => unsaved.keep(pending),
      wait: (ms) => new Promise((done) => setTimeout(done, ms)),
    },
    storedOf(read),
  )
  const put: Context['put'] = (entry) => {
    store.update((state) => putEntry(state, entry))
    if (entry.kind !== 'finding' || !entry.body || canBeSaved(entry.body)) autosave.put(entry)
  }
  autosave.subscribe((save) => {
    store.update((state) => {
      const now = { ...state, save }
      return save.kind === 'refused' ? withRefusal(now, save.entry, save.problem) : now
    })
  })
  for (const entry of unsaved.take()) put(entry)
  return { autosave, put }
}

/** After a step is locked the case holds the images of the next. */
async function send(client: Client, name: CaseName, entry: Entry, version: number, renew: () => Promise<Case>): ReturnType<Outside['send']> {
  const saved = await sent(client, name, entry, version)
  if (entry.kind === 'lock') await renew()
  return { version: saved.version, savedAt: saved.saved_at }
}

function sent(client: Client, name: CaseName, entry: Entry, version: number): Promise<{ version: number; saved_at: string | null }> {
  switch (entry.kind) {
    case 'finding':
      return entry.body ? client.saveFinding(name, entry.cell, entry.body, version) : client.clearFinding(name, entry.cell, version)
    case 'new-lesion':
      return client.saveNewLesion(name, entry.label, entry.body, version)
    case 'key-image':
      return client.saveKeyImage(name, entry.image, entry.body, version)
    case 'correction':
      return client.saveCorrection(name, entry.between, entry.body, version)
    case 'lock':
      return client.lockStep(name, entry.step, version)
  }
}

const hasOtherSteps = ({ steps }: Workspace, { read }: Case): boolean =>
  read !== null && read.steps.some(({ code, state }) => steps.find((step) => step.code === code)?.state !== state)

const storedOf = (read: CaseRead | null): Stored => ({
  version: read?.version ?? 0,
  savedAt: read?.saved_at ?? null,
  bodies: bodiesOf(read),
})
