import { Client, Problem, type Case } from './api/client'
import { routeOf, type Route } from './route'
import { hangCase } from './series/hanging'
import { languageOf, textsOf, type Language } from './text/language'
import { fill, h } from './ui/dom'
import { showWorklist } from './ui/worklist'
import { createStore, type Store } from './workspace/store'
import './styles/index.css'

const root = document.getElementById('app') ?? document.body
const language = createStore<Language>(languageOf(navigator.language, localStorage))

async function start(): Promise<void> {
  const client = new Client()
  const route = routeOf(location.pathname)
  fill(root, h('p', { class: 'loading', role: 'status' }, textsOf(language.get()).loading))
  try {
    await (route.page === 'case' ? openCasePage(client, route) : openWorklist(client))
  } catch (error) {
    showProblem(error)
  }
}

async function openWorklist(client: Client): Promise<void> {
  const [session, rows] = await Promise.all([client.session(), client.cases()])
  speak(session.language)
  showWorklist(root, session, rows, language)
}

/** The drawing library, the session and the case arrive side by side. */
async function openCasePage(client: Client, route: Extract<Route, { page: 'case' }>): Promise<void> {
  const asked = client.case(route)
  asked.then((found) => askForHeaders(client, found)).catch(() => undefined)
  const [session, theCase, images, page] = await Promise.all([
    client.session(),
    asked,
    import('./images'),
    import('./ui/case/page'),
  ])
  speak(session.language)
  images.startImages({ cpu: new URLSearchParams(location.search).get('renderer') === 'cpu' })
  page.openCase(root, client, session, route, theCase, language)
}

/** The headers of what will hang are on their way while the drawing library still starts. */
function askForHeaders(client: Client, theCase: Case): void {
  const hung = new Set(hangCase(theCase))
  for (const { key, study_uid, series_uid } of theCase.series) {
    if (hung.has(key)) client.seriesMetadata(study_uid, series_uid).catch(() => undefined)
  }
}

function speak(session: string): void {
  language.update(() => languageOf(session, localStorage))
  keepPageLanguage(language)
}

function keepPageLanguage(spoken: Store<Language>): void {
  const set = (): void => void (document.documentElement.lang = spoken.get())
  set()
  spoken.subscribe(set)
}

function showProblem(error: unknown): void {
  if (!(error instanceof Problem)) console.error(error)
  const texts = textsOf(language.get())
  const [text, ...ways] = problemParts(error)
  fill(root, h('main', { class: 'trouble' }, h('p', { role: 'alert' }, text), ...ways, h('a', { class: 'button', href: '/viewer/' }, texts.top.cases)))
}

function problemParts(error: unknown): [string, ...HTMLElement[]] {
  const texts = textsOf(language.get())
  const again = h('button', { type: 'button', on: { click: () => void start() } }, texts.retry)
  if (!(error instanceof Problem)) return [texts.problems.unexpected, again]
  if (error.status === 401) {
    const next = encodeURIComponent(location.pathname)
    return [texts.problems.signedOut, h('a', { class: 'button primary', href: `/login?next=${next}` }, texts.problems.signIn)]
  }
  if (error.status === 404) return [texts.problems.notFound]
  return [error.status === 0 ? texts.problems.noAnswer : error.message, again]
}

await start()
