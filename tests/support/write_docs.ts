// SPDX-License-Identifier: Apache-2.0
/** `npm run docs` */
import { writeOptionTable } from "./option_docs.ts";

writeOptionTable();
