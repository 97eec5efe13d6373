import { afterEach, describe, expect, it, vi } from 'vitest'
import { Client, Problem, type SessionInfo } from '../src/api/client'
import { aFinding } from './builders'

const CELL = { lesionId: 'one', judged: 'ct' } as const
const NAME = { caseId: 'case', timepoint: 'pre-op' }

interface Heard {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
}

/** A server that answers in turn; the session is of whoever is signed in. */
function aServer(answers: (() => Response)[], session: Partial<SessionInfo> = {}): { heard: Heard[]; session: Partial<SessionInfo> } {
  const heard: Heard[] = []
  const server = { heard, session: { login: 'reader', csrf_token: 'first', ...session } }
  vi.stubGlobal('fetch', (path: string, { method = 'GET', headers }: RequestInit) => {
    heard.push({ method, path, headers: headers as Record<string, string> })
    if (path === '/api/v1/session') return Promise.resolve(Response.json(server.session))
    const answer = answers.shift()
    return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('no line'))
  })
  return server
}

const problem = (status: number, code: string): Response =>
  Response.json({ type: 'about:blank', title: 'Refused', status, detail: 'In plain words.', code }, { status })
const saved = (): Response => Response.json({ version: 8, saved_at: '2026-01-01T00:00:00Z', finding: {} })
const save = (client: Client): Promise<unknown> => client.saveFinding(NAME, CELL, aFinding(), 7)

async function failure(work: Promise<unknown>): Promise<Problem> {
  const caught: unknown = await work.then(() => null, (error: unknown) => error)
  if (!(caught instanceof Problem)) throw new Error('no problem was told')
  return caught
}

afterEach(() => vi.unstubAllGlobals())

describe('the client', () => {
  it('sends the token of the session and the version it knows with every change', async () => {
    const { heard } = aServer([saved])
    const client = new Client()
    await client.session()
    await save(client)
    expect(heard[1]).toMatchObject({ method: 'PUT', path: '/api/v1/cases/case/pre-op/findings/one/ct' })
    expect(heard[1]?.headers).toMatchObject({ 'X-CSRF-Token': 'first', 'If-Match': '"7"' })
  })

  it('tells a problem in the words of the server', async () => {
    aServer([() => problem(412, 'stale')])
    expect(await failure(save(new Client()))).toMatchObject({ status: 412, code: 'stale', message: 'In plain words.' })
  })

  it('tells a broken line as one, and an answer that is no problem document by its status', async () => {
    aServer([() => new Response('<html>', { status: 502, statusText: 'Bad Gateway' })])
    expect(await failure(save(new Client()))).toMatchObject({ status: 502, code: 'http-502', title: 'Bad Gateway' })
    expect(await failure(save(new Client()))).toMatchObject({ status: 0, code: 'no-answer' })
  })

  it('goes on with a new token when the same person has signed in again', async () => {
    const server = aServer([() => problem(403, 'forbidden'), saved])
    const client = new Client()
    await client.session()
    server.session = { login: 'reader', csrf_token: 'second' }
    await save(client)
    expect(server.heard.at(-1)?.headers['X-CSRF-Token']).toBe('second')
  })

  it('never saves under an account that somebody else has signed in with meanwhile', async () => {
    const server = aServer([() => problem(403, 'forbidden'), saved])
    const client = new Client()
    await client.session()
    server.session = { login: 'somebody-else', csrf_token: 'theirs' }
    expect(await failure(save(client))).toMatchObject({ status: 401, code: 'other-account' })
    expect(server.heard.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })

  it('takes a refusal that a new token does not mend as it is', async () => {
    aServer([() => problem(403, 'forbidden')])
    const client = new Client()
    await client.session()
    expect(await failure(save(client))).toMatchObject({ status: 403 })
  })

  it('asks for the headers of a series once, and again after a failure', async () => {
    const { heard } = aServer([() => problem(503, 'unavailable'), () => Response.json([])])
    vi.stubGlobal('location', { origin: 'https://here' })
    const client = new Client()
    await failure(client.seriesMetadata('1', '2'))
    await Promise.all([client.seriesMetadata('1', '2'), client.seriesMetadata('1', '2')])
    expect(heard.map(({ path }) => path)).toEqual(Array(2).fill('https://here/dicomweb/studies/1/series/2/metadata'))
  })
})
