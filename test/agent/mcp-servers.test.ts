import { expect, it } from 'vitest';
import { readMcpServers } from '../../src/agent/mcp-servers.ts';

function read(value: unknown) {
  return readMcpServers({ TOOLS_MCP: typeof value === 'string' ? value : JSON.stringify(value) });
}

const good = { name: 'sky', url: 'https://sky.example/mcp' };

it('[J33] TOOLS_MCP is a JSON list of servers; without it there are none', () => {
  expect(readMcpServers({})).toEqual({ ok: true, value: [] });
  expect(read('')).toEqual({ ok: true, value: [] });
  const headers = { Authorization: 'Bearer secret-of-the-sky' };
  expect(read([good, { ...good, name: 'near', url: 'http://127.0.0.1:3000/mcp', headers }])).toEqual({
    ok: true,
    value: [
      { ...good, headers: {} },
      { name: 'near', url: 'http://127.0.0.1:3000/mcp', headers },
    ],
  });
});

it.each([
  ['[{', 'must be a JSON list'],
  [good, 'must be a JSON list'],
  [[7], 'server 1: must be {"name", "url"}'],
  [[{ ...good, command: 'rm -rf' }], 'server 1: must be {"name", "url"}'],
  [[{ name: 'sky' }], 'server 1, url: must be'],
  [[{ ...good, name: 'the sky' }], 'server 1, name: must be letters'],
  [[{ ...good, url: 'http://sky.example' }], 'server 1, url: must be an https address'],
  [[{ ...good, url: 'https://me:hunter2@sky.example' }], 'server 1, url: must be an https address'],
  [[good, { ...good, url: 'ftp://hunter2.example' }], 'server 2, url: must be an https address'],
  [[{ ...good, headers: { authorization: 7 } }], 'server 1, headers: must be an object of texts'],
  [[{ ...good, headers: { 'not a header': 'hunter2' } }], 'server 1, headers: names a header'],
  [[{ ...good, headers: { a: 'hunter2\r\nb: c' } }], 'server 1, headers: names a header'],
  [[good, good], 'must give each server a name of its own'],
  [Array.from({ length: 17 }, (_, index) => ({ ...good, name: `s${index}` })), 'may name 16 servers'],
])('[J33] a wrong one is told by its place and the fix, without a value: %j', (value, fix) => {
  const settings = read(value);
  if (settings.ok) throw new Error('was taken');
  expect(settings.problems).toHaveLength(1);
  expect(settings.problems[0]).toContain(`TOOLS_MCP: ${fix}`);
  expect(settings.problems[0]).not.toMatch(/hunter2|example/);
});

it('[J33] all problems are named at once', () => {
  const settings = read([
    { ...good, name: '' },
    { ...good, url: 'x' },
  ]);
  expect(settings).toMatchObject({
    ok: false,
    problems: [/^TOOLS_MCP: server 1/, /^TOOLS_MCP: server 2/].map((p) => expect.stringMatching(p)),
  });
});
