/** A page of the viewer that can be left. */
export interface Shown {
  /** False while something of the page would be lost: then the browser leaves, and asks first. */
  mayLeave(): boolean
  end(): void
}

const HOME = '/viewer/'

/**
 * Follows links between pages of the viewer without loading the program anew: graphics, decoders and images stay
 * warm. All other links, and those that open elsewhere, are the browser's. The answer ends it.
 */
export function followLinks(mayLeave: () => boolean, go: () => void): () => void {
  const quiet = new AbortController()
  const options = { signal: quiet.signal, capture: true }
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || !isOurs(link.href) || link.target || isElsewhere(event) || !mayLeave()) return
    event.preventDefault()
    history.pushState(null, '', link.href)
    go()
  }, options)
  window.addEventListener('popstate', go, options)
  return () => quiet.abort()
}

/** Goes to a page of the viewer as a click on a link to it would. */
export function follow(address: string): void {
  const link = document.createElement('a')
  link.href = address
  document.body.append(link)
  link.click()
  link.remove()
}

function isOurs(href: string): boolean {
  const { origin, pathname } = new URL(href, location.href)
  return origin === location.origin && pathname.startsWith(HOME)
}

const isElsewhere = ({ button, ctrlKey, metaKey, shiftKey, altKey }: MouseEvent): boolean =>
  button !== 0 || ctrlKey || metaKey || shiftKey || altKey
