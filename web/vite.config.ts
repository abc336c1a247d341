import react from '@vitejs/plugin-react';
import { join } from 'node:path';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { defineConfig, runnerImport, type Plugin } from 'vite';

const source = (name: string): string => join(import.meta.dirname, 'src', name);

/** The first frame of every place as plain HTML, for the server to put into the page; the demo's has its note. */
const firstFrames = (): Plugin => ({
  name: 'first-frames',
  apply: 'build',
  async generateBundle() {
    const inline = { configFile: false, plugins: [react()] } as const;
    const { FirstFrame } = (
      await runnerImport<typeof import('./src/first-frame.tsx')>(source('first-frame.tsx'), inline)
    ).module;
    const { places } = (await runnerImport<typeof import('./src/places.ts')>(source('places.ts'), inline)).module;
    const drawn = (path: string, isDemo: boolean): string =>
      renderToStaticMarkup(createElement(FirstFrame, { path, isDemo }));
    const paths = [...places.flat().map(({ to }) => to), '/first-run'];
    const frames = paths.map((path) => [path.split('/')[1], { demo: drawn(path, true), own: drawn(path, false) }]);
    this.emitFile({
      type: 'asset',
      fileName: '.vite/first-frames.json',
      source: JSON.stringify(Object.fromEntries(frames)),
    });
  },
});

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), firstFrames()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
    // What every page needs stands apart from what few need: it changes seldom and is cached.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// }],
        },
      },
    },
  },
});
