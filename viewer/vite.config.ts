import { defineConfig } from 'vitest/config'

/** vtk.js pulls an XML writer made for Node through this one reader; the page dies at start without this module in its place. */
const XML_READER = /^@kitware\/vtk\.js\/IO\/XML\/XMLPolyDataReader(\.js)?$/

/** The decoders' Emscripten glue asks for these only when it runs in Node. */
const NODE_MODULES_OF_DECODERS = /^(fs|path)$/

/** Root-relative, as Vite resolves it. */
const absent = (name: string): string => `/src/absent/${name}.ts`

export default defineConfig({
  base: '/viewer/',
  resolve: {
    alias: [
      { find: XML_READER, replacement: absent('xml-reader') },
      { find: NODE_MODULES_OF_DECODERS, replacement: absent('node-module') },
    ],
  },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', pages: 'src/pages/index.ts' },
      output: { entryFileNames: (chunk) => (chunk.name === 'pages' ? 'assets/pages.js' : 'assets/[name]-[hash].js') },
    },
  },
  worker: { format: 'es' },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
})
