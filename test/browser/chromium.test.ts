import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findChromium, launchChromium, packagedChromium } from '../support/chromium.ts';

test('[S1] the packaged browser unpacks once, whole, even when two ask at the same time', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'voxgate-chromium-'));
  onTestFinished(() => rm(cache, { recursive: true, force: true }));

  const [one, two] = await Promise.all([packagedChromium(cache), packagedChromium(cache)]);

  expect(one).toEqual(two);
  expect(existsSync(one.executablePath)).toBe(true);
  expect(existsSync(join(one.env['LD_LIBRARY_PATH']?.split(':')[0] ?? '', 'libnss3.so'))).toBe(true);
  expect(await readdir(cache)).toHaveLength(1);
});

test('[S1] a CHROME_PATH that names no program is an error, not a reason to take another browser', async () => {
  await expect(findChromium({ CHROME_PATH: '/no/such/browser' })).rejects.toThrow('/no/such/browser');
});

test('[S1] the browser hears its fake microphone at 24 kHz through an AudioWorklet', async () => {
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  // A page of our own without a server: getUserMedia needs a secure context, which localhost is.
  await page.route('http://localhost/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<p>hi' }),
  );
  await page.goto('http://localhost/');

  const heard = await page.evaluate(async () => {
    const context = new AudioContext({ sampleRate: 24_000 });
    const source = context.createMediaStreamSource(
      await navigator.mediaDevices.getUserMedia({ audio: true }),
    );
    const code = `registerProcessor('peak', class extends AudioWorkletProcessor {
      process([[samples]]) { for (const s of samples ?? []) if (Math.abs(s) > 0.1) this.port.postMessage(s); return true; }
    })`;
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
    const node = new AudioWorkletNode(context, 'peak');
    source.connect(node);
    const peak = new Promise((resolve) => node.port.addEventListener('message', resolve, { once: true }));
    node.port.start();
    await peak;
    return context.sampleRate;
  });

  expect(heard).toBe(24_000);
});
