/** Probabilities of tokens, for who asks for them: the emulator is sure of every word. Pure. */

const SURE = 0;

/** `logprobs` of pieces, each of them one token. */
export function logprobsOf(pieces: readonly string[]) {
  const content = pieces.map((token) => ({
    token,
    logprob: SURE,
    bytes: [...Buffer.from(token)],
    top_logprobs: [],
  }));
  return { content, refusal: null };
}
