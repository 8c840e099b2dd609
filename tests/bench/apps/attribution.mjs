// SPDX-License-Identifier: Apache-2.0
/**
 * Requests that wait in every way and burn in between, each in a function of its own: `?of=N` burns in the Nth
 * for `burn` ms at a time, until `ms` are over. Answers with each burn: the wait before it, and when it began and
 * ended, in milliseconds since 1970.
 */
import { KINDS } from "./kinds.mjs";
import { serve, spin } from "./serve.mjs";

async function work(query) {
  const burn = BURNS[Number(query.get("of"))];
  const turn = Number(query.get("burn"));
  const until = performance.now() + Number(query.get("ms"));
  // Readers of one pipe share what is written to it: an app with many requests has other ways of waiting.
  const kinds = Object.entries(KINDS).filter(([, kind]) => !PIPES.includes(kind));
  const burns = [];
  for (let i = Number(query.get("of")); performance.now() < until; i++) {
    const [name, kind] = kinds[i % kinds.length];
    await kind();
    const from = performance.now();
    burn(turn);
    burns.push([name, from + performance.timeOrigin, performance.now() + performance.timeOrigin]);
  }
  return { of: Number(query.get("of")), burns };
}

const PIPES = [KINDS.fsPromise, KINDS.fsCallback, KINDS.stream];

function burn00(ms) {
  spin(ms);
  return 0;
}

function burn01(ms) {
  spin(ms);
  return 1;
}

function burn02(ms) {
  spin(ms);
  return 2;
}

function burn03(ms) {
  spin(ms);
  return 3;
}

function burn04(ms) {
  spin(ms);
  return 4;
}

function burn05(ms) {
  spin(ms);
  return 5;
}

function burn06(ms) {
  spin(ms);
  return 6;
}

function burn07(ms) {
  spin(ms);
  return 7;
}

function burn08(ms) {
  spin(ms);
  return 8;
}

function burn09(ms) {
  spin(ms);
  return 9;
}

function burn10(ms) {
  spin(ms);
  return 10;
}

function burn11(ms) {
  spin(ms);
  return 11;
}

function burn12(ms) {
  spin(ms);
  return 12;
}

function burn13(ms) {
  spin(ms);
  return 13;
}

function burn14(ms) {
  spin(ms);
  return 14;
}

function burn15(ms) {
  spin(ms);
  return 15;
}

function burn16(ms) {
  spin(ms);
  return 16;
}

function burn17(ms) {
  spin(ms);
  return 17;
}

function burn18(ms) {
  spin(ms);
  return 18;
}

function burn19(ms) {
  spin(ms);
  return 19;
}

function burn20(ms) {
  spin(ms);
  return 20;
}

function burn21(ms) {
  spin(ms);
  return 21;
}

function burn22(ms) {
  spin(ms);
  return 22;
}

function burn23(ms) {
  spin(ms);
  return 23;
}

function burn24(ms) {
  spin(ms);
  return 24;
}

function burn25(ms) {
  spin(ms);
  return 25;
}

function burn26(ms) {
  spin(ms);
  return 26;
}

function burn27(ms) {
  spin(ms);
  return 27;
}

function burn28(ms) {
  spin(ms);
  return 28;
}

function burn29(ms) {
  spin(ms);
  return 29;
}

function burn30(ms) {
  spin(ms);
  return 30;
}

function burn31(ms) {
  spin(ms);
  return 31;
}

function burn32(ms) {
  spin(ms);
  return 32;
}

function burn33(ms) {
  spin(ms);
  return 33;
}

function burn34(ms) {
  spin(ms);
  return 34;
}

function burn35(ms) {
  spin(ms);
  return 35;
}

function burn36(ms) {
  spin(ms);
  return 36;
}

function burn37(ms) {
  spin(ms);
  return 37;
}

function burn38(ms) {
  spin(ms);
  return 38;
}

function burn39(ms) {
  spin(ms);
  return 39;
}

const BURNS = [
  burn00,
  burn01,
  burn02,
  burn03,
  burn04,
  burn05,
  burn06,
  burn07,
  burn08,
  burn09,
  burn10,
  burn11,
  burn12,
  burn13,
  burn14,
  burn15,
  burn16,
  burn17,
  burn18,
  burn19,
  burn20,
  burn21,
  burn22,
  burn23,
  burn24,
  burn25,
  burn26,
  burn27,
  burn28,
  burn29,
  burn30,
  burn31,
  burn32,
  burn33,
  burn34,
  burn35,
  burn36,
  burn37,
  burn38,
  burn39,
];

serve({ "/watched": work, "/other": work });
