import { expect, it } from 'vitest';
import { toolTable } from '../../src/agent/tools/table.ts';
import { Toolbox } from '../../src/durable-objects/toolbox.ts';

it('[J25][J30] the chats and calls of a user ask the same servers, behind the same table', () => {
  const toolbox = new Toolbox();
  const servers = { toolServers: [{ name: 'shop', url: 'http://127.0.0.1:9/', headers: {} }] };
  const forChats = toolbox.sources(servers);
  expect(forChats.slice(0, toolTable.length)).toEqual(toolTable);
  expect(forChats).toHaveLength(toolTable.length + 1);
  expect(toolbox.sources(servers)).toBe(forChats);
});
