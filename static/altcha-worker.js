/* Finds the number of an ALTCHA challenge: the SHA-256 of salt and number is the challenge. */
"use strict";
onmessage = async ({ data: { challenge, salt, most } }) => {
  const encode = new TextEncoder(), wanted = new Uint8Array(challenge.match(/../g).map((pair) => parseInt(pair, 16)));
  for (let number = 0; number <= most; number += 1) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", encode.encode(salt + number)));
    if (hash.every((byte, at) => byte === wanted[at])) return postMessage({ number });
  }
  return postMessage({ number: null });
};
