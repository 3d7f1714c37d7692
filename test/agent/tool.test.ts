import * as fc from 'fast-check';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { prepare } from '../../src/agent/tool-run.ts';
import { clientTool, defineTool } from '../../src/agent/tool.ts';
import { isCssColor } from '../../src/agent/tools/css-color.ts';
import { getCurrentTime } from '../../src/agent/tools/get-current-time.ts';
import { toolTable, toRealtimeTools } from '../../src/agent/tools/table.ts';

const signal = new AbortController().signal;
const tool = defineTool({
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: v.object({
    city: v.pipe(v.string(), v.description('Its name')),
    days: v.optional(v.number(), 1),
  }),
  run: (input) => input,
});

describe('declarations', () => {
  it('[J10] a schema is told as JSON schema of what the model may write', () => {
    expect(tool.parameters).toEqual({
      type: 'object',
      properties: {
        city: { type: 'string', description: 'Its name' },
        days: { type: 'number', default: 1 },
      },
      required: ['city'],
    });
  });

  it('[J10] a tool is run with what its schema made of the input', async () => {
    expect(await tool.call({ city: 'Rome' }, { signal })).toEqual({
      output: { city: 'Rome', days: 1 },
      isError: false,
    });
  });

  it.each(['', 'has space', 'ünïcode', 'x'.repeat(65)])('[J10] %j is no name of a tool', (name) => {
    const parameters = v.object({});
    expect(() => defineTool({ name, description: '', parameters, run: () => null })).toThrow(TypeError);
    expect(() => clientTool({ name, description: '', parameters })).toThrow(TypeError);
  });

  it('[J11] a name that no tool has, and arguments that are no JSON, are answered as errors', () => {
    const call = { callId: 'call_1', name: 'get_weather', input: '{"city":', isReadable: false };
    expect(prepare(call, [tool])).toMatchObject({
      task: { runs: 'server', refusal: { output: { error: 'The arguments are not JSON.' }, isError: true } },
    });
    expect(prepare({ ...call, name: 'other' }, [tool])).toMatchObject({
      task: { refusal: { output: { error: 'There is no tool of this name.' }, isError: true } },
    });
  });

  it('[J11] only the first problems of many are told', async () => {
    const many = defineTool({
      name: 'many',
      description: '',
      parameters: v.object({ list: v.array(v.number()) }),
      run: () => null,
    });
    const { output } = await many.call({ list: Array.from({ length: 1_000 }, () => 'x') }, { signal });
    expect(JSON.stringify(output).length).toBeLessThan(1_000);
  });
});

describe('the table', () => {
  it('[J30] chats and calls have the same tools, each with a name and a schema of an object', () => {
    expect(toolTable.map(({ name, runs }) => [name, runs])).toEqual([
      ['getPageHTML', 'client'],
      ['changeBackgroundColor', 'client'],
      ['changeTextColor', 'client'],
      ['getCurrentTime', 'server'],
    ]);
    const tools = toRealtimeTools(toolTable);
    expect(tools.map(({ name }) => name)).toEqual(toolTable.map(({ name }) => name));
    for (const { type, description, parameters } of tools) {
      expect([type, parameters['type']]).toEqual(['function', 'object']);
      expect(description.length).toBeLessThanOrEqual(1_024);
    }
    expect(tools[0]?.parameters['properties']).toEqual({});
  });
});

/** Whether a text is no colour, or holds nothing that means something else in a style. */
const isPlain = (text: string) => !isCssColor(text) || /^[a-z0-9#().,%/ +-]+$/.test(text);

describe('colours', () => {
  it.each([
    'navy',
    'rebeccapurple',
    'transparent',
    '#fff',
    '#ffff',
    '#a0b1c2',
    '#a0b1c2d3',
    'rgb(1, 2, 3)',
    'rgba(1,2,3,.5)',
    'rgb(10% 20% 30% / 50%)',
    'hsl(120deg, 100%, 50%)',
    'hsl(0.5turn 100% 50%)',
    'hsla(120, 100%, 50%, 0.3)',
    'oklch(70% 0.1 200)',
    'oklch(0.7 0.1 none / 0.5)',
  ])('[J31] %s is a colour', (text) => {
    expect(isCssColor(text)).toBe(true);
  });

  it.each([
    '',
    'blurple',
    '#ff',
    '#fffff',
    '#ggg',
    'rgb(1, 2)',
    'rgb(1 2, 3)',
    'oklch(70%, 0.1, 200)',
    'var(--x)',
    'rgb(calc(1 + 1), 2, 3)',
    'url(https://evil.example)',
    'red; background: url(x)',
    'navy}',
    'expression(alert(1))',
    'constructor',
  ])('[J31] %j is none', (text) => {
    expect(isCssColor(text)).toBe(false);
  });

  it('[J31] what passes can do nothing but paint: no quote, semicolon, brace, colon or backslash ever does', () => {
    const property = fc.property(
      fc.string({ maxLength: 64 }),
      fc.constantFrom('navy', '#fff', 'rgb(1, 2, 3)'),
      (junk, good) => [junk, good + junk, junk + good].every(isPlain),
    );
    expect(fc.check(property).failed).toBe(false);
  });

  it('[J31] the tools that paint take a colour in any case and with blanks, and hand it on in its plain form', () => {
    const paints = toolTable.filter(({ name }) => name.startsWith('change'));
    expect(paints).toHaveLength(2);
    for (const one of paints) {
      if (one.runs !== 'client') throw new Error('A client tool was expected');
      expect(one.examine({ color: ' Navy ' })).toEqual({ ok: true, input: { color: 'navy' } });
      expect(one.examine({ color: 'url(x)' }).ok).toBe(false);
      expect(one.examine({}).ok).toBe(false);
    }
  });
});

describe('the time', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 6, 31, 22, 30, 5) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('[J32] is told for a time zone, with its day and its distance from UTC', async () => {
    expect(await getCurrentTime.call({ timezone: 'Europe/Rome' }, { signal })).toEqual({
      output: {
        timezone: 'Europe/Rome',
        date: '2026-08-01',
        weekday: 'Saturday',
        time: '00:30:05',
        offset: 'UTC+02:00',
      },
      isError: false,
    });
  });

  it('[J32] is UTC without one; a zone that is none is an error', async () => {
    expect(await getCurrentTime.call({}, { signal })).toMatchObject({
      output: { timezone: 'UTC', date: '2026-07-31', time: '22:30:05', offset: 'UTC+00:00' },
    });
    expect(await getCurrentTime.call({ timezone: 'Mars/Olympus' }, { signal })).toMatchObject({
      isError: true,
    });
  });
});
