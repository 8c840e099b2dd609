// SPDX-License-Identifier: Apache-2.0

/** A certificate of tests for 127.0.0.1 and localhost, signed by itself, good until 2120. */
export const CERTIFICATE: string = `\
-----BEGIN CERTIFICATE-----
MIIBcjCCARegAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5zdy1hZ2Vu
dCB0ZXN0czAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowGTEXMBUG
A1UEAwwOc3ctYWdlbnQgdGVzdHMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQJ
QOfEiCCijnsKNrZjrMgIs2OyptYMyNJ19eeD14rCsZEyWt8II4Tw58x0uq5VWKig
JSx5ll7EhXnkCdnMeryco04wTDAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3Qw
DwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQU2L125aNqJLe1nzdMJXq/zx3wR4Yw
CgYIKoZIzj0EAwIDSQAwRgIhAJI17E9Fwz9vbutgJcd8Wrj8EXrPO8eqOG0Zcyab
ckEyAiEA4m1fjVSxtTvMvnqJ1TWnAVEKhvcT0ihLXYc1PBGBIUs=
-----END CERTIFICATE-----
`;

/** Its key, which guards nothing. */
export const KEY: string = `\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrDT2WF1AH58lD8ll
brh7LVakegBMEQeZgAfeal0w44yhRANCAAQJQOfEiCCijnsKNrZjrMgIs2OyptYM
yNJ19eeD14rCsZEyWt8II4Tw58x0uq5VWKigJSx5ll7EhXnkCdnMeryc
-----END PRIVATE KEY-----
`;
