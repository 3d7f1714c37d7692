/** Makes a socket: our end of it, not accepted yet, and the 101 that hands the client the other. */
export function openSocket(subprotocol: string | null): { browser: WebSocket; answer: Response } {
  const [theirs, browser] = Object.values(new WebSocketPair());
  if (!theirs || !browser) throw new Error('WebSocketPair gave no pair');
  const headers = new Headers();
  if (subprotocol) headers.set('Sec-WebSocket-Protocol', subprotocol);
  return { browser, answer: new Response(null, { status: 101, webSocket: theirs, headers }) };
}
