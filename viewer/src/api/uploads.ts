import { Problem, problemOf, reach } from './client'
import type { components } from './schema'

type Schemas = components['schemas']
export type Upload = Schemas['UploadOut']
export type UploadFile = Schemas['UploadFileOut']
export type Intake = Schemas['IntakeOut']

/** Files that one request announces; the server takes no more. */
export const FILES_AT_ONCE = 500
const NO_TOKEN = 403

/** What was sent of a file: the bytes, where they begin, and their SHA-256 as hexadecimal digits. */
export interface Piece {
  readonly offset: number
  readonly bytes: ArrayBuffer
  readonly sha256: string
}

/** The server refused a piece, because the file ends elsewhere. */
export class Gap extends Error {
  override readonly name = 'Gap'

  constructor(readonly offset: number) {
    super(`the file is here up to byte ${offset}`)
  }
}

/** Uploads of the account that is signed in; a session that was begun anew meanwhile is recognised. */
export class UploadClient {
  private csrfToken = ''
  private login: string | null = null

  unfinished(): Promise<readonly Upload[]> {
    return this.ask<Schemas['Uploads']>('GET', '').then((answer) => answer.uploads)
  }

  begin(subject: string, timepoint: string): Promise<Upload> {
    return this.ask('POST', '', { json: { subject, timepoint } })
  }

  upload(id: string): Promise<Upload> {
    return this.ask('GET', `/${id}`)
  }

  /** Every announced file of an upload. */
  async files(id: string): Promise<readonly UploadFile[]> {
    const found: UploadFile[] = []
    let after: number | null = 0
    while (after !== null) {
      const page: Schemas['UploadFilesOut'] = await this.ask('GET', `/${id}/files?after=${after}`)
      found.push(...page.files)
      after = page.next_after ?? null
    }
    return found
  }

  announce(id: string, files: readonly Schemas['AnnouncedFileIn'][]): Promise<readonly UploadFile[]> {
    return this.ask<Schemas['UploadFilesOut']>('POST', `/${id}/files`, { json: { files } }).then((answer) => answer.files)
  }

  /** Sends a piece and tells up to where the file is there then. Throws Gap where it is to begin elsewhere. */
  async send(id: string, fileId: number, piece: Piece, signal: AbortSignal): Promise<number> {
    const address = `/${id}/files/${fileId}?offset=${piece.offset}`
    const answer = await this.ask<Schemas['PieceOut']>('PUT', address, { piece, signal })
    return answer.n_bytes_received
  }

  finish(id: string): Promise<Upload> {
    return this.ask('POST', `/${id}/finish`)
  }

  abandon(id: string): Promise<null> {
    return this.ask('DELETE', `/${id}`)
  }

  private async ask<Answer>(method: string, address: string, sent: Sent = {}): Promise<Answer> {
    if (method !== 'GET' && this.csrfToken === '') await this.signedIn()
    let answer = await this.reach(method, address, sent)
    if (answer.status === NO_TOKEN && method !== 'GET' && (await this.hasNewToken())) {
      answer = await this.reach(method, address, sent)
    }
    if (answer.ok) return (answer.status === 204 ? null : await answer.json()) as Answer
    const gap = await gapOf(answer)
    throw gap === null ? await problemOf(answer) : new Gap(gap)
  }

  private reach(method: string, address: string, { json, piece, signal }: Sent): Promise<Response> {
    const body = piece ? piece.bytes : json === undefined ? null : JSON.stringify(json)
    return reach(`/api/v1/uploads${address}`, {
      method,
      credentials: 'same-origin',
      body,
      signal: signal ?? null,
      headers: {
        Accept: 'application/json',
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(piece ? { 'Content-Type': 'application/octet-stream', 'X-Piece-SHA256': piece.sha256 } : {}),
        ...(method === 'GET' ? {} : { 'X-CSRF-Token': this.csrfToken }),
      },
    })
  }

  private async hasNewToken(): Promise<boolean> {
    const before = this.csrfToken
    await this.signedIn()
    return this.csrfToken !== before
  }

  /** Takes the session's token; files that one person chose are never sent in another's name. */
  private async signedIn(): Promise<void> {
    const answer = await reach('/api/v1/session', { credentials: 'same-origin', headers: { Accept: 'application/json' } })
    if (!answer.ok) throw await problemOf(answer)
    const session = (await answer.json()) as Schemas['SessionInfo']
    if (this.login !== null && this.login !== session.login) {
      throw new Problem(401, 'other-account', 'Another account is signed in', null)
    }
    this.login = session.login
    this.csrfToken = session.csrf_token
  }
}

interface Sent {
  readonly json?: unknown
  readonly piece?: Piece
  readonly signal?: AbortSignal
}

async function gapOf(answer: Response): Promise<number | null> {
  if (answer.status !== 409) return null
  const said: unknown = await answer.clone().json().catch(() => null)
  if (!said || typeof said !== 'object' || !('code' in said) || !('offset' in said)) return null
  return said.code === 'gap' && typeof said.offset === 'number' ? said.offset : null
}
