import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  // Whether a made-up program is built in, for a browser: while developing, and with VITE_FAKE=1.
  define: { __FAKE__: JSON.stringify(mode === 'development' || process.env['VITE_FAKE'] === '1') },
  // Components are tested as a browser would run them.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  server: { port: 5173, strictPort: true },
  build: {
    target: 'safari16',
    // Everything is inside the program: no request is saved by inlining, and `data:` addresses would need a wider policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./src/testing/setup.ts'],
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
    // Nothing else runs beside the tests: left to itself, one core of two would wait.
    maxWorkers: '100%',
    // Only ends a test that hangs: a computer that is also building is slow, and no test proves a time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
}));
