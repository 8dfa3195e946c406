/** Whether a made-up program is built in; see vite.config.ts. */
declare const __FAKE__: boolean;
