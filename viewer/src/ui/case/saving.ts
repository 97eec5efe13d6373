import type { CaseName, CaseRead, Client } from '../../api/client'
import { Autosave, type Stored } from '../../reading/autosave'
import { canBeSaved, cellKey, cellName, findingsOf } from '../../reading/cells'
import { putFinding, type Workspace } from '../../workspace/state'
import type { Store } from '../../workspace/store'
import type { Unsaved } from '../../workspace/unsaved'
import type { Context } from '../context'

/** Keeps the server's copy of the read up to date with the workspace. */
export function startSaving(client: Client, name: CaseName, store: Store<Workspace>, read: CaseRead, unsaved: Unsaved): { autosave: Autosave; put: Context['put'] } {
  const autosave = new Autosave(
    {
      async send(cell, finding, version) {
        if (finding) {
          const saved = await client.saveFinding(name, cell, finding, version)
          return { version: saved.version, savedAt: saved.saved_at }
        }
        const read = await client.clearFinding(name, cell, version)
        return { version: read.version, savedAt: read.saved_at }
      },
      reload: async () => storedOf((await client.case(name)).read),
      keep: (pending) => unsaved.keep(pending),
      wait: (ms) => new Promise((done) => setTimeout(done, ms)),
    },
    storedOf(read),
  )
  const put: Context['put'] = (cell, finding) => {
    store.update((state) => putFinding(state, cell, finding))
    if (!finding || canBeSaved(finding)) autosave.put(cell, finding)
  }
  autosave.subscribe((save) => {
    store.update((state) => {
      const refused = save.kind === 'refused' ? new Map(state.refused).set(cellKey(save.cell), save.problem) : state.refused
      return { ...state, save, refused }
    })
  })
  for (const [key, finding] of unsaved.take()) put(cellName(key), finding)
  return { autosave, put }
}

const storedOf = (read: CaseRead | null): Stored => ({
  version: read?.version ?? 0,
  savedAt: read?.saved_at ?? null,
  findings: findingsOf(read?.findings ?? []),
})
