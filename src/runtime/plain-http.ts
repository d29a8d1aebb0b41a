/**
 * Node's `http` without what an `import` of it brings along: that reads every export, `WebSocket` among them, which loads all
 * of `fetch` and keeps some megabytes for it. Types still come from `node:http`.
 */
export const http = process.getBuiltinModule('node:http');
