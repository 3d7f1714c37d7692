import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { OutputBuffer } from '../../emulator/webrtc/output-buffer.ts';
import { PacketOrder, type SoundPacket } from '../../emulator/webrtc/packet-order.ts';

const FRAME = 960;
const place = { responseId: 'resp_1', itemId: 'item_1' };

describe('the output buffer', () => {
  it('[W7] plays every byte once and in order, however it came, and stops once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), (tokens) => {
        const buffer = new OutputBuffer();
        buffer.begin(place.responseId);
        const sound = Buffer.alloc(tokens.reduce((sum, count) => sum + count, 0) * 2_400);
        for (const index of sound.keys()) sound[index] = index % 251;
        let at = 0;
        const played: Buffer[] = [];
        const moments: string[] = [];
        const play = (frames: number): void => {
          for (let frame = 0; frame < frames; frame += 1) {
            const { sound: one, happenings } = buffer.take(FRAME);
            if (one) played.push(one);
            moments.push(...happenings.map(({ name }) => name));
          }
        };
        for (const count of tokens) {
          buffer.add(place, sound.subarray(at, at + count * 2_400));
          at += count * 2_400;
          play(count);
        }
        buffer.finishItem(place.itemId);
        buffer.finish(place.responseId);
        play(sound.length / FRAME + 2);
        expect(Buffer.concat(played).subarray(0, sound.length).equals(sound)).toBe(true);
        expect(Buffer.concat(played).length - sound.length).toBeLessThan(FRAME);
        expect(moments).toEqual(['started', 'stopped']);
      }),
    );
  });

  it('[W8] a clear counts what was played of every item, and the rest is never played', () => {
    const buffer = new OutputBuffer();
    expect(buffer.clear()).toBeNull();
    buffer.begin('resp_1');
    buffer.add(place, Buffer.alloc(4_800, 1));
    buffer.add({ responseId: 'resp_1', itemId: 'item_2' }, Buffer.alloc(4_800, 2));
    buffer.finishItem('item_1');
    buffer.take(FRAME);
    buffer.take(FRAME);
    expect(buffer.clear()).toEqual({
      responseId: 'resp_1',
      heard: [
        { itemId: 'item_1', heardMs: 40 },
        { itemId: 'item_2', heardMs: 0 },
      ],
    });
    buffer.finishItem('item_2');
    buffer.finish('resp_1');
    expect(buffer.take(FRAME)).toEqual({ sound: null, happenings: [] });
  });

  it('[W7] the next response waits for its turn, and one that pauses is not over', () => {
    const buffer = new OutputBuffer();
    buffer.begin('resp_1');
    buffer.begin('resp_2');
    buffer.add(place, Buffer.alloc(FRAME));
    buffer.add({ responseId: 'resp_2', itemId: 'item_2' }, Buffer.alloc(FRAME));
    expect(buffer.take(FRAME).happenings).toEqual([started('resp_1')]);
    expect(buffer.take(FRAME)).toEqual({ sound: null, happenings: [] });
    buffer.finishItem('item_1');
    buffer.finish('resp_1');
    expect(buffer.take(FRAME).happenings).toEqual([stopped('resp_1'), started('resp_2')]);
    buffer.finishItem('item_2');
    expect(buffer.take(FRAME).happenings).toEqual([]);
    buffer.finish('resp_2');
    expect(buffer.take(FRAME).happenings).toEqual([stopped('resp_2')]);
  });
});

describe('received packets', () => {
  it('[W18] a lost packet is silence, a late one is left out, a new clock is no hole', () => {
    const order = new PacketOrder();
    expect(order.next(packet(1_000, 1)).length).toBe(160);
    const filled = order.next(packet(1_320, 3));
    expect([filled.length, filled[0], filled[159], filled[160]]).toEqual([320, 0xff, 0xff, 3]);
    expect(order.next(packet(1_160, 2)).length).toBe(0);
    expect(order.next(packet(900_000, 4)).length).toBe(160);
  });

  it('[W18] the clock of a track may start anywhere and pass its end', () => {
    const order = new PacketOrder();
    order.next(packet(2 ** 32 - 160, 1));
    expect(order.next(packet(0, 2)).length).toBe(160);
    expect(order.next(packet(320, 3)).length).toBe(320);
  });
});

const started = (responseId: string) => ({ name: 'started', responseId });
const stopped = (responseId: string) => ({ name: 'stopped', responseId });

function packet(timestamp: number, code: number): SoundPacket {
  return { timestamp, payload: Buffer.alloc(160, code) };
}
