/** The usual Node relay, as a process of its own: `ws` on both sides, every frame passed on untouched. */
import { type RawData, WebSocket, WebSocketServer } from 'ws';

const [upstream = ''] = process.argv.slice(2);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (browser) => {
  const azure = new WebSocket(upstream, { perMessageDeflate: false });
  const early: RawData[] = [];
  azure.on('open', () => {
    for (const data of early.splice(0)) azure.send(data, { binary: false });
  });
  browser.on('message', (data, isBinary) => {
    if (azure.readyState === WebSocket.OPEN) azure.send(data, { binary: isBinary });
    else early.push(data);
  });
  azure.on('message', (data, isBinary) => browser.send(data, { binary: isBinary }));
  browser.on('close', () => azure.close());
  azure.on('close', () => browser.close());
});
server.on('listening', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit());
